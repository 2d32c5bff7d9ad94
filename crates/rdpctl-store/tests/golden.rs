//! The documents in `state/golden` are what released formats look like: today's code reads them and writes them so,
//! and the schemas in `state/schemas` describe them.

use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::{Registry, Validator};
use rdpctl_model::Plan;
use rdpctl_store::{Database, Document, ImportError, Replace};
use serde_json::{Value, json};

fn state() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../state")
}

fn golden(name: &str) -> Vec<u8> {
    fs::read(state().join("golden/v1").join(name)).expect("a golden document")
}

fn golden_json(name: &str) -> Value {
    serde_json::from_slice(&golden(name)).expect("JSON")
}

fn schema(name: &str) -> Validator {
    let read = |name: &str| -> Value {
        let text = fs::read(state().join("schemas").join(name)).expect("a schema");
        let mut schema: Value = serde_json::from_slice(&text).expect("JSON");
        // As it would be served beside the others.
        schema["$id"] = json!(format!("https://rdpctl.invalid/{name}"));
        schema
    };
    let plan = read("plan.json");
    let registry = Registry::new()
        .add("https://rdpctl.invalid/plan.json", plan)
        .and_then(jsonschema::RegistryBuilder::prepare)
        .expect("schemas that refer to each other");
    jsonschema::options().with_registry(&registry).build(&read(name)).expect("a valid schema")
}

/// What the schema has against a document.
fn objections(schema: &Validator, document: &Value) -> Vec<String> {
    schema
        .iter_errors(document)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect()
}

#[test]
fn a_golden_plan_is_read_and_written_as_it_stands() {
    let plan: Plan = serde_json::from_slice(&golden("plan.json")).unwrap();
    assert_eq!(serde_json::to_value(&plan).unwrap(), golden_json("plan.json"));
}

#[tokio::test]
async fn a_golden_export_goes_into_a_state_and_comes_out_as_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let store = Database::open(folder.path().join("state.db")).unwrap();
    let document = Document::parse(&golden("export.json")).unwrap();
    store.import(document, Replace::OnlyByNewer).await.unwrap();
    let back = store.export().await.unwrap();
    assert_eq!(serde_json::to_value(&back).unwrap(), golden_json("export.json"));
}

#[tokio::test]
async fn a_golden_state_file_holds_what_its_golden_export_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    fs::write(&path, golden("state.db")).unwrap();
    let export = Database::open_read_only(&path).unwrap().export().await.unwrap();
    assert_eq!(serde_json::to_value(&export).unwrap(), golden_json("export.json"));
    let export = Database::open(&path).unwrap().export().await.unwrap();
    assert_eq!(serde_json::to_value(&export).unwrap(), golden_json("export.json"));
}

#[test]
fn golden_documents_are_as_their_schemas_say() {
    for (name, document) in [("plan.json", "plan.json"), ("export.json", "export.json")] {
        assert_eq!(objections(&schema(name), &golden_json(document)), [""; 0], "{document}");
    }
    let event = schema("event.json");
    for line in String::from_utf8(golden("events.jsonl")).unwrap().lines() {
        assert_eq!(objections(&event, &serde_json::from_str(line).unwrap()), [""; 0], "{line}");
    }
}

#[test]
fn schemas_refuse_what_the_documents_do_not_have() {
    for name in ["plan.json", "export.json"] {
        let mut strange = golden_json(name);
        strange["colour"] = json!("blue");
        assert_eq!(objections(&schema(name), &strange).len(), 1, "{name}");
        let mut next = golden_json(name);
        next["format"] = json!(2);
        assert_eq!(objections(&schema(name), &next).len(), 1, "{name}");
    }
    let mut plan = golden_json("plan.json");
    plan["steps"][0]["action"] = json!({ "cloud": { "do": "terminate" } });
    assert_eq!(objections(&schema("plan.json"), &plan).len(), 1);
}

#[test]
fn documents_of_another_kind_or_a_newer_format_are_refused_by_what_they_are() {
    let newer = br#"{"format": 2, "what": ["nobody", "knows"]}"#;
    let refused = Document::parse(newer).unwrap_err();
    assert_eq!(refused.to_string(), "the document has format 2; this rdpctl knows up to 1");
    let refused = Document::parse(&golden("events.jsonl")).unwrap_err();
    assert!(matches!(refused, ImportError::Malformed { .. }), "{refused:?}");
}
