//! The continuous loop, as whoever runs it sees it: what turns is told, what breaks is survived, and one leads.

use std::io::{BufRead, BufReader, Read, Write};

use serde_json::Value;

use crate::interrupt::signal;
use crate::tool::{Simulator, Tool, against};
use crate::watching::Loop;

/// The registry value that lets nobody in.
const DENY: &str = r#"reg add "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server" /v fDenyTSConnections /t REG_DWORD /d 1 /f"#;
const ALLOW: &str = r#"reg add "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server" /v fDenyTSConnections /t REG_DWORD /d 0 /f"#;

/// The quickstart's estate in a simulator of its own.
fn estate() -> (Tool, Simulator) {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    (against(tool, &simulator), simulator)
}

fn events(told: &[Value], event: &str) -> usize {
    told.iter().filter(|told| told["event"] == event).count()
}

#[test]
fn drift_in_guest_and_cloud_is_told_once_when_it_appears_and_when_it_goes() {
    let (tool, simulator) = estate();
    let mut run = Loop::start(&tool, &[]);
    let ready = run.until("ready");
    assert_eq!((&ready["instances"], &ready["healthy"]), (&2.into(), &0.into()), "{ready}");

    simulator.behind("legacy-01", DENY);
    let turned = run.until_turned("legacy-01", "remote-desktop", "drifted");
    assert_eq!(turned["from"]["verdict"], "healthy", "{turned}");
    simulator.behind("legacy-01", ALLOW);
    let back = run.until_turned("legacy-01", "remote-desktop", "healthy");
    assert_eq!(back["since"], turned["at"].clone(), "{back}");

    simulator.power("legacy-01", "stopped");
    run.until_turned("legacy-01", "power", "drifted");
    let (code, told) = run.ends();
    assert_eq!(code, Some(0), "{told:?}");
    let alike = |told: &&Value| {
        told["event"] == "turned"
            && told["instance"] == "legacy-01"
            && told["facets"][0] == "remote-desktop"
            && told["to"]["verdict"] == "drifted"
    };
    assert_eq!(told.iter().filter(alike).count(), 1, "told once: {told:?}");
}

#[test]
fn once_tells_what_differs_and_ends_as_drift_does() {
    let (tool, _simulator) = estate();
    let mut run = Loop::start(&tool, &["--once"]);
    let (code, told) = run.ended();
    assert_eq!(code, Some(2), "{told:?}");
    assert_eq!(events(&told, "ready"), 1, "{told:?}");
    tool.run(&["drift"]).exits(2);
    let text = tool.run(&["run", "--once"]).exits(2).out;
    assert!(text.contains("  web-01  power  "), "{text}");
    assert!(text.contains("everything was looked at: 0 of 2 instances as declared"), "{text}");
}

#[test]
fn a_declaration_that_breaks_keeps_the_last_good_one_and_says_so() {
    let (tool, simulator) = estate();
    let good = tool.read("rdp.toml");
    let mut run = Loop::start(&tool, &[]);
    run.until("ready");

    tool.write("rdp.toml", &format!("{good}\n[instance.third]\nprovider = \"nowhere\"\n"));
    let said = run.until("unreadable");
    assert!(said["why"].as_str().unwrap().contains("nowhere"), "{said}");
    // What was declared last is looked at as before.
    simulator.behind("legacy-01", DENY);
    run.until_turned("legacy-01", "remote-desktop", "drifted");

    let without = good.split("[instance.legacy-01]").next().unwrap();
    tool.write("rdp.toml", without);
    let read = run.until("declared");
    assert_eq!((&read["sources"], &read["removed"]), (&1.into(), &1.into()), "{read}");
    // Who is not declared any more is nobody's drift; nothing in the world was changed for it.
    run.until_turned("legacy-01", "remote-desktop", "healthy");
    assert_eq!(run.ends().0, Some(0));
}

#[test]
fn much_that_is_gone_at_once_is_held_back() {
    let (tool, _simulator) = estate();
    let good = tool.read("rdp.toml");
    let mut many = good.clone();
    for number in 10..30 {
        many.push_str(&format!(
            "\n[instance.more-{number}]\nprovider = \"gz\"\nid = \"ins-00000{number}0\"\nprofile = \"office\"\n"
        ));
    }
    tool.write("rdp.toml", &many);
    let mut run = Loop::start(&tool, &[]);
    run.until("leading");
    tool.write("rdp.toml", &good);
    let held = run.until("held-back");
    assert_eq!((&held["removed"], &held["of"]), (&20.into(), &22.into()), "{held}");
    assert_eq!(run.ends().0, Some(0));
}

