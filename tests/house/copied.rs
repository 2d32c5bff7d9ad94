//! A copy of the system disk before something risky: on record before it is there, asked for, kept for a time, given back.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::page::Page;
use crate::page_who::token;
use crate::tool::{Simulator, Tool, pointed_at};
use crate::watching::Loop;

const SUBSCRIPTION: &str = "11111111-2222-3333-4444-555555555555";

const APPLY: [&str; 4] = ["apply", "--auto-approve", "--allow", "reboot,spend"];

/// A VM whose TLS 1.2 is off: to turn it on takes a reboot. On either cloud.
fn office(azure: bool, snapshot: &str) -> Tool {
    let tool = Tool::new();
    let guest = r"guest.registry.'HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server' = { Enabled = 0 }";
    let (account, vm, provider, id) = if azure {
        (
            format!(
                "kind = \"azure\"\nregion = \"koreacentral\"\nsubscription = \"{SUBSCRIPTION}\""
            ),
            "group = \"prod\"",
            format!("kind = \"azure\"\nsubscription = \"{SUBSCRIPTION}\""),
            format!(
                "/subscriptions/{SUBSCRIPTION}/resourceGroups/prod/providers/Microsoft.Compute/virtualMachines/web"
            ),
        )
    } else {
        (
            "kind = \"tencent\"\nregion = \"ap-guangzhou\"".to_owned(),
            "id = \"ins-0c0b1ed1\"",
            "kind = \"tencent\"\nregion = \"ap-guangzhou\"".to_owned(),
            "ins-0c0b1ed1".to_owned(),
        )
    };
    tool.write(
        "world.toml",
        &format!("[world]\nseed = 5\ntime-scale = \"instant\"\n\n[account.corp]\n{account}\n\n[vm.web]\naccount = \"corp\"\n{vm}\n{guest}\n"),
    );
    tool.write(
        "rdp.toml",
        &format!(
            "[provider.corp]\n{provider}\n\n[profile.tls]\ntls = [\"1.2\"]\n\n\
             [instance.web]\nprovider = \"corp\"\nid = \"{id}\"\nprofile = \"tls\"\n{snapshot}\n"
        ),
    );
    tool
}

fn made(tool: &Tool) -> Vec<String> {
    let listed = tool.run(&["state", "list", ".", "--format", "json"]).exits(0).out;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let all = listed["made"].as_array().unwrap().iter();
    all.filter(|one| one["kind"] == "snapshot").map(|one| one["id"].to_string()).collect()
}

#[test]
fn the_disk_is_copied_before_the_first_risky_step_with_leave_to_spend_on_both_clouds() {
    for azure in [true, false] {
        let tool = office(azure, "");
        let plan = tool.sim(&["plan", "--allow", "reboot"]).exits(0);
        assert!(plan.out.contains("snapshot the system disk"), "{}", plan.out);
        assert!(plan.out.contains("held: the guard `spend` asks"), "{}", plan.out);
        let held = tool.sim(&["apply", "--auto-approve", "--allow", "reboot"]).exits(3);
        // Fifty gigabytes at five cents: the vendor of one quotes a price, that of the other none.
        let price = if azure {
            "1 x snapshots, 2.50 USD a month"
        } else {
            "1 x snapshots; the price is not quoted"
        };
        assert!(held.out.contains(price), "{}", held.out);
        assert_eq!(made(&tool), Vec::<String>::new(), "nothing is copied without leave");
        let done = tool.sim(&["apply", "--auto-approve", "--allow", "reboot,spend"]).exits(0);
        assert!(done.out.contains("No changes"), "{}", done.out);
        assert_eq!(made(&tool).len(), 1, "azure: {azure}");

        // It is kept, and given back by name.
        tool.sim(&["apply", "--auto-approve"]).exits(0);
        assert_eq!(made(&tool).len(), 1, "its time is not over");
        let given = tool.run(&["state", "release", "--sim", "world.toml", "web"]).exits(0);
        assert!(given.err.contains("gave back the snapshot of web"), "{}", given.err);
        assert_eq!(made(&tool), Vec::<String>::new());
        let none = tool.run(&["state", "release", "--sim", "world.toml"]).exits(0);
        assert!(none.out.contains("Nothing is to be given back"), "{}", none.out);
    }
}

#[test]
fn who_declares_that_there_is_none_gets_none() {
    let tool = office(true, "snapshot = { first = false }");
    let done = tool.sim(&["apply", "--auto-approve", "--allow", "reboot"]).exits(0);
    assert!(done.out.contains("No changes"), "{}", done.out);
    assert_eq!(made(&tool), Vec::<String>::new());
    tool.write("rdp.toml", &tool.read("rdp.toml").replace("first = false", "keep = \"soon\""));
    tool.sim(&["plan"]).exits(1).complains("a span of one hour to a year");
}

/// What was made is as old, by the state's own clock.
pub(crate) fn three_days_later(tool: &Tool) {
    let pulled = tool.run(&["state", "pull", "."]).exits(0).out;
    let mut state: Value = serde_json::from_str(&pulled).unwrap();
    let before = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(72);
    for one in state["created"].as_array_mut().unwrap() {
        one["at"] = before.to_string().into();
    }
    tool.write("older.json", &state.to_string());
    tool.run(&["state", "push", "older.json", "--force", "."]).exits(0);
}

