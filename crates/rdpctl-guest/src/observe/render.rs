//! The commands of the observation.

use std::collections::BTreeSet;

use rdpctl_model::guest::{ChannelKind, Closely, GuestSurvey};

use crate::frame::{Batch, Frames, Nonce};
use crate::refusal::Unrenderable;

use super::lists::{
    AT_MOST, BCD_TREES, Extent, LICENCES, LOADER_ELEMENTS, PURPOSES, SINGLES, SOFTWARE_KEYS,
    SOFTWARE_TREES, STARTS, STATES, SYSTEM_KEYS, SYSTEM_TREES, Single, Tree,
};
use super::searches::{ANY_PACKET, FIREWALL_RULES, PIN, always, thumbprint};
use super::{accounts, fixed, grace, left, listener, policies, refusals, rights, sessions, survey};

/// How many ports one search for firewall rules takes; more take another search.
const PORTS_PER_SEARCH: usize = 24;

const BOOT_EVENT: &str =
    "*[System[Provider[@Name='Microsoft-Windows-Kernel-General'] and (EventID=12)]]";

/// All questions to one guest.
#[derive(Clone, Debug)]
pub struct Observation {
    batch: Batch,
    searches: Vec<String>,
    rules: Wanted,
    pinned: Option<Pin>,
    closely: BTreeSet<Closely>,
}

/// What is wanted of one instance, where more is asked of all.
#[derive(Clone, Copy, Debug)]
pub struct Wants<'a> {
    /// RDP ports.
    pub ports: &'a BTreeSet<u16>,
    /// The thumbprint of a certificate of the machine's own store.
    pub pinned: Option<&'a str>,
    /// What beyond the observation.
    pub closely: &'a BTreeSet<Closely>,
}

/// Which rules of the firewall are read.
#[derive(Clone, Debug)]
enum Wanted {
    /// Whatever the search found.
    Every,
    /// What a search for these ports would have found.
    Of(BTreeSet<u16>),
}

/// A certificate with the question that was put about it.
#[derive(Clone, Debug)]
struct Pin {
    thumbprint: String,
    tag: String,
}

