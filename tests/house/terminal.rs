//! What a person sees on a terminal, at the widths that terminals have, and what leaves a terminal as it was.

use std::io::Read;
use std::path::PathBuf;
use std::process::Stdio;

use crate::measure::sources;
use crate::tool::{Simulator, Tool, against, root};

/// What stands on a terminal of that width after a command; without colours, as a reader would copy it.
pub(crate) fn seen(tool: &Tool, columns: usize, arguments: &str) -> String {
    seen_by(tool, columns, arguments, &[])
}

/// The same, by somebody whose environment says more.
pub(crate) fn seen_by(
    tool: &Tool,
    columns: usize,
    arguments: &str,
    variables: &[(&str, &str)],
) -> String {
    let mut child = tool
        .terminal(&format!("{arguments} --color never"))
        .env("COLUMNS", columns.to_string())
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    text.replace('\r', "")
}

/// Whether a line is to be copied whole: a command, an address.
fn is_for_copying(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('$') || line.starts_with("http") || line.starts_with("qcs::")
}

#[test]
fn no_command_writes_a_line_as_wide_as_the_terminal() {
    let tool = Tool::quickstart();
    tool.sim(&["plan", "--out", "plan.json"]).exits(0);
    tool.sim(&["apply", "--auto-approve", "--target", "legacy-01"]).exits(0);
    let history = tool.sim(&["state", "history"]).exits(0).out;
    let run = history.lines().nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let show_run = format!("show -q {run}");
    for columns in [40, 60, 80, 120] {
        for command in [
            "plan -q",
            "plan -q --all",
            "drift -q",
            "doctor -q web-01",
            "doctor -q web-01 --lang ko",
            "show -q legacy-01",
            &show_run,
            "state -q list",
            "state -q history",
            "state -q history --instance legacy-01",
            "state -q history --instance web-01",
            "apply -q --auto-approve plan.json",
            "apply -q --auto-approve --target web-01 --exclude web-01/public-ip",
            "permissions -q",
            "plan -q --target nobody",
            "undo -q nothing",
        ] {
            let text = seen(&tool, columns, &format!("{command} --sim world.toml"));
            for line in text.lines().filter(|line| !is_for_copying(line)) {
                let wide = rdpctl_term::width(line);
                assert!(wide < columns, "{command} at {columns} has a line of {wide}:\n{text}");
            }
        }
    }
}