#[test]
fn a_second_loop_stands_by_and_follows_a_clean_end_and_a_kill() {
    let (tool, _simulator) = estate();
    let mut first = Loop::start(&tool, &[]);
    first.until("leading");
    let mut second = Loop::start(&tool, &[]);
    let behind = second.until("standing-by");
    assert!(behind["words"].as_str().unwrap().contains("for `run` since"), "{behind}");
    assert_eq!(first.ends().0, Some(0));
    second.until("leading");
    second.until("ready");

    let mut third = Loop::start(&tool, &[]);
    third.until("standing-by");
    signal(second.child(), "KILL");
    third.until("leading");
    third.until("ready");
    let (code, told) = third.ends();
    assert_eq!(code, Some(0));
    assert_eq!(events(&told, "leading"), 1, "{told:?}");
    let (_, told) = second.ended();
    assert_eq!(events(&told, "deposed"), 0, "it was killed: {told:?}");
}

#[test]
fn people_apply_while_a_loop_looks() {
    let (tool, _simulator) = estate();
    let mut run = Loop::start(&tool, &[]);
    run.until("ready");
    tool.run(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    let mut open = vec!["web-01", "legacy-01"];
    while !open.is_empty() {
        let turned = run.until_one("turned", |told| {
            told["facets"].as_array().unwrap().contains(&"reachable".into())
                && told["to"]["verdict"] == "healthy"
        });
        open.retain(|name| turned["instance"] != *name);
    }
    assert_eq!(run.ends().0, Some(0));
    tool.run(&["plan", "--detailed-exitcode"]).exits(0);
}

/// The quickstart's estate, repaired, with a loop that may mend.
fn mending() -> (Tool, Simulator) {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let declared = tool.read("rdp.toml");
    tool.write("rdp.toml", &format!("{declared}\n[run]\nmode = \"enforce\"\n"));
    let tool = against(tool, &simulator);
    tool.run(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    (tool, simulator)
}

#[test]
fn what_drifts_is_mended_by_itself_and_proved_and_journaled() {
    let (tool, simulator) = mending();
    let mut run = Loop::start(&tool, &[]);
    let ready = run.until("ready");
    assert_eq!(ready["healthy"], 2, "{ready}");
    simulator.behind("legacy-01", DENY);
    run.until_turned("legacy-01", "remote-desktop", "drifted");
    let done = run.until_one("done", |told| told["subject"] == "legacy-01");
    assert!(done["name"].as_str().unwrap().contains("remote-desktop"), "{done}");
    let mended = run.until("mended");
    assert_eq!((&mended["end"], &mended["failed"]), (&"done".into(), &0.into()), "{mended}");
    run.until_turned("legacy-01", "remote-desktop", "healthy");
    assert_eq!(run.ends().0, Some(0));
    let history = tool.run(&["state", "history", "--instance", "legacy-01"]).exits(0).out;
    assert!(history.contains("tester (the loop)"), "{history}");
    tool.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn what_runs_left_in_guests_is_removed_by_a_loop_that_may_mend_and_by_no_other() {
    let (tool, simulator) = mending();
    let old = r"C:\Windows\rdpctl\20200101-0badcafe-0000000a-0.reg";
    simulator.behind("legacy-01", &format!("cmd /c echo x>{old}"));
    let lies_there = || {
        let seen = simulator.behind("legacy-01", &format!("cmd /c if exist {old} echo there"));
        seen["stdout"].as_str().unwrap().contains("there")
    };
    let declared = tool.read("rdp.toml");
    tool.write("rdp.toml", &declared.replace("mode = \"enforce\"", "mode = \"detect\""));
    let (_, told) = Loop::start(&tool, &["--once"]).ended();
    assert_eq!((events(&told, "removed"), lies_there()), (0, true), "{told:?}");

    tool.write("rdp.toml", &declared);
    let mut run = Loop::start(&tool, &[]);
    let removed = run.until("removed");
    assert_eq!(removed["instance"], "legacy-01", "{removed}");
    let words = removed["words"].as_str().unwrap();
    assert!(words.contains("what run 0badcafe of 1 Jan 2020 left"), "{words}");
    assert!(!lies_there());
    assert_eq!(run.ends().0, Some(0));
}

#[test]
fn a_person_who_applies_while_the_loop_mends_waits_for_it() {
    let (tool, simulator) = mending();
    let mut run = Loop::start(&tool, &[]);
    run.until("ready");
    simulator.behind("legacy-01", DENY);
    run.until("began");
    tool.run(&["apply", "--auto-approve"]).exits(0);
    assert_eq!(run.ends().0, Some(0));
    tool.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn what_a_guard_asks_waits_for_a_person_and_what_nobody_granted_is_not_mended() {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let declared = tool.read("rdp.toml");
    let tool = against(tool, &simulator);
    // Granted before the declaration grew.
    let grown = format!("{}\n[run]\nmode = \"enforce\"\n", tool.read("rdp.toml"));
    assert!(!declared.contains("enforce"));
    tool.write("rdp.toml", &grown);
    let asked = tool.run(&["trust", "--print"]).exits(3).out;
    assert!(asked.contains("[[enforce]]"), "{asked}");
    let mut run = Loop::start(&tool, &[]);
    let shut = run.until("only-looks");
    assert!(shut["why"].as_str().unwrap().contains("change by itself"), "{shut}");
    run.until("ready");
    assert_eq!(events(&run.ends().1, "began"), 0);

    let tool = tool.trusting();
    let mut run = Loop::start(&tool, &[]);
    let asks = run.until("asks");
    assert!(asks["guards"]["spend"].as_u64() > Some(0), "{asks}");
    run.until("mended");
    let (code, told) = run.ends();
    assert_eq!(code, Some(0), "{told:?}");
    let history = tool.run(&["state", "history"]).exits(0).out;
    assert!(!history.contains("spend ("), "nobody allowed it: {history}");
    assert_eq!(simulator.counters()["actions"]["vpc"]["AllocateAddresses"], Value::Null);
}

/// What is answered at a path of the loop's own.
pub(crate) fn asked(run: &mut Loop, path: &str) -> String {
    let at = run.address();
    let mut stream = std::net::TcpStream::connect(&at).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn numbers_and_health_are_told_to_this_machine_alone() {
    let (tool, _simulator) = estate();
    tool.run(&["run", "--listen", "0.0.0.0:9"]).exits(1).complains("this machine alone");
    let mut run = Loop::start(&tool, &["--listen", "127.0.0.1:0"]);
    run.until("ready");
    assert!(asked(&mut run, "/readyz").starts_with("HTTP/1.1 200 "));
    assert!(asked(&mut run, "/healthz").starts_with("HTTP/1.1 200 "));
    assert!(asked(&mut run, "/secrets").starts_with("HTTP/1.1 404 "));
    let page = asked(&mut run, "/metrics");
    for line in [
        "leader_election_master_status{name=\"rdpctl\"} 1",
        "rdpctl_instances{as_declared=\"false\"} 2",
        "rdpctl_findings{facet=\"power\",verdict=\"drifted\"} 1",
        "rdpctl_source_readable 1",
        "rdpctl_machines{provider=\"gz\"} 1",
    ] {
        assert!(page.lines().any(|told| told == line), "{line} is not in\n{page}");
    }
    assert_eq!(run.ends().0, Some(0));
}

#[test]
fn what_is_paused_is_looked_at_and_not_mended_until_it_is_resumed() {
    let (tool, simulator) = mending();
    tool.run(&["pause", "nobody"]).exits(1).complains("no instance or fleet `nobody` is declared");
    tool.run(&["pause", "legacy-01", "--until", "1h", "--reason", "exhibition"]).exits(0);
    let mut run = Loop::start(&tool, &[]);
    let told = run.until("told");
    assert_eq!(
        (&told["told"]["order"], &told["told"]["reason"]),
        (&"pause".into(), &"exhibition".into())
    );
    run.until("ready");
    simulator.behind("legacy-01", DENY);
    run.until_turned("legacy-01", "remote-desktop", "drifted");
    // Somebody else is mended meanwhile, so that it is not for want of time.
    simulator.behind("web-01", DENY);
    run.until_turned("web-01", "remote-desktop", "healthy");
    assert_eq!(run.told.iter().filter(|told| told["subject"] == "legacy-01").count(), 0);
    let said = tool.run(&["resume", "legacy-01"]).exits(0).out;
    assert!(said.starts_with("legacy-01 is resumed, by tester"), "{said}");
    run.until_one("done", |told| told["subject"] == "legacy-01");
    run.until_turned("legacy-01", "remote-desktop", "healthy");
    assert_eq!(run.ends().0, Some(0));
    let blamed = tool.run(&["blame", "legacy-01/remote-desktop"]).exits(0).out;
    let lines: Vec<&str> = blamed.lines().collect();
    assert!(lines[1].contains("tester (the loop)"), "{blamed}");
    assert!(lines[2].contains("as declared") && lines[2].ends_with("not rdpctl"), "{blamed}");
}

#[test]
fn a_loop_that_starts_anew_tells_nothing_that_was_told() {
    let (tool, simulator) = estate();
    let mut first = Loop::start(&tool, &[]);
    first.until("ready");
    assert_eq!(first.ends().0, Some(0));
    simulator.behind("legacy-01", DENY);
    let mut second = Loop::start(&tool, &[]);
    second.until_turned("legacy-01", "remote-desktop", "drifted");
    let (_, told) = second.ends();
    let power = |told: &&Value| told["event"] == "turned" && told["facets"][0] == "power";
    assert_eq!(told.iter().filter(power).count(), 0, "{told:?}");
    // One report says the same as the loop, and since when.
    let report = tool.run(&["drift", "--format", "json"]).exits(2).out;
    let report: Value = serde_json::from_str(&report).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let power = findings.iter().find(|found| found["facet"] == "power").unwrap();
    assert!(power["since"].is_string(), "{power}");
}

#[test]
fn the_example_mends_everything_by_one_command_and_ends_well() {
    let example = crate::tool::root().join("examples/loop");
    let ran = std::process::Command::new(example.join("run.sh"))
        .arg("--once")
        .env("RDPCTL", crate::tool::binary())
        .output()
        .unwrap();
    let out = String::from_utf8(ran.stdout).unwrap();
    let err = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(0), "{out}\n{err}");
    assert!(out.contains("web-01  done  reachable: prove it"), "{out}");
    assert!(out.contains("as declared again"), "{out}");
    assert!(out.contains("(the loop)"), "{out}");
}

#[test]
fn the_example_opens_on_the_page_and_goes_on_until_somebody_ends_it() {
    let example = crate::tool::root().join("examples/loop");
    let mut begun = std::process::Command::new(example.join("run.sh"))
        .env("RDPCTL", crate::tool::binary())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let err = BufReader::new(begun.stderr.take().unwrap());
    let page = err.lines().map_while(Result::ok).find_map(|line| {
        Some(line.strip_prefix("the page: http://")?.strip_suffix('/')?.to_owned())
    });
    let page = page.expect("it says where the page is");
    let mut out = BufReader::new(begun.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(out.any(|line| line.contains("everything was looked at")), "it looks at everything");
    let mut stream = std::net::TcpStream::connect(&page).unwrap();
    write!(stream, "GET /healthz HTTP/1.1\r\nhost: {page}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    crate::interrupt::signal(&begun, "TERM");
    assert!(out.all(|line| !line.contains("panicked")));
    assert_eq!(begun.wait().unwrap().code(), Some(0));
    assert!(std::net::TcpStream::connect(&page).is_err(), "nothing of it is left");
}

#[test]
fn a_service_manager_is_told_that_the_loop_is_ready_and_ends() {
    let (tool, _simulator) = estate();
    let at = tool.path("notify");
    let socket = std::os::unix::net::UnixDatagram::bind(&at).unwrap();
    socket.set_read_timeout(Some(std::time::Duration::from_mins(1))).unwrap();
    let tool = tool.with("NOTIFY_SOCKET", at.to_str().unwrap()).with("WATCHDOG_USEC", "300000");
    let run = Loop::start(&tool, &[]);
    let heard = || {
        let mut said = [0; 64];
        let length = socket.recv(&mut said).unwrap();
        String::from_utf8_lossy(&said[..length]).into_owned()
    };
    assert_eq!([heard(), heard()], ["READY=1", "WATCHDOG=1"]);
    assert_eq!(run.ends().0, Some(0));
    while heard() != "STOPPING=1" {}
}
