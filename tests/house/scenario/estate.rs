//! One broken thing, on eight languages of Windows, over each channel: planned, repaired, proved.
//!
//! A scenario says what differs from a healthy machine. Its world holds that machine sixteen times: in each language,
//! met over run-command and over `WinRM`. What the plan says of it must not depend on either.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use crate::tool::Tool;

const LANGUAGES: [&str; 8] = ["de", "en", "es", "fr", "ja", "ko", "ru", "zh"];
const PASSWORD: &str = "Pa55-word!";
/// WinRM is open to rdpctl in every guest, as its bootstrap leaves it.
const WINRM_RULE: &str = "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=5985|RA4=198.51.100.0/255.255.255.0|Name=WinRM|";

/// The ways into the guests of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ways {
    /// Over the cloud's agent and over `WinRM`.
    Both,
    /// Over the cloud's agent: what is broken keeps `WinRM` out too.
    Agent,
}

/// What differs from a healthy machine, and what is declared of it beyond the standard profile.
pub(super) struct Scenario {
    pub(super) ways: Ways,
    /// Keys of the account in the world.
    pub(super) account: &'static str,
    /// Keys of the VM in the world.
    pub(super) vm: &'static [(&'static str, &'static str)],
    /// Keys of the guest in the world.
    pub(super) guest: &'static str,
    /// Rules of the Windows firewall, as a key of the world.
    pub(super) firewall: &'static str,
    /// Facets beyond those of `standard`.
    pub(super) profile: &'static [(&'static str, &'static str)],
    /// Lines of `[guard]`.
    pub(super) guard: &'static str,
    /// What is allowed when it is applied.
    pub(super) allow: &'static str,
}

/// Nothing is broken.
pub(super) const HEALTHY: Scenario = Scenario {
    ways: Ways::Both,
    account: "",
    vm: &[],
    guest: "",
    firewall: "",
    profile: &[],
    guard: "",
    allow: "reboot",
};

impl Scenario {
    /// The scenario's folder, with its world and its declaration.
    pub(super) fn begin(&self) -> Tool {
        let tool = Tool::new().with("PASSWORD", PASSWORD);
        tool.write("world.toml", &self.world());
        tool.write("rdp.toml", &self.declaration());
        tool
    }

    /// Plans, applies, and plans again; gives what the plan said.
    ///
    /// The proof is the tool's own and the simulator's: `reachable` is judged by a handshake on the simulated port.
    pub(super) fn repaired(&self) -> String {
        let tool = self.begin();
        let planned = planned(&tool);
        let applied = tool.sim(&["apply", "--auto-approve", "--allow", self.allow]).exits(0);
        assert!(applied.out.contains("No changes"), "{}\n{}", applied.out, applied.err);
        self.is_proved(&tool);
        planned
    }

    /// Nothing is left to do, and every machine answers from outside.
    pub(super) fn is_proved(&self, tool: &Tool) {
        let again = tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
        assert!(again.out.contains("No changes"), "{}", again.out);
        for name in self.machines().into_keys() {
            let shown = tool.run(&["show", &name, "--format", "json"]).exits(0);
            let seen: Value = serde_json::from_str(&shown.out).unwrap();
            let outside = &seen["outside"]["answer"]["said"];
            assert_eq!(
                (&outside["verdict"], &outside["nla"]),
                (&json!("ok"), &json!("required")),
                "{name}: {outside}"
            );
        }
    }

