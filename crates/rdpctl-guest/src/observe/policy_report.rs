//! The report of `gpresult`, by its element names, which are not translated.
//!
//! A policy's own settings name a `KeyPath` and then a `Name`, or a `KeyPath` alone; security options one `KeyName` that
//! holds both; preferences are attributes of one element; services have a name and a mode; of the firewall's settings each
//! is an element of its own in its profile, and of its rules only the names are told. All stand behind the identifier of
//! their policy. Administrative templates are told by their display names alone: what they write cannot be told from the
//! report. Scripts leave no mark.

use std::collections::BTreeMap;

use rdpctl_model::guest::{Enforced, EnforcedStart, Policies, Somewhere};
use rdpctl_model::step::StartType;

/// What the lines hold that are read, as `findstr` finds it.
pub(super) const ELEMENTS: [&str; 13] = [
    "Identifier>",
    "KeyPath>",
    "Name>",
    ":Policy>",
    "Properties ",
    "Profile>",
    "EnableFirewall>",
    "AllowExceptions>",
    "InboundAction>",
    "PolicyMerge>",
    "FirewallRules>",
    "StartupMode>",
    "SystemServices>",
];

/// Settings that are read at most: a report that names more is cut there.
const LIMIT: usize = 5_000;

/// Where policies keep what they say of the firewall.
const FIREWALL: &str = r"SOFTWARE\Policies\Microsoft\WindowsFirewall";

/// What the report tells. A list that is cut is no list: what it does not name may stand in the rest.
pub(super) fn told(report: &str, names: &BTreeMap<String, String>) -> Policies {
    let mut reading = Reading::new(names);
    for line in report.lines() {
        reading.line(line);
        if reading.count() >= LIMIT {
            reading.found.unplaced.push("more than can be read".to_owned());
            break;
        }
    }
    reading.key_alone();
    let mut found = reading.found;
    found.enforced.sort_unstable();
    found.enforced.dedup();
    found.somewhere.sort_unstable();
    found.somewhere.dedup();
    found
}

/// What is inside of what, as the lines go by.
struct Reading<'a> {
    names: &'a BTreeMap<String, String>,
    found: Policies,
    /// The policy whose setting it is.
    policy: String,
    within: Within,
    /// The firewall's profile.
    profile: Option<&'static str>,
}

/// The setting that was begun.
enum Within {
    Nothing,
    /// A key, whose value's name may follow.
    Key(String),
    /// An administrative template, whose display name follows.
    Template,
    /// A setting of the firewall's profile, whose policy follows.
    Wall(&'static str),
    /// A rule of the firewall, whose name follows.
    Rule,
    /// A service, whose name and mode follow.
    Service(Option<String>),
}

const PROFILES: [&str; 4] = ["DomainProfile", "PrivateProfile", "PublicProfile", "StandardProfile"];

const WALLS: [&str; 4] =
    ["EnableFirewall", "DoNotAllowExceptions", "DefaultInboundAction", "AllowLocalPolicyMerge"];

impl<'a> Reading<'a> {
    fn new(names: &'a BTreeMap<String, String>) -> Self {
        let found = Policies {
            enforced: Vec::new(),
            somewhere: Vec::new(),
            starts: Vec::new(),
            unplaced: Vec::new(),
            own_file: Ok(()),
        };
        Self { names, found, policy: String::new(), within: Within::Nothing, profile: None }
    }

    fn count(&self) -> usize {
        let Policies { enforced, somewhere, starts, unplaced, own_file: _ } = &self.found;
        enforced.len() + somewhere.len() + starts.len() + unplaced.len()
    }

    fn line(&mut self, line: &str) {
        if let Some(id) = element(line, "Identifier") {
            self.identified(id);
        } else if let Some(path) = element(line, "KeyPath") {
            self.key_alone();
            self.within = Within::Key(path);
        } else if let Some(path) = element(line, "KeyName") {
            self.security_option(&path);
        } else if let Some(name) = element(line, "Name") {
            self.named(name);
        } else if let Some(mode) = element(line, "StartupMode") {
            self.mode(&mode);
        } else if line.contains("Properties ") {
            self.preference(line);
        } else if let Some((name, side)) = mark(line) {
            self.mark(name, side);
        }
    }

