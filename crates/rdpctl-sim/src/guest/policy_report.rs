//! What `gpresult` and `registry.pol` say of policies, each in the form that its kind of policy has there.

use std::fmt::Write as _;

use super::registry::{KeyPath, Value};
use super::spec::PolicySource;

/// A value that the domain enforces.
#[derive(Clone, Debug)]
pub(super) struct Enforced {
    pub(super) key: KeyPath,
    pub(super) name: String,
    /// `None` enforces absence.
    pub(super) value: Option<Value>,
    /// By what means it is written: how `gpresult` tells of it.
    pub(super) source: PolicySource,
}

/// The one group policy object of a simulated domain.
const POLICY_OBJECT: &str = "{31b2f340-016d-11d2-945f-00c04fb984f9}";

/// The report. What comes before the settings (names, links, kilobytes of events) has their element names, too.
pub(super) fn report(policies: &[Enforced]) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"utf-16\"?>\r\n<Rsop xmlns=\"http://www.microsoft.com/GroupPolicy/Rsop\">\r\n  <ReadTime>2026-01-01T00:00:00Z</ReadTime>\r\n  <ComputerResults>\r\n    <Version>2228230</Version>\r\n    <Name>CORP\\GUEST$</Name>\r\n    <EventsDetails>\r\n      <SinglePassEventsDetails ActivityId=\"{00000000-0000-0000-0000-000000000000}\">\r\n        <EventRecord>\r\n          <EventXml>&lt;Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'&gt;&lt;System&gt;&lt;Provider Name='Microsoft-Windows-GroupPolicy'/&gt;&lt;/System&gt;&lt;/Event&gt;</EventXml>\r\n        </EventRecord>\r\n      </SinglePassEventsDetails>\r\n    </EventsDetails>\r\n    <ExtensionData>\r\n".to_owned();
    for (prefix, page) in ["q1", "q2", "q3", "q4"].into_iter().zip(Page::ALL) {
        let told: String = policies
            .iter()
            .filter_map(|enforced| {
                let (on, told) = setting(enforced, prefix)?;
                (on == page).then_some(told)
            })
            .collect();
        if told.is_empty() {
            continue;
        }
        let kind = page.kind();
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "      <Extension xmlns:{prefix}=\"http://www.microsoft.com/GroupPolicy/Settings/{kind}\" xsi:type=\"{prefix}:{kind}Settings\">\r\n{told}        <{prefix}:Blocked>false</{prefix}:Blocked>\r\n      </Extension>\r\n"
        );
    }
    text.push_str("    </ExtensionData>\r\n  </ComputerResults>\r\n</Rsop>\r\n");
    text
}

/// The extensions that tell of settings, each with a prefix of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    Registry,
    Security,
    Preferences,
    Firewall,
}

impl Page {
    const ALL: [Self; 4] = [Self::Registry, Self::Security, Self::Preferences, Self::Firewall];

    const fn kind(self) -> &'static str {
        match self {
            Self::Registry => "Registry",
            Self::Security => "Security",
            Self::Preferences => "Preferences",
            Self::Firewall => "WindowsFirewall",
        }
    }
}