    fn machines(&self) -> BTreeMap<String, &'static str> {
        let ways: &[(&str, &str)] = match self.ways {
            Ways::Both => &[("agent", r#"["run-command"]"#), ("winrm", WINRM_ACCESS)],
            Ways::Agent => &[("agent", r#"["run-command"]"#)],
        };
        let each =
            |language| ways.iter().map(move |(way, via)| (format!("{language}-{way}"), *via));
        LANGUAGES.into_iter().flat_map(each).collect()
    }

    fn world(&self) -> String {
        let mut world = format!(
            "[world]\nseed = 11\ntime-scale = \"instant\"\n\n\
             [account.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n{}\n\n\
             [security-group.sg-open0001]\n\
             ingress = [\"ACCEPT tcp 3389 198.51.100.0/24\", \"ACCEPT tcp 5985 198.51.100.0/24\"]\n\n\
             [security-group.sg-shut0001]\n\
             ingress = [\"ACCEPT tcp 80 0.0.0.0/0\", \"ACCEPT tcp 5985 198.51.100.0/24\"]\n\n",
            self.account
        );
        for name in self.machines().into_keys() {
            let mut keys = BTreeMap::from([
                ("address", r#"{ type = "eip", bandwidth = 5 }"#),
                ("security-groups", r#"["sg-open0001"]"#),
            ]);
            keys.extend(self.vm.iter().copied());
            let _ = writeln!(world, "[vm.{name}]\nid = \"{}\"", id(&name));
            for (key, value) in keys {
                let _ = writeln!(world, "{key} = {value}");
            }
            let _ = writeln!(
                world,
                "\n[vm.{name}.guest]\nlanguage = \"{}\"\nusers = {{ Administrator = \"{PASSWORD}\" }}\n\
                 firewall = {{ rules = [\"{WINRM_RULE}\"]{} }}\n{}\n",
                &name[..2],
                self.firewall,
                self.guest,
            );
        }
        world
    }

    fn declaration(&self) -> String {
        let mut facets = BTreeMap::from([
            ("public-ip", r#""any""#),
            ("ingress", r#"{ from = ["198.51.100.0/24"] }"#),
        ]);
        facets.extend(self.profile.iter().copied());
        let mut text = "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\n\
                        [profile.desk]\nextends = \"standard\"\n"
            .to_owned();
        for (facet, wish) in facets {
            let _ = writeln!(text, "{facet} = {wish}");
        }
        let _ = writeln!(text, "\n[guard]\nmax-disrupted = \"100%\"\n{}\n", self.guard);
        for (name, via) in self.machines() {
            let _ = writeln!(
                text,
                "[instance.{name}]\nprovider = \"gz\"\nid = \"{}\"\nprofile = \"desk\"\nguest = {{ via = {via} }}\nsnapshot = {{ first = false }}\n",
                id(&name),
            );
        }
        text
    }
}

const WINRM_ACCESS: &str = r#"["winrm"], user = "Administrator", password = "env:PASSWORD""#;

fn id(name: &str) -> String {
    format!("ins-0{}", name.replace('-', ""))
}

/// What the plan says, with machines of which it says the same put together.
pub(super) fn planned(tool: &Tool) -> String {
    let planned = tool.sim(&["plan", "--detailed-exitcode"]).exits(2);
    summary(&planned.out)
}

/// The plan with machines of which it says the same put together, and without what no two machines have in common.
pub(super) fn summary(plan: &str) -> String {
    let mut said: Vec<(Vec<String>, String)> = Vec::new();
    let mut end = String::new();
    for part in plan.split("\n\n") {
        let (head, body) = part.split_once('\n').unwrap_or((part, ""));
        if head.starts_with("Plan ") {
            part.clone_into(&mut end);
        }
        // The first sentence and what is as declared say nothing of anybody.
        if head.starts_with("Plan ") || body.is_empty() {
            continue;
        }
        let who = head.split_once("  ").map_or(head, |(who, _)| who).to_owned();
        let body = alike(body);
        match said.iter_mut().find(|(_, other)| *other == body) {
            Some((group, _)) => group.push(who),
            None => said.push((vec![who], body)),
        }
    }
    let mut text = String::new();
    for (who, body) in said {
        let _ = writeln!(text, "{}\n{body}", who.join("; "));
    }
    text.push_str(&end);
    text
}

/// Step numbers counted from 1, and names that Windows drew by lot cut short.
fn alike(body: &str) -> String {
    let number = |line: &str| -> Option<u32> {
        let (number, _) = line.trim_start().split_once("  ")?;
        number.parse().ok()
    };
    let mut numbers: Vec<u32> = body.lines().filter_map(number).collect();
    numbers.sort_unstable();
    let place = |word: &str| -> Option<String> {
        let digits = word.trim_end_matches([',', '.']);
        let place = numbers.iter().position(|known| digits.parse() == Ok(*known))? + 1;
        Some(format!("{place}{}", &word[digits.len()..]))
    };
    let mut text = String::new();
    for line in body.lines() {
        let mut counting = true;
        let indent = line.len() - line.trim_start().len();
        // Numbers end in one column, however long they were.
        let indent = if number(line).is_some() { 11 } else { indent };
        text.push_str(&" ".repeat(indent));
        let words = line.trim_start().split(' ').map(|word| {
            // Numbers stand first, after `after` and after `behind`.
            let is_number = word.trim_end_matches([',', '.']).parse::<u32>().is_ok();
            let shown = (counting && is_number).then(|| place(word)).flatten();
            counting = matches!(word, "after" | "behind") || (counting && word.ends_with(','));
            shown.unwrap_or_else(|| shortened(word))
        });
        text.push_str(&words.collect::<Vec<_>>().join(" "));
        text.push('\n');
    }
    text
}

/// Thumbprints and the names of key files differ between machines, and dates between days.
fn shortened(word: &str) -> String {
    let lot = |part: &str| {
        let drawn = part.len() >= 36 && part.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
        let date = part.len() == 10 && part.split('-').map(str::len).eq([4, 2, 2]);
        drawn || date
    };
    let parts = word.split_inclusive(['\\', '_']).map(|part| if lot(part) { "…" } else { part });
    parts.collect()
}
