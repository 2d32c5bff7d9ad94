//! Each single fault of both founding documents, alone in an otherwise healthy world: the doctor names it as the first
//! cause, at its step of the document.

mod after;
mod people;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::promises::missing as missing_tests;
use crate::tool::{Simulator, Tool, root};

use after::AFTER;
use people::MORE;
use table::{FAULTS, Fault};

const DECLARATION: &str = r#"
[provider.gz]
kind = "tencent"
region = "ap-guangzhou"
[profile.whole]
extends = "standard"
recovery = "enabled"
[instance.web-01]
provider = "gz"
id = "ins-0abc1234"
profile = "whole"
snapshot = { first = false }
"#;

/// A healthy VM but for these lines.
fn world(vm: &str, guest: &str) -> String {
    const HEALTHY: [(&str, &str); 3] = [
        ("address", "{ type = 'eip', bandwidth = 5, charge-type = 'TRAFFIC_POSTPAID_BY_HOUR' }"),
        ("security-groups", "['sg-open0001']"),
        ("agent", "'online'"),
    ];
    let healthy: String = HEALTHY
        .iter()
        .filter(|(key, _)| !vm.lines().any(|line| line.starts_with(&format!("{key} ="))))
        .map(|(key, value)| format!("{key} = {value}\n"))
        .collect();
    format!(
        r#"
[world]
seed = 7
time-scale = "instant"
[account.gz]
kind = "tencent"
region = "ap-guangzhou"
[vm.web-01]
account = "gz"
id = "ins-0abc1234"
{healthy}{vm}
[vm.web-01.guest]
os = "2022"
{guest}
[security-group.sg-open0001]
account = "gz"
ingress = ["ACCEPT tcp 3389 0.0.0.0/0"]
[security-group.sg-shut0001]
account = "gz"
ingress = ["ACCEPT tcp 443 0.0.0.0/0"]
[security-group.sg-drop0001]
account = "gz"
ingress = ["DROP tcp 3389 0.0.0.0/0"]
"#
    )
}

/// The tool in a folder with such a world.
fn with(vm: &str, guest: &str) -> Tool {
    let tool = Tool::new();
    tool.write("rdp.toml", DECLARATION);
    tool.write("world.toml", &world(vm, guest));
    tool
}

fn diagnosis(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// What the doctor found of a fault, or what is wrong with its answer.
fn tried(fault: &Fault) -> Result<Vec<String>, String> {
    let ran = with(fault.vm, fault.guest).sim(&["doctor", "web-01", "--format", "json"]);
    if ran.code != Some(if fault.keeps_out { 2 } else { 0 }) {
        return Err(format!("{}: exit code {:?}, {} {}", fault.name, ran.code, ran.err, ran.out));
    }
    let diagnosis = diagnosis(&ran.out);
    // A working desktop has no cause: what differs there is a remark.
    let told = if fault.keeps_out { &diagnosis["first-cause"] } else { &diagnosis["remarks"][0] };
    let found = (&told["facet"], &told["reference"]["step"]);
    let others = diagnosis["other-causes"].as_array().map_or(0, Vec::len);
    let evident = told["evidence"].as_array().is_some_and(|list| !list.is_empty());
    // A rule of a world has a name in braces, as Windows' own have.
    let says = told["says"].as_str().unwrap_or_default().replace("{WORLD-RULE-0}", "a rule");
    if found != (&Value::from(fault.facet), &Value::from(fault.step)) {
        Err(format!("{}: {} at {}", fault.name, found.0, found.1))
    } else if others > 0 {
        Err(format!("{}: {others} more causes beside it", fault.name))
    } else if !evident {
        Err(format!("{}: no evidence", fault.name))
    } else if says.is_empty() || says.contains(['{', '?']) {
        Err(format!("{}: it says {says}", fault.name))
    } else {
        let found = told["found"].as_array().into_iter().flatten();
        Ok(found.filter_map(Value::as_str).map(str::to_owned).collect())
    }
}

#[test]
fn each_single_fault_of_both_documents_is_named_first_as_a_cause_where_it_keeps_people_out() {
    const AT_ONCE: usize = 2;
    let all: Vec<&Fault> = FAULTS.iter().chain(MORE).chain(AFTER).collect();
    assert_eq!(all.len(), 113);
    let next = AtomicUsize::new(0);
    let misses = Mutex::new(Vec::new());
    let shown: Mutex<BTreeMap<String, BTreeSet<&str>>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(fault) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match tried(fault) {
                        Err(miss) => {
                            misses.lock().unwrap_or_else(PoisonError::into_inner).push(miss);
                        }
                        Ok(findings) => {
                            let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
                            for finding in findings {
                                shown.entry(finding).or_default().insert(fault.name);
                            }
                        }
                    }
                }
            });
        }
    });
    assert_eq!(misses.into_inner().unwrap(), Vec::<String>::new());
    // The table of findings names the faults that show each, and no others.
    let shown = shown.into_inner().unwrap();
    for (finding, cell) in shown_by() {
        let told: BTreeSet<&str> = match cell.strip_prefix("fault ") {
            Some(names) => names.split("; ").collect(),
            None => BTreeSet::new(),
        };
        assert_eq!(told, shown.get(&finding).cloned().unwrap_or_default(), "{finding}");
    }
}