impl Observation {
    /// The observation for these RDP ports and this pinned certificate, by its thumbprint in hexadecimal.
    pub fn new(
        nonce: Nonce,
        ports: &BTreeSet<u16>,
        pinned: Option<&str>,
    ) -> Result<Self, Unrenderable> {
        let pinned = pinned.map(thumbprint).transpose()?;
        let ports: Vec<u16> =
            if ports.is_empty() { vec![3389] } else { ports.iter().copied().collect() };
        let mut batch = Batch::new(nonce);
        let searches = whole(&mut batch, |batch| firewall_rules(batch, &ports));
        if let Some(thumbprint) = &pinned {
            let key = format!(r#""!S!\Microsoft\SystemCertificates\MY\Certificates\{thumbprint}""#);
            batch.ask(PIN, &format!("!X!\\reg.exe query {key} /v Blob /reg:64 2>nul"));
        }
        events(&mut batch);
        let pinned = pinned.map(|thumbprint| Pin { thumbprint, tag: PIN.to_owned() });
        Ok(Self { batch, searches, rules: Wanted::Every, pinned, closely: BTreeSet::new() })
    }

    /// The observation whose text is always the same for these declared certificates: whatever may be asked of any of the
    /// instances is asked, and what was not wanted of this one is left out when it is [read](Self::wanting).
    pub fn fixed(declared: &BTreeSet<String>) -> Result<Self, Unrenderable> {
        let mut batch = Batch::new(Nonce::drawn_there());
        let searches = whole(&mut batch, fixed::firewall_rules);
        fixed::certificates(&mut batch, declared)?;
        events(&mut batch);
        Ok(Self { batch, searches, rules: Wanted::Every, pinned: None, closely: BTreeSet::new() })
    }

    /// The same, read as if nothing but this had been asked for.
    pub fn wanting(mut self, wants: &Wants<'_>) -> Result<Self, Unrenderable> {
        let ports = if wants.ports.is_empty() { &BTreeSet::from([3389]) } else { wants.ports };
        self.rules = Wanted::Of(ports.clone());
        self.closely.retain(|what| wants.closely.contains(what));
        let pinned = wants.pinned.map(thumbprint).transpose()?;
        self.pinned = pinned.map(|thumbprint| {
            let tag = fixed::tag(&thumbprint);
            let tag = if self.batch.tags().contains(&tag) { tag } else { PIN.to_owned() };
            Pin { thumbprint, tag }
        });
        Ok(self)
    }

    /// Asks these as well.
    #[must_use]
    pub fn closely(mut self, closely: &BTreeSet<Closely>) -> Self {
        for what in closely {
            match what {
                Closely::Policies => policies::ask(&mut self.batch),
                Closely::Rights => {
                    rights::ask(&mut self.batch);
                    accounts::ask(&mut self.batch);
                }
                Closely::Grace => grace::ask(&mut self.batch),
                Closely::Refusals => refusals::ask(&mut self.batch),
            }
            self.closely.insert(*what);
        }
        self
    }

    /// The commands.
    #[must_use]
    pub fn batch(&self) -> &Batch {
        &self.batch
    }

    /// Reads the answers. Whatever was not answered is a gap.
    #[must_use]
    pub fn read(&self, via: ChannelKind, raw: &[u8]) -> GuestSurvey {
        self.read_frames(via, &Frames::read(&self.batch, raw))
    }

    /// Reads the answers that were told apart already.
    #[must_use]
    pub fn read_frames(&self, via: ChannelKind, frames: &Frames) -> GuestSurvey {
        let pinned = self.pinned.as_ref().map(|pin| (pin.tag.as_str(), pin.thumbprint.as_str()));
        let mut survey = survey::assemble(via, frames, &self.searches, pinned);
        if let (Wanted::Of(ports), Ok(rules)) = (&self.rules, &mut survey.firewall_rules) {
            rules.retain(|_, rule| fixed::concerns(rule, ports));
        }
        for what in &self.closely {
            match what {
                Closely::Policies => survey.policies = policies::read(frames),
                Closely::Rights => {
                    survey.rights = rights::read(frames);
                    survey.accounts = accounts::read(frames, rights::rules(frames));
                }
                Closely::Grace => survey.grace = grace::read(frames),
                Closely::Refusals => survey.refusals = refusals::read(frames),
            }
        }
        survey
    }
}

/// All that is asked of everybody, with this way to ask for rules of the firewall; what differs follows behind it.
fn whole(batch: &mut Batch, rules: impl FnOnce(&mut Batch) -> Vec<String>) -> Vec<String> {
    batch.prelude(r"set C=HKLM\SYSTEM\CurrentControlSet");
    batch.prelude(r"set S=HKLM\SOFTWARE");
    batch.prelude(r"set K=!ProgramData!\Microsoft\Crypto\RSA\MachineKeys");

    singles(batch);
    keys(batch, 'C', SYSTEM_KEYS, "");
    keys(batch, 'S', SOFTWARE_KEYS, "");
    keys(batch, 'S', &paths(SOFTWARE_TREES), " /s");
    keys(batch, 'C', &paths(SYSTEM_TREES), " /s");
    each(batch, "start/", STARTS, r"!X!\reg.exe query !C!\Services\%s /v Start /reg:64 2>nul");
    each(batch, "sc/", STATES, r"!X!\sc.exe queryex %s 2>nul");
    let searches = rules(batch);
    // What listens, and who is connected to WinRM.
    batch.ask(
        "netstat",
        r#"!X!\netstat.exe -ano >n 2>nul&!X!\findstr.exe /c:":0 " /c:":5985 " /c:":5986 " n 2>nul"#,
    );
    batch.ask("tasksvc", r"!X!\tasklist.exe /svc /fo csv /nh 2>nul");
    boot_store(batch);
    acls(batch);
    left::ask(batch);
    listener::ask(batch);
    sessions::ask(batch);
    searches
}

fn paths(trees: &[Tree]) -> Vec<&'static str> {
    trees.iter().map(|tree| tree.path).collect()
}