#[test]
fn a_plan_is_read_at_80_columns_and_at_40() {
    let tool = Tool::quickstart();
    insta::assert_snapshot!(seen(&tool, 80, "plan -q --sim world.toml --target web-01"), @r"
    The instance does not answer RDP. 2 steps can be done; 2 more are held.
    Partial: 1 of 2 instances.

    web-01  does not answer: ends on the way  gz  ins-0abc1234  office
      ✗ power      stopped → running                                      Tencent 1
            1  start the instance
      ✗ public-ip  no public address → elastic address                    Tencent 2
            2  obtain an elastic address with 5 Mbps, or reuse a free   costs money
               one of ours
               ! held: the guard `spend` asks
            3  bind the address                                      opens a way in
               ! held: behind 2
      > bandwidth  follows from public-ip
      ✗ ingress    port 3389 closed → port 3389 open to 198.51.100.0/24   Tencent 4
            4  sg-web00001: insert ACCEPT tcp 3389 from 198.51.100.0/24  opens 3389
               at index 1
      ? 11 facets  unknown: the instance does not run; hides boot, remote-desktop,
                   service, port, firewall, machine-keys, certificate, tls, nla,
                   group-policy, reachable; follows from power
            5  look into the guest; decides these 11 facets, after 1

    Plan       2 changes on 1 instance, then what 5 finds
               opens: port 3389 opened to 198.51.100.0/24
               no reboot, no session ends, no money; about 38 API calls, 5 guest
               round trips, 2 min
    Held       2 steps on 1 instance: 2, 3
               would cost money: 1 x elastic addresses, charged by traffic; the
               price is not quoted
               would open: public address bound
    Unknown    11 facets
    ");
    insta::assert_snapshot!(seen(&tool, 40, "plan -q --sim world.toml --target legacy-01"), @r"
    The instance does not answer RDP. 1
    step can be done.
    Partial: 1 of 2 instances.

    legacy-01  does not answer: ends on the
    way  gz-legacy  ins-0lega001
    office-legacy
      ✗ bandwidth  0 Mbps → 5 Mbps
                   Tencent 3
            1  set the instance to 5 Mbps
      > reachable  follows from bandwidth
            2  prove it: RDP handshake from
               outside on port 3389

    Plan       1 change on 1 instance
               no reboot, no session ends,
               no money; about 21 API
               calls, 1 guest round trip,
               12 s
    ");
}

#[test]
fn a_plan_is_heard_in_sentences_without_columns_and_marks() {
    let tool = Tool::quickstart().with("ACCESSIBLE", "1");
    let plan = tool.sim(&["plan", "-q", "--target", "legacy-01"]).exits(0);
    insta::assert_snapshot!(plan.out, @r"
    The instance does not answer RDP. 1 step can be done.
    Partial: 1 of 2 instances.

    legacy-01  does not answer: ends on the way  gz-legacy  ins-0lega001  office-legacy.
      bandwidth is 0 Mbps, declared 5 Mbps. Shut. Tencent 3.
        step 1: set the instance to 5 Mbps.
      reachable follows from bandwidth.
        step 2: prove it: RDP handshake from outside on port 3389.

    Plan: 1 change on 1 instance.
          no reboot, no session ends, no money; about 21 API calls, 1 guest round trip, 12 s.
    ");
}

#[test]
fn in_ascii_our_own_signs_are_ascii() {
    let tool = Tool::quickstart();
    for arguments in [
        &["plan", "--ascii"][..],
        &["drift", "--ascii"],
        &["plan", "--ascii", "--target", "nobody"],
    ] {
        let ran = tool.sim(arguments);
        assert!(ran.out.is_ascii() && ran.err.is_ascii(), "{}{}", ran.out, ran.err);
    }
}

#[test]
fn drift_is_read_causes_first() {
    let tool = Tool::quickstart();
    insta::assert_snapshot!(seen(&tool, 80, "drift -q --sim world.toml"), @r"
    2 of 2 instances do not answer RDP.

    Differs
      ~ power      stopped → running                                      Tencent 1
                   on web-01; shows on the way; 11 facets follow
      ~ public-ip  no public address → elastic address                    Tencent 2
                   on web-01; shows on the way; 1 facet follows
      ~ bandwidth  0 Mbps → 5 Mbps                                        Tencent 3
                   on legacy-01; shows on the way; 1 facet follows
      ~ ingress    port 3389 closed → port 3389 open to 198.51.100.0/24   Tencent 4
                   on web-01; shows on the way

    In all     2 do not answer
    ");
}

#[test]
fn an_error_says_what_why_and_what_to_do() {
    let tool = Tool::quickstart();
    insta::assert_snapshot!(seen(&tool, 60, "plan -q --sim world.toml --target nobody"), @r"
    error: nobody is named `nobody`
      do     names are those of `rdpctl state list`; * stands
             for any run of characters
    ");
}

#[test]
fn colours_are_written_where_they_are_wanted_and_nowhere_else() {
    const ESCAPE: char = '\u{1b}';
    let tool = Tool::quickstart();
    for arguments in [
        &["plan", "--sim", "world.toml"][..],
        &["plan", "--help"],
        &["plan", "--no-such-flag"],
        &["plan", "no-such-folder"],
        &["plan", "--log", "debug", "--sim", "world.toml"],
    ] {
        let colours = |more: &[&str], variable: Option<(&str, &str)>| {
            let all: Vec<&str> = arguments.iter().chain(more).copied().collect();
            let mut command = tool.command(&all);
            command.envs(variable);
            let ran = command.output().unwrap();
            let text = [ran.stdout, ran.stderr].concat();
            String::from_utf8(text).unwrap().contains(ESCAPE)
        };
        assert!(!colours(&[], None), "a pipe is plain: {arguments:?}");
        assert!(colours(&["--color", "always"], None), "{arguments:?}");
        assert!(colours(&[], Some(("CLICOLOR_FORCE", "1"))), "{arguments:?}");
        assert!(!colours(&["--color=never"], Some(("CLICOLOR_FORCE", "1"))), "{arguments:?}");
        assert!(!colours(&[], Some(("NO_COLOR", "1"))), "{arguments:?}");
    }
}

/// Whether something is coloured or bold: an escape that ends with `m`.
fn is_painted(text: &str) -> bool {
    text.split("\u{1b}[").skip(1).any(|rest| {
        rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m')
    })
}

#[test]
fn on_a_terminal_all_is_painted_unless_the_reader_or_the_terminal_wants_none() {
    let tool = Tool::quickstart();
    for arguments in
        ["plan --sim world.toml", "plan --help", "plan --no-such-flag", "plan no-such-folder"]
    {
        for (more, variables, wanted) in [
            ("", &[("TERM", "xterm-256color")][..], true),
            ("", &[("TERM", "xterm-256color"), ("NO_COLOR", "")], true),
            ("", &[("TERM", "xterm-256color"), ("NO_COLOR", "1")], false),
            ("", &[("TERM", "xterm-256color"), ("CLICOLOR", "0")], false),
            ("", &[("TERM", "xterm-256color"), ("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], false),
            (" --color never", &[("TERM", "xterm-256color")], false),
            (" --color always", &[("TERM", "xterm-256color"), ("NO_COLOR", "1")], true),
            ("", &[("TERM", "dumb")], false),
            (" --color always", &[("TERM", "dumb")], true),
        ] {
            let mut command = tool.terminal(&format!("{arguments}{more}"));
            command.envs(variables.iter().copied()).stdin(Stdio::null());
            let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
            assert_eq!(is_painted(&text), wanted, "{arguments}{more} {variables:?}: {text:?}");
            let is_dumb = variables.contains(&("TERM", "dumb")) && more.is_empty();
            assert!(!is_dumb || !text.contains('\u{1b}'), "{arguments}: {text:?}");
        }
    }
}

#[test]
fn quiet_hides_progress_and_advice_and_never_the_result() {
    let tool = Tool::quickstart();
    let plan = tool.sim(&["plan", "-q"]).exits(0);
    assert!(plan.out.contains("web-01") && plan.err.is_empty(), "{}", plan.err);
    let told = tool.sim(&["plan"]).exits(0);
    assert!(told.err.contains("Next") && told.err.contains("--sim world.toml"), "{}", told.err);
    let (_, next) = told.err.split_once("Next ").unwrap();
    assert!(next.lines().count() <= 3, "{next}");
    assert!(next.lines().all(|line| line.contains("rdpctl ") && line.contains("  ")), "{next}");
    tool.sim(&["plan", "-q", "--target", "nobody"]).exits(1).complains("nobody is named");
}

#[test]
fn who_is_in_a_group_is_printed_one_a_line() {
    let tool = Tool::quickstart();
    let by_letter = tool.sim(&["plan", "-q", "--members", "A"]).exits(0);
    assert_eq!(by_letter.out, "legacy-01\n");
    let by_name = tool.sim(&["plan", "-q", "--members", "web-01/power"]).exits(0);
    assert_eq!(by_name.out, "web-01\n");
    tool.sim(&["plan", "-q", "--members", "Z"]).exits(1).complains("the plan has no group `Z`");
}

#[test]
fn the_plan_in_the_readme_is_the_plan_of_the_quickstart() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let plan = seen(&Tool::quickstart(), 90, "plan -q --sim world.toml");
    assert!(readme.contains(plan.trim_end()), "the README shows another plan than this:\n{plan}");
}

#[test]
fn every_request_is_told_to_whoever_wants_it_and_nothing_secret_of_it() {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let (_, key) = simulator.keys("gz");
    let key = key.to_owned();
    let tool = against(tool, &simulator);
    let told = |word: &str| tool.run(&["plan", word]).exits(0).err;
    assert!(!told("-q").contains("DescribeInstances"));
    let requests = told("-v");
    assert!(
        requests.contains("asked   ") && requests.contains("DescribeInstances  ok, "),
        "{requests}"
    );
    assert!(!requests.contains("  received"), "{requests}");
    let bodies = told("-vv");
    assert!(bodies.contains("sent    ") && bodies.contains("\"InstanceSet\""), "{bodies}");
    assert!(!bodies.contains(&key), "{bodies}");
}

#[test]
fn addresses_of_pages_can_be_opened_on_a_terminal_that_knows_how_and_are_text_elsewhere() {
    const OPENS: &str = "\u{1b}]8;;https://";
    let tool = Tool::quickstart();
    let explained = |tool: &Tool, variable: (&str, &str)| {
        let mut child = tool.terminal("explain nla");
        let ran = child.env(variable.0, variable.1).stdin(Stdio::null()).output().unwrap();
        String::from_utf8(ran.stdout).unwrap()
    };
    let opened = explained(&tool, ("VTE_VERSION", "7200"));
    assert!(opened.contains(OPENS), "{opened}");
    assert!(!explained(&tool, ("VTE_VERSION", "100")).contains(OPENS));
    assert!(!tool.run(&["explain", "nla"]).exits(0).out.contains('\u{1b}'), "a pipe has none");
}

#[test]
fn a_part_of_a_plan_says_of_how_many_it_is_one() {
    let tool = Tool::quickstart();
    let plan = tool.sim(&["plan", "--target", "web-01"]).exits(0);
    assert!(plan.out.contains("\nPartial: 1 of 2 instances.\n"), "{}", plan.out);
    let plan = tool.sim(&["plan", "--exclude", "web-01"]).exits(0);
    assert!(plan.out.contains("\nPartial: 1 of 2 instances.\n"), "{}", plan.out);
    assert!(!tool.sim(&["plan"]).exits(0).out.contains("Partial"));
}

#[test]
fn what_somebody_accepted_is_not_mended_and_stands_apart_where_it_is_asked_for() {
    let tool = Tool::quickstart();
    let accept = "\n[[accept]]\ninstance = \"web-01\"\nfacet = \"power\"\nreason = \"the audit\"\nuntil = 2999-12-31\n";
    tool.write("rdp.toml", &(tool.read("rdp.toml") + accept));
    let plan = tool.sim(&["plan", "--target", "web-01/power"]).exits(0);
    assert!(plan.out.contains("but for what was accepted"), "{}", plan.out);
    assert!(!plan.out.contains("start the instance"), "{}", plan.out);
    let plan = tool.sim(&["plan", "--target", "web-01/power", "--accepted"]).exits(0);
    assert!(plan.out.contains("^ power"), "{}", plan.out);
    assert!(plan.out.contains("accepted: the audit, until 2999-12-31"), "{}", plan.out);
    // What follows from it does not alarm either, and nobody looks into a machine that is left stopped.
    let whole = tool.sim(&["plan", "--target", "web-01"]);
    assert!(!whole.out.contains("look into the guest"), "{}", whole.out);
    assert!(whole.out.contains("accepted differences not shown (--accepted)"), "{}", whole.out);
    tool.sim(&["apply", "--auto-approve", "--target", "web-01/power"]).exits(0);
}

/// What is printed for people is written for people: no form that derives from a type's own names.
#[test]
fn nothing_is_printed_for_people_in_the_form_of_debug() {
    let folders: Vec<PathBuf> = ["report", "command", "progress", "approve"]
        .map(|it| root().join("crates/rdpctl/src").join(it))
        .into();
    let mut found = Vec::new();
    for path in sources().iter().filter(|path| folders.iter().any(|it| path.starts_with(it))) {
        let text = std::fs::read_to_string(path).unwrap();
        let text = &text[..text.find("#[cfg(test)]").unwrap_or(text.len())];
        if text.contains(":?}") {
            found.push(crate::measure::shown(path));
        }
    }
    assert_eq!(found, Vec::<String>::new());
}
