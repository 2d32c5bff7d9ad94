//! Who is logged on where something ends sessions: seen in every language of Windows, and the same in the plan, in the
//! question, in the plan's JSON, in what a run leaves behind and in what is known of the machine.

use serde_json::{Value, json};

use crate::office::Office;
use crate::questions::Terminal;
use crate::tool::Tool;

const TWO: &str = "2 sessions: alice (active), bob (disconnected, idle 2 h)";

/// A machine that has to reboot, with two people on it.
pub(crate) fn peopled(more: &str) -> Tool {
    Office {
        profile: "tls = { enable = [\"1.2\"], disable = [\"1.0\", \"1.1\"] }",
        guard: "reboot = \"ask\"\nweaken = \"allow\"\nspend = \"allow\"",
        guest: &format!(
            "sessions = [\"alice\", {{ user = \"bob\", disconnected = true, idle-minutes = 125 }}]\n{more}"
        ),
        ..Office::default()
    }
    .open()
}

fn planned(tool: &Tool) -> Value {
    let plan = tool.sim(&["plan", "--allow", "reboot", "--format", "json"]).exits(0).out;
    serde_json::from_str(&plan).unwrap()
}

fn sessions(plan: &Value) -> Value {
    plan["groups"][0]["members"][0]["sessions"].clone()
}

#[test]
fn the_bill_the_question_its_details_the_json_and_the_record_name_the_same_sessions() {
    let tool = peopled("");
    let plan = tool.sim(&["plan", "--allow", "reboot"]).exits(0).out;
    let bill = format!("drops sessions on 1 instance; {TWO}");
    assert!(plan.contains(&bill), "{plan}");
    let plan = planned(&tool);
    assert_eq!(
        sessions(&plan),
        json!([
            { "user": "alice", "session": 2, "presence": "active" },
            { "user": "bob", "session": 3, "presence": "disconnected", "idle-minutes": 125 },
        ])
    );
    assert_eq!(plan["budget"]["live_sessions"], json!({ "seen": 2 }));
    let known = tool.sim(&["show", "web-01"]).exits(0).out;
    assert!(known.contains("alice (active), bob (disconnected, idle 2 h)"), "{known}");

    let mut apply = Terminal::start(&tool, "apply --sim world.toml");
    let question = apply.until("reboot> ");
    let drops = question.lines().find(|line| line.trim_start().starts_with("drops "));
    assert_eq!(drops.map(|line| line.trim_end().ends_with(TWO)), Some(true), "{question}");
    apply.types("d\n");
    let details = apply.until("reboot> ");
    for line in ["Logged on, 2 sessions", "alice", "disconnected, idle 2 h"] {
        assert!(details.contains(line), "{line}: {details}");
    }
    apply.types("y\n");
    apply.until("apply> ");
    apply.types("y\n");
    let (ended, said) = apply.ends();
    assert_eq!(ended, 0, "{said}");

    let runs: Value =
        serde_json::from_str(&tool.run(&["state", "history", "--format", "json"]).exits(0).out)
            .unwrap();
    let id = runs["runs"][0]["id"].as_str().unwrap();
    let record = tool.run(&["show", id]).exits(0).out;
    assert!(record.contains(&format!("dropped  {TWO}")), "{record}");
    let record = tool.run(&["show", id, "--format", "json"]).exits(0).out;
    let record: Value = serde_json::from_str(&record).unwrap();
    assert_eq!(sessions(&record["plan"]), sessions(&plan));
    // No session outlives a boot.
    tool.sim(&["drift"]).exits(0);
    let known = tool.sim(&["show", "web-01"]).exits(0).out;
    assert!(known.lines().any(|line| line.trim() == "logged on       nobody"), "{known}");
}

#[test]
fn sessions_are_told_apart_without_a_word_of_any_language() {
    for language in ["ko", "de", "zh", "ja", "fr", "es", "ru"] {
        let tool = peopled(&format!("language = \"{language}\"\n"));
        let plan = tool.sim(&["plan", "--allow", "reboot"]).exits(0).out;
        assert!(plan.contains(TWO), "{language}: {plan}");
    }
}

#[test]
fn nobody_is_not_the_same_as_not_seen() {
    let nobody = Office {
        profile: "tls = { enable = [\"1.2\"], disable = [\"1.0\", \"1.1\"] }",
        guard: "reboot = \"ask\"\nweaken = \"allow\"\nspend = \"allow\"",
        ..Office::default()
    };
    let plan = nobody.open().sim(&["plan", "--allow", "reboot"]).exits(0).out;
    assert!(plan.contains("drops sessions on 1 instance; nobody was logged on"), "{plan}");
    for blind in ["faults.missing = [\"qwinsta\", \"quser\"]\n", "faults.agent-32-bit = true\n"] {
        let tool = peopled(blind);
        let plan = tool.sim(&["plan", "--allow", "reboot"]).exits(0).out;
        assert!(plan.contains("who is logged on was not seen"), "{blind}: {plan}");
        assert_eq!(sessions(&planned(&tool)), Value::Null);
        let known = tool.sim(&["show", "web-01"]).exits(0).out;
        assert!(known.contains("logged on       not seen: "), "{known}");
    }
}

#[test]
fn a_name_that_a_guest_tells_is_shown_and_not_obeyed() {
    let tool = Office {
        profile: "tls = { enable = [\"1.2\"], disable = [\"1.0\", \"1.1\"] }",
        guard: "reboot = \"ask\"\nweaken = \"allow\"\nspend = \"allow\"",
        guest: "sessions = [\"e\\u001b[2Jvil\"]\n",
        ..Office::default()
    }
    .open();
    for command in [["plan", "--allow", "reboot"].as_slice(), &["show", "web-01"]] {
        let said = tool.sim(command).exits(0).out;
        assert!(said.contains("vil (active)") && !said.contains('\u{1b}'), "{said:?}");
    }
}