/// One setting in the form that its kind has, and where; nothing of what leaves no trace.
fn setting(enforced: &Enforced, q: &str) -> Option<(Page, String)> {
    let path = enforced.key.shown.split_once('\\').map_or("", |(_, rest)| rest);
    let leaf = path.rsplit('\\').next().unwrap_or_default();
    let name = &enforced.name;
    let object = object();
    let number = enforced.value.as_ref().and_then(Value::as_dword).unwrap_or(0);
    Some(match enforced.source {
        PolicySource::Setting => (
            Page::Registry,
            format!(
                "        <{q}:RegistrySetting>\r\n{object}          <{q}:KeyPath>{path}</{q}:KeyPath>\r\n          <{q}:AdmSetting>false</{q}:AdmSetting>\r\n          <{q}:Value>\r\n            <{q}:Name>{name}</{q}:Name>\r\n          </{q}:Value>\r\n        </{q}:RegistrySetting>\r\n"
            ),
        ),
        PolicySource::Unnamed => (
            Page::Registry,
            format!(
                "        <{q}:RegistrySetting>\r\n{object}          <{q}:KeyPath>{path}</{q}:KeyPath>\r\n          <{q}:AdmSetting>false</{q}:AdmSetting>\r\n        </{q}:RegistrySetting>\r\n"
            ),
        ),
        PolicySource::Template | PolicySource::Local => (
            Page::Registry,
            format!(
                "        <{q}:Policy>\r\n{object}          <{q}:Name>Display name of {name}</{q}:Name>\r\n          <{q}:State>Enabled</{q}:State>\r\n          <{q}:Supported>At least Windows Server 2008</{q}:Supported>\r\n        </{q}:Policy>\r\n"
            ),
        ),
        PolicySource::SecurityOption => (
            Page::Security,
            format!(
                "        <{q}:SecurityOptions>\r\n{object}          <{q}:KeyName>MACHINE\\{path}\\{name}</{q}:KeyName>\r\n          <{q}:SettingNumber>1</{q}:SettingNumber>\r\n          <{q}:Display>\r\n            <{q}:Name>Display name of {name}</{q}:Name>\r\n            <{q}:Units />\r\n          </{q}:Display>\r\n        </{q}:SecurityOptions>\r\n"
            ),
        ),
        PolicySource::SystemService => {
            let mode = mode(number);
            (
                Page::Security,
                format!(
                    "        <{q}:SystemServices>\r\n{object}          <{q}:Name>{leaf}</{q}:Name>\r\n          <{q}:StartupMode>{mode}</{q}:StartupMode>\r\n          <{q}:SecurityDescriptor>\r\n            <PermissionsPresent xmlns=\"http://www.microsoft.com/GroupPolicy/Types/Security\">true</PermissionsPresent>\r\n            <Trustee>\r\n              <Name xmlns=\"http://www.microsoft.com/GroupPolicy/Types\">NT AUTHORITY\\SYSTEM</Name>\r\n            </Trustee>\r\n          </{q}:SecurityDescriptor>\r\n        </{q}:SystemServices>\r\n"
                ),
            )
        }
        PolicySource::Preference => (
            Page::Preferences,
            format!(
                "        <{q}:RegistrySettings clsid=\"{{A3CCFC41-DFDB-43a5-8D26-0FE8B954DA51}}\">\r\n{object}          <{q}:Registry clsid=\"{{9CD4B2F4-923D-47f5-A062-E897DD1DAD50}}\" name=\"{name}\" status=\"{name}\">\r\n            <{q}:Properties action=\"U\" displayDecimal=\"1\" default=\"0\" hive=\"HKEY_LOCAL_MACHINE\" key=\"{path}\" name=\"{name}\" type=\"REG_DWORD\" value=\"00000001\"/>\r\n          </{q}:Registry>\r\n        </{q}:RegistrySettings>\r\n"
            ),
        ),
        PolicySource::ServicePreference => {
            let mode = mode(number).to_uppercase();
            (
                Page::Preferences,
                format!(
                    "        <{q}:NTServices clsid=\"{{2CFB484A-4E96-4b5d-A0B6-093D2F91E6AE}}\">\r\n{object}          <{q}:NTService clsid=\"{{AB6F0B67-341F-4e51-92F9-005FBFBA1A43}}\" name=\"{leaf}\" image=\"2\">\r\n            <{q}:Properties startupType=\"{mode}\" serviceName=\"{leaf}\" timeout=\"30\"/>\r\n          </{q}:NTService>\r\n        </{q}:NTServices>\r\n"
                ),
            )
        }
        PolicySource::Firewall if leaf.eq_ignore_ascii_case("FirewallRules") => {
            let rule = enforced.value.as_ref().and_then(Value::as_text).unwrap_or_default();
            let field = |name: &str| {
                rule.split('|')
                    .find_map(|part| part.strip_prefix(name))
                    .unwrap_or_default()
                    .to_owned()
            };
            let (action, shown) = (field("Action="), field("Name="));
            (
                Page::Firewall,
                format!(
                    "        <{q}:InboundFirewallRules>\r\n{object}          <{q}:Version>2.0</{q}:Version>\r\n          <{q}:Action>{action}</{q}:Action>\r\n          <{q}:Name>{shown}</{q}:Name>\r\n          <{q}:Dir>In</{q}:Dir>\r\n          <{q}:Active>true</{q}:Active>\r\n        </{q}:InboundFirewallRules>\r\n"
                ),
            )
        }
        PolicySource::Firewall => {
            let value = if number == 0 { "false" } else { "true" };
            (
                Page::Firewall,
                format!(
                    "        <{q}:{leaf}>\r\n          <{q}:{name}>\r\n{object}            <{q}:Value>{value}</{q}:Value>\r\n          </{q}:{name}>\r\n        </{q}:{leaf}>\r\n"
                ),
            )
        }
        PolicySource::Script => return None,
    })
}

/// How a service starts, as the report says it.
const fn mode(start: u32) -> &'static str {
    match start {
        2 => "Automatic",
        3 => "Manual",
        _ => "Disabled",
    }
}

fn object() -> String {
    format!(
        "          <GPO xmlns=\"http://www.microsoft.com/GroupPolicy/Settings/Base\">\r\n            <Identifier xmlns=\"http://www.microsoft.com/GroupPolicy/Types\">{POLICY_OBJECT}</Identifier>\r\n          </GPO>\r\n          <Precedence xmlns=\"http://www.microsoft.com/GroupPolicy/Settings/Base\">1</Precedence>\r\n"
    )
}

/// The machine's own policy file; `None` where it has no policy of its own.
pub(super) fn own_file(policies: &[Enforced]) -> Option<Vec<u8>> {
    let own: Vec<&Enforced> =
        policies.iter().filter(|enforced| enforced.source == PolicySource::Local).collect();
    if own.is_empty() {
        return None;
    }
    let mut file = b"PReg\x01\0\0\0".to_vec();
    for enforced in own {
        let path = enforced.key.shown.split_once('\\').map_or("", |(_, rest)| rest);
        let number = enforced.value.as_ref().and_then(Value::as_dword).unwrap_or(0);
        let mut units: Vec<u16> =
            format!("[{path}\0;{}\0;", enforced.name).encode_utf16().collect();
        units.extend([4, 0, u16::from(b';'), 4, 0, u16::from(b';')]);
        file.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        file.extend(number.to_le_bytes());
        file.extend(u16::from(b']').to_le_bytes());
    }
    Some(file)
}
