//! Worlds of the same classes as those that people told in public, with another value, service, policy, build or language:
//! the cause is named, and nothing untrue is said. The worlds stand in `siblings.toml`.

use serde::Deserialize;

use crate::tool::Tool;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Siblings {
    world: Vec<World>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct World {
    name: String,
    #[serde(default = "usual")]
    os: String,
    #[serde(default)]
    guest: String,
    #[serde(default)]
    saw: Option<String>,
    exit: i32,
    #[serde(default)]
    first: String,
    #[serde(default)]
    says: Vec<String>,
    #[serde(default)]
    never: Vec<String>,
}

fn usual() -> String {
    "2019".to_owned()
}

/// What may be said of none of them.
const NEVER: [&str; 4] = [
    "everything else was looked at",
    "a handshake from outside proves it",
    "First cause\n  ✗ reachable",
    // A word that was left out of a sentence.
    "{service}",
];

impl World {
    fn tool(&self) -> Tool {
        let tool = Tool::new();
        tool.write(
            "rdp.toml",
            "[provider.gz]\nkind = 'tencent'\nregion = 'ap-guangzhou'\n[instance.web-01]\nprovider = 'gz'\nid = 'ins-0abc1234'\nprofile = 'standard'\n",
        );
        let Self { os, guest, .. } = self;
        tool.write(
            "world.toml",
            &format!(
                "[world]\nseed = 7\ntime-scale = 'instant'\n[account.gz]\nkind = 'tencent'\nregion = 'ap-guangzhou'\n\
                 [vm.web-01]\naccount = 'gz'\nid = 'ins-0abc1234'\naddress = 'eip'\nsecurity-groups = ['sg-open0001']\n\
                 [vm.web-01.guest]\nos = '{os}'\n{guest}\n\
                 [security-group.sg-open0001]\naccount = 'gz'\ningress = ['ACCEPT tcp 3389 0.0.0.0/0']\n"
            ),
        );
        tool
    }

    /// What is wrong with what is said of it.
    fn complaints(&self) -> Vec<String> {
        let mut arguments = vec!["doctor", "web-01"];
        if let Some(saw) = &self.saw {
            arguments.extend(["--error", saw]);
        }
        let ran = self.tool().sim(&arguments);
        let mut wrong = Vec::new();
        if ran.code != Some(self.exit) {
            wrong.push(format!("it ends with {:?}, not {}", ran.code, self.exit));
        }
        let first = ran
            .out
            .split_once("\nFirst cause\n")
            .and_then(|(_, below)| below.split_whitespace().nth(1));
        if first.unwrap_or_default() != self.first {
            wrong.push(format!("the first cause is {first:?}, not {:?}", self.first));
        }
        wrong.extend(
            self.says
                .iter()
                .filter(|it| !ran.out.contains(*it))
                .map(|it| format!("not said: {it}")),
        );
        let never = NEVER.into_iter().chain(self.never.iter().map(String::as_str));
        wrong.extend(never.filter(|it| ran.out.contains(*it)).map(|it| format!("said: {it}")));
        if !wrong.is_empty() {
            wrong.push(ran.out);
        }
        wrong
    }
}

/// One part of several, so that they are tried side by side.
fn part(number: usize) {
    const PARTS: usize = 2;
    let siblings: Siblings = toml::from_str(include_str!("siblings.toml")).unwrap();
    let wrong: Vec<String> = siblings
        .world
        .iter()
        .enumerate()
        .filter(|(at, _)| at % PARTS == number)
        .map(|(_, world)| (world, world.complaints()))
        .filter(|(_, complaints)| !complaints.is_empty())
        .map(|(world, complaints)| format!("## {}\n{}", world.name, complaints.join("\n")))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn causes_that_people_have_are_named_and_nothing_untrue_is_said() {
    part(0);
}

#[test]
fn their_siblings_are_named_and_nothing_untrue_is_said() {
    part(1);
}
