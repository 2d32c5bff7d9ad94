//! What happens in a run, for whoever reads line by line: when, a word, who, which step, what, how long it took.

use std::collections::BTreeSet;

use crate::tool::Tool;

/// Machines that have to reboot one after another; one of them is never given back.
const WORLD: &str = r#"
[world]
seed = 7
time-scale = 400
[policy]
rate-limits = "unlimited"
[account.gz]
kind = "tencent"
region = "ap-guangzhou"
[vm.node]
account = "gz"
count = 3
address = "eip"
bandwidth = 5
security-groups = ["sg-node0001"]
tags = { role = "node" }
[vm.node.guest]
os = "2022"
[vm.other]
account = "gz"
id = "ins-0other01"
address = "none"
security-groups = ["sg-node0001"]
[security-group.sg-node0001]
account = "gz"
ingress = ["ACCEPT tcp 3389 0.0.0.0/0"]
"#;

const DECLARATION: &str = r#"
[provider.gz]
kind = "tencent"
region = "ap-guangzhou"
[profile.tls]
tls = { enable = ["1.2"], disable = ["1.0", "1.1"] }
[profile.address]
public-ip = "eip"
[guard]
max-disrupted = 1
reboot = "allow"
weaken = "allow"
[fleet.nodes]
provider = "gz"
select = { tags = { role = "node" } }
profile = "tls"
snapshot = { first = false }
[instance.other]
provider = "gz"
id = "ins-0other01"
profile = "address"
"#;

/// The words of the lines of events, in their order.
fn words(told: &str) -> Vec<&str> {
    let is_event = |line: &&str| line.len() > 27 && line.as_bytes()[10] == b'T';
    told.lines().filter(is_event).filter_map(|line| line.split_whitespace().nth(1)).collect()
}

/// Machines that have to reboot one after another, each of them for a while.
pub(crate) fn nodes() -> Tool {
    let tool = Tool::new();
    tool.write("world.toml", &WORLD.replace("time-scale = 400", "time-scale = 20"));
    tool.write("rdp.toml", DECLARATION);
    tool
}

#[test]
fn what_happens_in_a_run_is_a_line_each_for_whoever_reads_line_by_line() {
    let tool = Tool::new();
    tool.write("world.toml", WORLD);
    tool.write("rdp.toml", DECLARATION);
    let told = tool.sim(&["apply", "--auto-approve"]).exits(3).err;
    let words = words(&told);
    let distinct: BTreeSet<&str> = words.iter().copied().collect();
    for word in ["look", "run", "held", "start", "ok", "wave", "end"] {
        assert!(distinct.contains(word), "{word}: {told}");
    }
    // What is held is said before anything begins, and the end is the last.
    let at = |word| words.iter().position(|it| *it == word);
    assert!(at("run") < at("held") && at("held") < at("start"), "{told}");
    assert_eq!(words.last(), Some(&"end"), "{told}");
    let held = told.lines().find(|line| line.contains("  held    ")).unwrap();
    assert!(held.contains("other") && held.contains("asks for spend"), "{held}");
    let waves: Vec<&str> = told.lines().filter(|line| line.contains("  wave    ")).collect();
    assert_eq!(waves.len(), 3, "one machine at a time: {told}");
    assert!(waves[2].contains("wave 3: ") && waves[2].ends_with("begun on 3 of 3"), "{}", waves[2]);
    // Ids of requests are for whoever asks the vendor.
    assert!(!told.contains("(request "), "{told}");
}

#[test]
fn ids_of_requests_are_told_to_whoever_wants_requests() {
    let ids = |more: &[&str]| {
        let tool = Tool::quickstart();
        let mut arguments = vec!["apply", "--auto-approve", "--target", "web-01"];
        arguments.extend(more);
        let told = tool.sim(&arguments).exits(3).err;
        let done = told.lines().filter(|line| line.contains("  ok      "));
        assert!(done.clone().count() > 0, "{told}");
        told.contains("request ")
    };
    assert!(!ids(&[]));
    assert!(ids(&["-v"]));
}

/// Without what differs from run to run: moments, how long something took, ids.
fn steady(text: &str) -> String {
    let word = |word: &str| {
        let is_moment = word.len() > 18 && word.as_bytes()[10] == b'T';
        let bare = word.trim_end_matches('.');
        let is_hash = bare.len() >= 32 && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_id = word.len() == 9
            && word.ends_with([':', ','])
            && word[..8].bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_took = word.split_once('.').is_some_and(|(whole, part)| {
            part.len() == 1 && [whole, part].iter().all(|it| it.parse::<u8>().is_ok())
        });
        match () {
            () if is_moment => "TIME".to_owned(),
            () if is_hash => "HASH".to_owned(),
            () if is_id => format!("RUN{}", &word[8..]),
            () if is_took => "0.1".to_owned(),
            () => word.to_owned(),
        }
    };
    let lines = text.lines().map(|line| {
        let line = line.split(' ').map(word).collect::<Vec<_>>().join(" ");
        // When it began and ended is behind the run's id; what it cost hangs on how busy the machine is.
        match line.split_once("RUN, ") {
            Some((before, _)) => format!("{before}RUN, BEGAN to ENDED"),
            None if line.starts_with("Cost: ") => "Cost: COST".to_owned(),
            None if line.starts_with("Cost  ") => "Cost       COST".to_owned(),
            None => line,
        }
    });
    // What took less than a second is not told.
    let lines = lines.filter(|line| !line.to_lowercase().contains(" looked at "));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn who_hears_an_apply_hears_each_thing_once_and_in_order() {
    let tool = Tool::quickstart();
    let command = "apply --auto-approve --sim world.toml --target legacy-01";
    // On a terminal so wide that no length of time breaks a line elsewhere.
    let heard = crate::terminal::seen_by(&tool, 240, command, &[("ACCESSIBLE", "1")]);
    assert!(!heard.contains('\u{1b}'), "nothing is redrawn: {heard:?}");
    insta::assert_snapshot!(steady(heard.trim_end()));
}

/// The same run, for a file and for a build server: whole lines, nothing redrawn, nothing in colours.
#[test]
fn what_a_pipe_and_a_build_server_get_of_an_apply() {
    for (name, ci) in [("apply_piped", "none"), ("apply_github", "github")] {
        let tool = Tool::quickstart();
        let apply = ["apply", "--auto-approve", "--ci", ci, "--target", "legacy-01"];
        let ran = tool.sim(&apply).exits(0);
        assert!(!format!("{}{}", ran.out, ran.err).contains('\u{1b}'), "{ran:?}");
        let (out, err) = (steady(ran.out.trim_end()), steady(ran.err.trim_end()));
        insta::assert_snapshot!(name, format!("[standard output]\n{out}\n[standard error]\n{err}"));
    }
}