    /// Each setting names its policy first, but for those that are elements of their own.
    fn identified(&mut self, id: String) {
        self.key_alone();
        self.policy = self.names.get(&id.to_ascii_lowercase()).cloned().unwrap_or(id);
        if let (Within::Wall(value), Some(profile)) = (&self.within, self.profile) {
            let one = setting(&format!(r"{FIREWALL}\{profile}"), value, &self.policy);
            self.found.enforced.push(one);
            self.within = Within::Nothing;
        }
    }

    /// A key that was not followed by a name is not for the next one's: which of its values is meant was not told.
    fn key_alone(&mut self) {
        if let Within::Key(path) = &self.within {
            self.found.somewhere.push(Somewhere { key: key(path), policy: self.policy.clone() });
            self.within = Within::Nothing;
        }
    }

    fn security_option(&mut self, path: &str) {
        let path = path.trim_start_matches('\\');
        let (root, rest) = path.split_once('\\').unwrap_or((path, ""));
        if let (true, Some((key, name))) =
            (root.eq_ignore_ascii_case("MACHINE"), rest.rsplit_once('\\'))
        {
            self.found.enforced.push(setting(key, name, &self.policy));
        }
    }

    fn named(&mut self, name: String) {
        match std::mem::replace(&mut self.within, Within::Nothing) {
            Within::Key(path) => self.found.enforced.push(setting(&path, &name, &self.policy)),
            Within::Template => self.found.unplaced.push(name),
            Within::Rule => {
                let rules = format!(r"{FIREWALL}\FirewallRules");
                self.found.enforced.push(setting(&rules, &name, &self.policy));
            }
            Within::Service(None) => self.within = Within::Service(Some(name)),
            // Whoever may do what to it has a name, too.
            other @ (Within::Service(Some(_)) | Within::Wall(_)) => self.within = other,
            Within::Nothing => {}
        }
    }

    fn mode(&mut self, mode: &str) {
        if let Within::Service(Some(service)) = &self.within {
            let service = service.clone();
            self.start(&service, mode);
            self.within = Within::Nothing;
        }
    }

    fn start(&mut self, service: &str, mode: &str) {
        let start = match mode.trim().to_ascii_lowercase().as_str() {
            "automatic" => StartType::Auto,
            "manual" => StartType::Manual,
            "disabled" => StartType::Disabled,
            _ => return,
        };
        let (service, policy) = (service.to_ascii_lowercase(), self.policy.clone());
        self.found.starts.push(EnforcedStart { service, start, policy });
    }

    fn preference(&mut self, line: &str) {
        let machine = attribute(line, "hive").is_some_and(|hive| hive == "HKEY_LOCAL_MACHINE");
        if let (true, Some(path), Some(name)) =
            (machine, attribute(line, "key"), attribute(line, "name"))
        {
            self.found.enforced.push(setting(&path, &name, &self.policy));
        } else if let (Some(service), Some(mode)) =
            (attribute(line, "serviceName"), attribute(line, "startupType"))
        {
            self.start(&service, &mode);
        }
    }

