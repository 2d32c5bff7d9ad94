//! What is written for machines keeps to the schemas in `state/schemas`, and the examples to the usual form.

use std::path::PathBuf;

use jsonschema::{Registry, Validator};
use serde_json::Value;

use crate::tool::{Tool, root};

fn read(name: &str) -> Value {
    let text = std::fs::read_to_string(root().join("state/schemas").join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

pub(crate) fn schema(name: &str) -> Validator {
    let names = [
        "plan.json",
        "event.json",
        "export.json",
        "diagnosis.json",
        "disk.json",
        "watch.json",
        "record.json",
    ];
    let registry = names
        .into_iter()
        .try_fold(Registry::new(), |registry, name| registry.add(name, read(name)))
        .and_then(jsonschema::RegistryBuilder::prepare)
        .unwrap();
    jsonschema::options().with_registry(&registry).build(&read(name)).unwrap()
}

#[track_caller]
pub(crate) fn keeps_to(schema: &Validator, text: &str) {
    let document: Value = serde_json::from_str(text).unwrap();
    let faults: Vec<String> = schema
        .iter_errors(&document)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}\nin {text}");
}

#[test]
fn plans_events_and_states_keep_to_their_schemas() {
    let tool = Tool::quickstart();
    let plan = tool.sim(&["plan", "--format", "json"]).exits(0);
    keeps_to(&schema("plan.json"), &plan.out);

    let applied = tool
        .sim(&["apply", "--auto-approve", "--allow", "spend,reboot", "--format", "json"])
        .exits(0);
    let event = schema("event.json");
    let lines: Vec<&str> = applied.out.lines().collect();
    assert!(lines.len() > 20, "{}", applied.out);
    for line in lines {
        keeps_to(&event, line);
    }

    let state = tool.run(&["state", "pull"]).exits(0);
    keeps_to(&schema("export.json"), &state.out);
}

#[test]
fn what_is_recorded_keeps_to_its_schema() {
    let tool = Tool::quickstart();
    tool.sim(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    let record = schema("record.json");
    let said = |arguments: &[&str]| {
        let text = tool.run(&[arguments, &["--format", "json"]].concat()).exits(0).out;
        keeps_to(&record, &text);
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let runs = said(&["state", "history"]);
    let id = runs["runs"][0]["id"].as_str().unwrap();
    let steps = said(&["state", "history", "--instance", "web-01"]);
    assert!(!steps["steps"].as_array().unwrap().is_empty(), "{steps}");
    let known = said(&["state", "list"]);
    assert!(!known["instances"].as_array().unwrap().is_empty(), "{known}");
    let shown = said(&["show", id]);
    assert!(!shown["journal"].as_array().unwrap().is_empty(), "{shown}");
    assert!(!record.is_valid(&serde_json::json!({ "format": 1 })));
}

#[test]
fn diagnoses_keep_to_their_schema() {
    let tool = Tool::quickstart();
    let diagnosis = schema("diagnosis.json");
    let said = |arguments: &[&str], code: i32| {
        let mut all = vec!["doctor", "--format", "json"];
        all.extend(arguments);
        keeps_to(&diagnosis, &tool.sim(&all).exits(code).out);
    };
    said(&["web-01"], 2);
    said(&["--error", "내부 오류가 발생했습니다", "--lang", "ko", "legacy-01"], 2);
    said(&["--error", "no such message", "web-01"], 2);
    said(&["tencent:ap-guangzhou/ins-0abc1234"], 2);
    said(&["host:127.64.0.0:1"], 3);
    assert!(!diagnosis.is_valid(&serde_json::json!({ "format": 1 })));
}

#[test]
fn the_examples_are_in_the_usual_form() {
    let folders: Vec<PathBuf> = [
        "examples/azure",
        "examples/azure/lost",
        "examples/disk",
        "examples/loop",
        "examples/quickstart",
        "examples/scale",
        "examples/scale/guests",
    ]
    .into_iter()
    .map(|folder| root().join(folder))
    .collect();
    let tool = Tool::new();
    for folder in folders {
        let said = tool.run(&["fmt", "--check", folder.to_str().unwrap()]).exits(0);
        assert_eq!(said.out, "");
    }
}