fn singles(batch: &mut Batch) {
    for single in SINGLES.iter().filter(|single| single.element().is_none()) {
        let extent = match single.extent {
            Extent::Key => String::new(),
            Extent::Value(name) => format!(" /v {name}"),
        };
        let path = single.rooted();
        let command = format!("!X!\\reg.exe query \"{path}\"{extent} /reg:64 2>nul");
        batch.ask(single.tag, &command);
    }
    let elements: Vec<String> = SINGLES.iter().filter_map(Single::element).collect();
    let list: Vec<String> = elements.iter().map(|element| format!("\"{element}\"")).collect();
    let text = format!(
        r"(for %v in ({}) do ({}&!X!\reg.exe query HKLM\%~v /reg:64 2>nul&{}))",
        list.join(" "),
        batch.begin("%~v"),
        batch.end()
    );
    batch.segment(text, elements);
}

/// Keys below the root that the variable `C` or `S` holds. The tag is the variable's name with the key's path.
fn keys(batch: &mut Batch, root: char, keys: &[&str], flags: &str) {
    let list: Vec<String> = keys.iter().map(|key| format!("\"{key}\"")).collect();
    let begin = batch.begin(&format!(r"{root}\%~k"));
    let text = format!(
        r#"(for %k in ({}) do ({begin}&!X!\reg.exe query "!{root}!\%~k"{flags} /reg:64 2>nul&{}))"#,
        list.join(" "),
        batch.end()
    );
    batch.segment(text, keys.iter().map(|key| format!(r"{root}\{key}")));
}

/// One command for each of some names without blanks.
fn each(batch: &mut Batch, prefix: &str, names: &[&str], command: &str) {
    let text = format!(
        "(for %s in ({}) do ({}&{command}&{}))",
        names.join(" "),
        batch.begin(&format!("{prefix}%s")),
        batch.end()
    );
    batch.segment(text, names.iter().map(|name| format!("{prefix}{name}")));
}