    fn mark(&mut self, name: &str, side: Side) {
        let known = |list: &[&'static str]| list.iter().copied().find(|one| *one == name);
        match (side, name) {
            (Side::Opens, "Policy") => self.begin(Within::Template),
            (Side::Opens, "SystemServices") => self.begin(Within::Service(None)),
            (Side::Opens, "InboundFirewallRules" | "OutboundFirewallRules") => {
                self.begin(Within::Rule);
            }
            (Side::Closes, "SystemServices" | "InboundFirewallRules" | "OutboundFirewallRules") => {
                self.begin(Within::Nothing);
            }
            (Side::Opens, _) => {
                if let Some(profile) = known(&PROFILES) {
                    self.profile = Some(profile);
                } else if let (Some(value), Some(_)) = (known(&WALLS), self.profile) {
                    self.begin(Within::Wall(value));
                }
            }
            (Side::Closes, _) if known(&PROFILES).is_some() => self.profile = None,
            (Side::Closes, _) => {}
        }
    }

    fn begin(&mut self, within: Within) {
        self.key_alone();
        self.within = within;
    }
}

/// Which end of an element stands alone in its line.
#[derive(Clone, Copy)]
enum Side {
    Opens,
    Closes,
}

/// An element's beginning or end that stands alone in its line, whatever its prefix is.
fn mark(line: &str) -> Option<(&str, Side)> {
    let inside = line.trim().strip_prefix('<')?.split(['>', ' ']).next()?;
    let (name, side) = match inside.strip_prefix('/') {
        Some(name) => (name, Side::Closes),
        None => (inside, Side::Opens),
    };
    Some((name.rsplit(':').next()?, side))
}

/// A key below `HKLM` as it is compared.
pub(super) fn key(path: &str) -> String {
    format!(r"hklm\{}", path.trim_start_matches('\\').to_ascii_lowercase())
}

/// A value that a policy writes.
pub(super) fn setting(path: &str, name: &str, policy: &str) -> Enforced {
    Enforced { key: key(path), name: name.to_ascii_lowercase(), policy: policy.to_owned() }
}

/// The text of an element that stands alone in its line, whatever its prefix and attributes are.
fn element(line: &str, name: &str) -> Option<String> {
    let (open, rest) = line.trim().strip_prefix('<')?.split_once('>')?;
    let tag = open.split_whitespace().next()?;
    let local = tag.rsplit(':').next()?;
    let (text, _) = rest.split_once("</")?;
    (local == name).then(|| unescaped(text))
}

fn attribute(line: &str, name: &str) -> Option<String> {
    let (_, rest) = line.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(text, _)| unescaped(text))
}

fn unescaped(text: &str) -> String {
    let mut plain = text.to_owned();
    for (entity, letter) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
    {
        plain = plain.replace(entity, letter);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"
    <Name>CORP\WEB-01$</Name>
        <Identifier xmlns="http://www.microsoft.com/GroupPolicy/Types">{AAAA}</Identifier>
        <q1:KeyPath>SOFTWARE\Policies\Microsoft\Netlogon</q1:KeyPath>
          <q1:Name>Timeout</q1:Name>
        <Identifier xmlns="http://www.microsoft.com/GroupPolicy/Types">{BBBB}</Identifier>
          <q2:Properties action="U" hive="HKEY_LOCAL_MACHINE" key="SYSTEM\A &amp; B" name="Enabled" type="REG_DWORD" value="0"/>
          <q2:Properties action="U" hive="HKEY_CURRENT_USER" key="Software\C" name="x"/>
          <q2:Properties startupType="DISABLED" serviceName="SessionEnv" serviceAction="STOP" timeout="30"/>
          <q2:Properties startupType="NOCHANGE" serviceName="Spooler" serviceAction="STOP" timeout="30"/>
        <Identifier xmlns="http://www.microsoft.com/GroupPolicy/Types">{CCCC}</Identifier>
          <q3:KeyName>MACHINE\System\CurrentControlSet\Control\Lsa\LmCompatibilityLevel</q3:KeyName>
            <q3:Name>Network security: LAN Manager authentication level</q3:Name>
        <q3:SystemServices>
            <Identifier xmlns="http://www.microsoft.com/GroupPolicy/Types">{CCCC}</Identifier>
          <q3:Name>TermService</q3:Name>
          <q3:StartupMode>Disabled</q3:StartupMode>
                <Name xmlns="http://www.microsoft.com/GroupPolicy/Types">NT AUTHORITY\SYSTEM</Name>
        </q3:SystemServices>
        <Identifier xmlns="http://www.microsoft.com/GroupPolicy/Types">{DDDD}</Identifier>
          <q4:KeyPath>SOFTWARE\Policies\Empty</q4:KeyPath>
        <q4:Policy>
          <q4:Name>SSL Cipher Suite Order</q4:Name>
      <q5:Extension xmlns:q5="http://www.microsoft.com/GroupPolicy/Settings/WindowsFirewall" xsi:type="q5:WindowsFirewallSettings">
        <q5:DomainProfile>
          <q5:EnableFirewall>
              <Identifier xmlns="http://www.microsoft.com/GroupPolicy/Types">{AAAA}</Identifier>
          </q5:EnableFirewall>
        </q5:DomainProfile>
        <q5:PublicProfile>
          <q5:AllowLocalPolicyMerge>
              <Identifier xmlns="http://www.microsoft.com/GroupPolicy/Types">{BBBB}</Identifier>
        </q5:PublicProfile>
        <q5:InboundFirewallRules>
            <Identifier xmlns="http://www.microsoft.com/GroupPolicy/Types">{AAAA}</Identifier>
          <q5:Name>No desktops</q5:Name>
        </q5:InboundFirewallRules>
    "#;

    #[test]
    fn every_form_of_a_report_is_read_and_what_it_does_not_place_is_told() {
        let names = [("{aaaa}".to_owned(), "Server hardening".to_owned())].into();
        let policies = told(REPORT, &names);
        let lines: Vec<String> = policies
            .enforced
            .iter()
            .map(|one| format!("{} | {} | {}", one.key, one.name, one.policy))
            .collect();
        assert_eq!(
            lines,
            [
                r"hklm\software\policies\microsoft\netlogon | timeout | Server hardening",
                r"hklm\software\policies\microsoft\windowsfirewall\domainprofile | enablefirewall | Server hardening",
                r"hklm\software\policies\microsoft\windowsfirewall\firewallrules | no desktops | Server hardening",
                r"hklm\software\policies\microsoft\windowsfirewall\publicprofile | allowlocalpolicymerge | {BBBB}",
                r"hklm\system\a & b | enabled | {BBBB}",
                r"hklm\system\currentcontrolset\control\lsa | lmcompatibilitylevel | {CCCC}",
            ]
        );
        assert_eq!(policies.unplaced, ["SSL Cipher Suite Order"]);
        let starts: Vec<String> = policies
            .starts
            .iter()
            .map(|one| format!("{} {} {}", one.service, one.start.name(), one.policy))
            .collect();
        assert_eq!(starts, ["sessionenv disabled {BBBB}", "termservice disabled {CCCC}"]);
        // Of a key without a name any value may be meant, its own and those below, and no other key's.
        let somewhere = &policies.somewhere[..];
        assert!(matches!(somewhere, [one] if one.policy == "{DDDD}"
            && one.may_mean(r"hklm\software\policies\empty\below")
            && !one.may_mean(r"hklm\software\policies\emptyhanded")));
    }

    #[test]
    fn a_report_that_is_cut_or_mixed_names_no_more_than_it_says() {
        for cut in 0..REPORT.len() {
            if let Some(part) = REPORT.get(..cut) {
                let told = told(part, &BTreeMap::new());
                assert!(told.enforced.len() <= 6 && told.starts.len() <= 2);
            }
        }
        let mixed = told("<KeyPath>A</KeyPath>\nnoise\n<Identifier", &BTreeMap::new());
        assert!(mixed.enforced.is_empty());
    }

    #[test]
    fn all_that_is_read_is_found_by_what_is_searched_for() {
        let read = |line: &&str| !line.trim().is_empty() && !line.contains(":Extension ");
        for line in REPORT.lines().filter(read) {
            assert!(ELEMENTS.iter().any(|one| line.contains(one)), "{line}");
        }
        for value in WALLS {
            let line = format!("<q5:{value}>");
            assert!(ELEMENTS.iter().any(|one| line.contains(one)), "{line}");
        }
    }
}
