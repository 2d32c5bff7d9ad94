//! What the loop keeps apart and what it keeps over time: accepted drift, what is left of those who are declared no more,
//! whom it does not fight any longer, also after it was started anew.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::interrupt::signal;
use crate::tool::{Simulator, Tool, addresses, against};
use crate::watching::Loop;
use crate::webhooks::Listener;

const DENY: &str = r#"reg add "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server" /v fDenyTSConnections /t REG_DWORD /d 1 /f"#;

/// The quickstart's estate, repaired, with a loop that may mend.
fn mending(more: &str) -> (Tool, Simulator) {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let declared = tool.read("rdp.toml");
    tool.write("rdp.toml", &format!("{declared}\n[run]\nmode = \"enforce\"\n{more}"));
    let tool = against(tool, &simulator);
    tool.run(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    (tool, simulator)
}

#[test]
fn what_somebody_accepted_is_told_with_owner_reason_and_end_and_alarms_nobody() {
    let listener = Listener::answering(&[]);
    let (tool, simulator) = mending(&format!("[[run.webhook]]\nurl = \"{}\"\n", listener.url));
    let declared = tool.read("rdp.toml");
    let accept = |until: &str| {
        format!(
            "{declared}\n[[accept]]\ninstance = \"legacy-01\"\nfacet = \"remote-desktop\"\nreason = \"the audit\"\nowner = \"ana\"\nuntil = {until}\n"
        )
    };
    tool.write("rdp.toml", &accept("2999-12-31"));
    let mut run = Loop::start(&tool, &["--listen", "127.0.0.1:0"]);
    run.until("ready");
    simulator.behind("legacy-01", DENY);
    let told = run.until_turned("legacy-01", "remote-desktop", "drifted");
    let accepted =
        serde_json::json!({ "reason": "the audit", "owner": "ana", "until": "2999-12-31" });
    assert_eq!(told["accepted"], accepted);
    // Another one is mended meanwhile; this one is its owner's.
    simulator.behind("web-01", DENY);
    run.until_turned("web-01", "remote-desktop", "drifted");
    run.until_turned("web-01", "remote-desktop", "healthy");
    assert_eq!(run.told.iter().filter(|told| told["subject"] == "legacy-01").count(), 0);
    let page = crate::run_loop::asked(&mut run, "/metrics");
    let line = "rdpctl_accepted_findings{facet=\"remote-desktop\"} 1";
    assert!(page.contains(line), "{page}");
    assert!(!page.contains("rdpctl_findings{facet=\"remote-desktop\""), "{page}");
    let heard = listener
        .event(|event| event["instance"] == "legacy-01" || event["to"]["verdict"] == "healthy");
    assert_eq!(heard["instance"], "web-01", "an accepted drift is nobody's news");

    // Once it has run out it is drift like any other, and mended.
    tool.write("rdp.toml", &accept("2020-12-31"));
    let alarms = run.until_turned("legacy-01", "remote-desktop", "drifted");
    assert_eq!((&alarms["accepted"], &alarms["from"]), (&Value::Null, &alarms["to"]));
    run.until_turned("legacy-01", "remote-desktop", "healthy");
    assert_eq!(run.ends().0, Some(0));
    let turns = tool.run(&["blame", "legacy-01/remote-desktop"]).exits(0).out;
    assert_eq!(turns.lines().filter(|line| line.contains("remote-desktop")).count(), 2, "{turns}");
}

#[test]
fn what_a_removed_declaration_left_is_listed_and_released_by_a_person_alone() {
    let (tool, _simulator) = mending("");
    let listed = |tool: &Tool| -> Vec<Value> {
        let said = tool.run(&["state", "list", "--format", "json"]).exits(0).out;
        let said: Value = serde_json::from_str(&said).unwrap();
        said["made"].as_array().unwrap().clone()
    };
    let address = listed(&tool).into_iter().find(|one| one["kind"] == "address").unwrap();
    let id = address["id"].as_str().unwrap();
    assert_eq!(address["orphaned"], false, "{address}");
    tool.run(&["state", "release", id])
        .exits(1)
        .complains("is the address of web-01, which is declared");

    let declared = tool.read("rdp.toml");
    let mut run = Loop::start(&tool, &["--listen", "127.0.0.1:0"]);
    run.until("ready");
    let without = declared.replace(
        "[instance.web-01]\nprovider = \"gz\"\nid       = \"ins-0abc1234\"\nprofile  = \"office\"\n",
        "",
    );
    assert_ne!(declared, without);
    tool.write("rdp.toml", &without);
    let told = run.until_one("orphaned", |told| !told["made"].as_array().unwrap().is_empty());
    let orphans = told["made"].as_array().unwrap();
    assert!(orphans.iter().any(|one| one["id"] == id && one["for"] == "web-01"), "{told}");
    let page = crate::run_loop::asked(&mut run, "/metrics");
    assert!(page.contains("rdpctl_orphaned{kind=\"address\"} 1"), "{page}");
    let until = Instant::now() + Duration::from_mins(1);
    loop {
        // The page follows what was judged, and nobody waits for it.
        let page = crate::run_loop::asked(&mut run, "/loop");
        if page.contains(id) && page.contains("Left of those who are declared no more") {
            break;
        }
        assert!(Instant::now() < until, "{page}");
    }
    assert_eq!(run.ends().0, Some(0));

    let text = tool.run(&["state", "list"]).exits(0).out;
    assert!(text.contains("web-01 (declared no more)"), "{text}");
    assert!(listed(&tool).iter().any(|one| one["id"] == id && one["orphaned"] == true));
    assert_eq!(addresses(&tool), 1, "nothing was changed");
    tool.run(&["state", "release", id]).exits(0).complains("gave back the address of web-01");
    assert!(!listed(&tool).iter().any(|one| one["id"] == id));
}

#[test]
fn whom_the_loop_does_not_fight_it_leaves_alone_after_a_start_until_a_person_says_so() {
    let (tool, simulator) = mending("");
    let mut run = Loop::start(&tool, &[]);
    run.until("ready");
    for _ in 0..3 {
        simulator.behind("legacy-01", DENY);
        run.until_turned("legacy-01", "remote-desktop", "drifted");
        run.until_turned("legacy-01", "remote-desktop", "healthy");
    }
    // What it remembers of the fight is kept, too.
    assert_eq!(run.ends().0, Some(0));
    let mut run = Loop::start(&tool, &[]);
    run.until("ready");
    simulator.behind("legacy-01", DENY);
    run.until_turned("legacy-01", "remote-desktop", "drifted");
    run.until_turned("legacy-01", "remote-desktop", "healthy");
    simulator.behind("legacy-01", DENY);
    let damped = run.until("damped");
    assert_eq!(
        (&damped["instance"], &damped["facet"]),
        (&"legacy-01".into(), &"remote-desktop".into())
    );
    assert_eq!(run.ends().0, Some(0));

    let mut run = Loop::start(&tool, &[]);
    run.until("ready");
    // Another one is mended meanwhile, so that it is not for want of time.
    simulator.behind("web-01", DENY);
    run.until_turned("web-01", "remote-desktop", "drifted");
    run.until_turned("web-01", "remote-desktop", "healthy");
    assert_eq!(run.told.iter().filter(|told| told["subject"] == "legacy-01").count(), 0);
    tool.run(&["now", "legacy-01"]).exits(0);
    run.until_turned("legacy-01", "remote-desktop", "healthy");
    assert_eq!(run.ends().0, Some(0));
}

#[test]
fn whoever_sends_sighup_has_the_declaration_read_anew() {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let tool = against(tool, &simulator);
    let mut run = Loop::start(&tool, &[]);
    run.until("ready");
    signal(run.child(), "HUP");
    let read = run.until("declared");
    assert_eq!((&read["changed"], &read["removed"]), (&0.into(), &0.into()), "{read}");
    assert_eq!(run.ends().0, Some(0));
}