/// The rules that may concern RDP: Windows' groups for RDP and `WinRM`, rules for the ports, for the service, for
/// ranges, for any port, and whatever blocks.
fn firewall_rules(batch: &mut Batch, ports: &[u16]) -> Vec<String> {
    let mut tags = Vec::new();
    for (number, ports) in ports.chunks(PORTS_PER_SEARCH).enumerate() {
        let ports: String = ports
            .iter()
            .flat_map(|port| [r#" /c:"|LPort="#.to_owned(), port.to_string(), r#"|""#.to_owned()])
            .collect();
        let always = if number == 0 { always() } else { String::new() };
        let any = if number == 0 { ANY_PACKET } else { "" };
        let tag = if number == 0 { "fwrules".to_owned() } else { format!("fwrules/{number}") };
        batch.ask(
            &tag,
            &format!(
                r"!X!\reg.exe query {FIREWALL_RULES} /reg:64 >f 2>nul&!X!\findstr.exe /i{always}{ports} f 2>nul{any}"
            ),
        );
        tags.push(tag);
    }
    tags
}

fn boot_store(batch: &mut Batch) {
    for (tag, tree) in BCD_TREES {
        batch.ask(tag, &format!("!X!\\reg.exe query \"HKLM\\{}\" /s 2>nul", tree.path));
    }
    let manager = BCD_TREES[0].1.path;
    let text = format!(
        "!X!\\reg.exe query \"HKLM\\{manager}\\23000003\" /v Element >g 2>nul&(for /f \"tokens=3\" %g in (g) do \
         (for %e in ({}) do ({}&!X!\\reg.exe query \"HKLM\\BCD00000000\\Objects\\%g\\Elements\\%e\" 2>nul&{})))",
        LOADER_ELEMENTS.join(" "),
        batch.begin("bcd/default/%e"),
        batch.end()
    );
    batch.segment(text, LOADER_ELEMENTS.iter().map(|element| format!("bcd/default/{element}")));
}

/// Each list stands behind a line with the exit code of `icacls`, because that of `type` hides it.
fn acls(batch: &mut Batch) {
    let save = |object: &str, file: char| {
        format!(
            "!X!\\icacls.exe \"{object}\" /save {file} /c /q >nul 2>&1&echo rc !errorlevel!&type {file} 2>nul&echo."
        )
    };
    batch.ask("acl/dir", &save("!K!", 'd'));
    batch.ask("acl/key", &save(r"!K!\f686aace6942fb7f7ceb231212eef4a4_*", 'k'));
}

fn events(batch: &mut Batch) {
    let query = |log: &str, filter: &str, count: usize| {
        format!("!X!\\wevtutil.exe qe {log} {filter}/c:{count} /rd:true /f:xml /e:E 2>nul&echo.")
    };
    batch.ask("boot", &query("System", &format!("/q:\"{BOOT_EVENT}\" "), 1));
    // The filter is its own tag: what differs stands once.
    let list: Vec<String> = PURPOSES.iter().map(|filter| format!("\"{filter}\"")).collect();
    let text = format!(
        "(for %q in ({}) do ({}&!X!\\wevtutil.exe qe System /q:\"*[System[%~q and \
         TimeCreated[timediff(@SystemTime) <= 604800000]]]\" /c:{AT_MOST} /rd:true /f:xml /e:E 2>nul&echo.&{}))",
        list.join(" "),
        batch.begin("%~q"),
        batch.end()
    );
    batch.segment(text, PURPOSES.iter().map(|filter| (*filter).to_owned()));
    let log = "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Admin";
    batch.ask(LICENCES, &query(log, "", AT_MOST));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::{Form, LINE_LIMIT, Script};

    fn line(ports: &[u16], pinned: Option<&str>) -> String {
        let observation =
            Observation::new(Nonce::from_number(0x7f3a), &ports.iter().copied().collect(), pinned);
        let script = observation.and_then(|observation| observation.batch().script(Form::Lines));
        let Ok(Script::Lines(lines)) = script else { panic!("{script:?}") };
        assert_eq!(lines.len(), 1, "one round trip");
        lines[0].clone()
    }

    #[test]
    fn the_whole_observation_is_one_line() {
        let pin = "0123456789abcdef0123456789ABCDEF01234567";
        let line = line(&[3389, 3390, 43_389], Some(pin));
        assert!(line.len() <= LINE_LIMIT, "{}", line.len());
        assert!(
            line.contains("/c:\"|LPort=43389|\"")
                && line.contains("0123456789ABCDEF0123456789ABCDEF01234567")
        );
    }

    #[test]
    fn without_a_declared_port_the_usual_one_is_looked_for() {
        assert!(line(&[], None).contains("/c:\"|LPort=3389|\""));
    }

    #[test]
    fn as_many_ports_as_there_are_still_fit() {
        let observation = Observation::new(Nonce::from_number(1), &(1..=600).collect(), None);
        let script = observation.and_then(|observation| observation.batch().script(Form::Lines));
        let Ok(Script::Lines(lines)) = script else { panic!("{script:?}") };
        assert!(lines.iter().all(|line| line.len() <= LINE_LIMIT));
    }

    #[test]
    fn a_thumbprint_that_is_none_is_refused() {
        for text in ["", "zz", "0123456789abcdef0123456789ABCDEF0123456\"", "& shutdown"] {
            assert!(
                Observation::new(Nonce::from_number(1), &BTreeSet::new(), Some(text)).is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn nothing_in_the_observation_writes_but_scratch_files_in_its_own_folder() {
        let line = line(&[3389], None);
        let body = line.split_once("chcp").map_or("", |(_, body)| body);
        for word in [
            "reg.exe add",
            "reg.exe delete",
            "sc.exe config",
            "net.exe",
            "netsh",
            "shutdown /",
            "bcdedit",
            "/grant",
        ] {
            assert!(!body.contains(word), "{word}");
        }
        // What follows the envelope writes plain names into its folder.
        for target in body.split('>').skip(1).map(|rest| rest.trim_start_matches(' ')) {
            let plain = target.starts_with("nul") || target.starts_with("&1");
            assert!(
                plain || target.as_bytes()[1] == b' ' || target.as_bytes()[1] == b'&',
                "{target}"
            );
        }
    }
}