#[test]
fn a_loop_that_may_change_anything_gives_it_back_after_its_time() {
    let tool = office(true, "snapshot = { keep = \"2d\" }");
    tool.write("rdp.toml", &(tool.read("rdp.toml") + "\n[run]\nmode = \"enforce\"\n"));
    tool.sim(&APPLY).exits(0);
    three_days_later(&tool);
    let mut run = Loop::start(&tool, &["--sim", "world.toml"]);
    let given = run.until("gave-back");
    assert_eq!(given["made"][0]["kind"], "snapshot", "{given}");
    drop(run);
    assert_eq!(made(&tool), Vec::<String>::new());
    assert_eq!(left_in_the_world(&tool), 0);
}

#[test]
fn the_next_apply_after_its_time_gives_it_back() {
    for azure in [true, false] {
        let tool = office(azure, "snapshot = { keep = \"2d\" }");
        tool.sim(&["apply", "--auto-approve", "--allow", "reboot,spend"]).exits(0);
        three_days_later(&tool);
        let applied = tool.sim(&["apply", "--auto-approve"]).exits(0);
        assert!(applied.err.contains("gave back the snapshot of web"), "{}", applied.err);
        assert_eq!(made(&tool), Vec::<String>::new());
    }
}

/// Kills an apply after so many lines; false where it ended before.
fn killed_after(tool: &Tool, lines: usize) -> bool {
    let mut apply = tool.command(&APPLY);
    apply.args(["--format", "json", "--sim", "world.toml"]);
    let mut apply = apply.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut told = BufReader::new(apply.stdout.take().unwrap()).lines();
    let went_on = (0..lines).all(|_| told.next().is_some_and(|line| line.is_ok()));
    let _ = apply.kill();
    apply.wait().unwrap();
    went_on
}

#[test]
fn after_a_kill_at_any_line_every_copy_is_on_record_and_none_is_made_twice_for_one_step() {
    for azure in [true, false] {
        for lines in (1..14).step_by(4) {
            let tool = office(azure, "");
            let went_on = killed_after(&tool, lines);
            let done = tool.sim(&APPLY).exits(0);
            assert!(done.out.contains("No changes"), "{}\n{}", done.out, done.err);
            // That of the killed run serves the one that finished it.
            assert_eq!(made(&tool).len(), 1, "azure: {azure}, after line {lines}");
            tool.run(&["state", "release", "--sim", "world.toml", "web"]).exits(0);
            assert_eq!(made(&tool), Vec::<String>::new());
            assert_eq!(left_in_the_world(&tool), 0, "azure: {azure}, after line {lines}");
            if !went_on {
                break;
            }
        }
    }
}

/// Copies that the world still holds, by its journal.
fn left_in_the_world(tool: &Tool) -> usize {
    let folder = std::fs::read_dir(tool.path(".rdpctl")).unwrap();
    let mut left = std::collections::BTreeMap::new();
    for path in folder.map(|entry| entry.unwrap().path()) {
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let entry: Value = serde_json::from_str(line).unwrap();
            for change in entry["set"].as_array().into_iter().flatten() {
                if let Some(snapshot) = change["snapshot"].as_array() {
                    left.insert(snapshot[0].as_str().unwrap().to_owned(), !snapshot[1].is_null());
                }
            }
        }
    }
    left.values().filter(|is_there| **is_there).count()
}

#[test]
fn a_loop_that_waits_for_a_reboot_copies_nothing_and_one_yes_is_one_copy() {
    let tool = office(false, "");
    let declared = tool.read("rdp.toml");
    let guards = "\n[guard]\nspend = \"allow\"\nreboot = \"ask\"\n\n[run]\nmode = \"enforce\"\n";
    tool.write("rdp.toml", &format!("{declared}{guards}").replace("corp", "gz"));
    tool.write("world.toml", &tool.read("world.toml").replace("corp", "gz"));
    let plan = tool.sim(&["plan"]).exits(0);
    assert!(plan.out.contains("snapshot the system disk"), "{}", plan.out);
    let simulator = Simulator::start(&tool);
    let (id, key) = simulator.keys("gz");
    let pointed = pointed_at(&tool.read("rdp.toml"), simulator.endpoint());
    let tool = tool.with("GZ_ID", id).with("GZ_KEY", key);
    tool.write("rdp.toml", &pointed);
    let mut page = Page::of(tool.trusting(), simulator);
    let asks = |page: &Value| page["held"][0]["waits"]["guards"] == serde_json::json!(["reboot"]);
    let seen = page.until("/held.json", asks);
    // It looked again and again meanwhile.
    let serial = seen["serial"].as_u64().unwrap();
    let seen = page.until("/held.json", |page| page["serial"].as_u64() >= Some(serial + 3));
    assert_eq!(made(page.tool()), Vec::<String>::new(), "nothing is copied for nothing");

    let held = &seen["held"][0];
    let (path, digest) = (format!("/held/{}", held["id"].as_str().unwrap()), &held["digest"]);
    let ana = token(page.tool(), "ana", "reboot");
    let (cookie, form) = page.sign_in(&ana);
    let yes = format!("says=yes&digest={}&form={form}", digest.as_str().unwrap());
    let (head, body) = page.post(&path, &yes, &cookie);
    assert!(head.starts_with("HTTP/1.1 303 "), "{head}\n{body}");
    let mended = page.events().until("mended");
    assert_eq!(mended["end"], "done", "{mended}");
    assert_eq!(made(page.tool()).len(), 1);
    assert_eq!(page.ends(), Some(0));
}