#[test]
fn what_differs_from_another_declaration_is_found_as_well() {
    const LOW: &str =
        "address = { type = 'eip', bandwidth = 1, charge-type = 'TRAFFIC_POSTPAID_BY_HOUR' }";
    for (declared, vm, finding) in [
        ("bandwidth = { at-least = \"3Mbps\", raise-to = \"5Mbps\" }", LOW, "bandwidth-low"),
        ("tls = { enable = [\"1.2\"], disable = [\"1.0\", \"1.1\"] }", "", "tls-version-on"),
        ("nla = false", "", "nla-required"),
    ] {
        let tool = with(vm, "");
        let recovery = "recovery = \"enabled\"";
        tool.write("rdp.toml", &DECLARATION.replace(recovery, &format!("{recovery}\n{declared}")));
        let ran = tool.sim(&["doctor", "web-01", "--format", "json"]).exits(0);
        assert_eq!(diagnosis(&ran.out)["remarks"][0]["found"][0], finding);
    }
}

/// The findings of docs/findings.md with the last cell of each: what shows it.
fn shown_by() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(root().join("docs/findings.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells = row.trim_end_matches(" |").replace("\\|", "¦");
        let finding = cells.split('`').nth(1).unwrap().to_owned();
        (finding, cells.rsplit(" | ").next().unwrap().to_owned())
    })
    .collect()
}

#[test]
fn every_finding_names_the_fault_or_the_test_that_shows_it() {
    let rows = shown_by();
    assert!(rows.len() > 90);
    for (finding, cell) in rows {
        let by_test = missing_tests(&cell);
        assert!(cell.starts_with("fault ") || cell.starts_with('`'), "{finding}: {cell}");
        assert_eq!(by_test, Vec::<String>::new(), "{finding}");
    }
}

#[test]
fn a_healthy_world_has_no_cause() {
    let ran = with("", "").sim(&["doctor", "web-01", "--format", "json"]).exits(0);
    let diagnosis = diagnosis(&ran.out);
    assert_eq!(diagnosis["conclusion"], "healthy");
    assert!(diagnosis["first-cause"].is_null());
    for facet in diagnosis["facets"].as_array().unwrap() {
        assert_eq!(facet["verdict"], "healthy", "{facet}");
    }
}

#[test]
fn a_guest_that_cannot_be_seen_is_guessed_at_and_what_to_enable_is_said() {
    let tool = with("agent = 'offline'", "services.TermService = { start = 'disabled' }");
    let ran = tool.sim(&["doctor", "web-01", "--format", "json"]).exits(3);
    let hidden = diagnosis(&ran.out);
    assert_eq!(hidden["conclusion"], "undecided");
    // Agent and port are silent together: the whole machine may be, and the service is the next to think of.
    assert_eq!(hidden["guesses"][0]["facet"], "boot");
    assert!(hidden["guesses"][0]["because"].as_str().unwrap().contains("silent together"));
    assert_eq!(hidden["guesses"][1]["facet"], "service");
    assert_eq!(hidden["unseen"][0]["world"], "guest");
    assert!(hidden["unseen"][0]["enable"].as_str().unwrap().contains("agent"));

    // Nothing is wrong with this one but the agent: it answers, and that is said too.
    let tool = with("agent = 'offline'", "");
    let ran = tool.sim(&["doctor", "web-01", "--format", "json"]).exits(3);
    let silent = diagnosis(&ran.out);
    assert!(silent["guesses"].as_array().unwrap().is_empty());
    let reachable =
        silent["facets"].as_array().unwrap().iter().find(|it| it["facet"] == "reachable");
    assert_eq!(reachable.unwrap()["verdict"], "healthy");
}

#[test]
fn what_a_handshake_alone_can_tell_of_a_host_is_told() {
    let tool = with("", "certificate = 'expired'");
    let simulator = Simulator::start(&tool);
    let host = format!("host:{}", simulator.rdp("web-01"));
    let ran = tool.run(&["doctor", &host, "--format", "json"]).exits(2);
    assert_eq!(diagnosis(&ran.out)["first-cause"]["facet"], "certificate");

    let tool = with("", "");
    let simulator = Simulator::start(&tool);
    let host = format!("host:{}", simulator.rdp("web-01"));
    let ran = tool.run(&["doctor", &host]).exits(0);
    assert!(
        ran.out.contains("Seen from outside, nothing is wrong up to the log-on"),
        "{}",
        ran.out
    );
}

#[test]
fn a_facet_that_nobody_declared_is_shown_and_keeps_nobody_out() {
    let tool = with(
        "",
        r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\CrashControl' = { CrashDumpEnabled = 0 }",
    );
    tool.write("rdp.toml", &DECLARATION.replace("recovery = \"enabled\"\n", ""));
    let ran = tool.sim(&["doctor", "web-01", "--format", "json"]).exits(0);
    let diagnosis = diagnosis(&ran.out);
    assert_eq!(diagnosis["remarks"][0]["facet"], "recovery");
    assert_eq!(diagnosis["remarks"][0]["managed"], false);
}

#[test]
fn a_consequence_is_told_from_its_cause() {
    let tool = with(
        "",
        r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server' = { fDenyTSConnections = 1 }",
    );
    let ran = tool.sim(&["doctor", "web-01", "--format", "json"]).exits(2);
    let diagnosis = diagnosis(&ran.out);
    let consequences: Vec<(&str, &str)> = diagnosis["consequences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["facet"].as_str().unwrap(), one["follows-from"].as_str().unwrap()))
        .collect();
    assert_eq!(consequences, [("service", "remote-desktop"), ("reachable", "remote-desktop")]);
}

#[test]
fn a_key_that_nobody_may_read_is_taken_over_and_mended() {
    let tool = with("", "machine-keys = 'locked'");
    tool.sim(&["apply", "--auto-approve"]).exits(0);
    tool.sim(&["doctor", "web-01"]).exits(0);
}
