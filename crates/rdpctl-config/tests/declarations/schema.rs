//! The schema agrees with the decoder about what is valid.

use rdpctl_config::{Source, parse, schema};
use serde_json::Value;

fn validator() -> jsonschema::Validator {
    jsonschema::validator_for(&schema()).expect("the schema is a schema")
}

/// A declaration as an editor sees it.
fn document(text: &str) -> Value {
    let table: toml::Table = text.parse().expect("it is TOML");
    without_dates(serde_json::to_value(table).expect("TOML has a JSON form"))
}

/// TOML's own dates are strings to a schema.
fn without_dates(value: Value) -> Value {
    if let Some(date) = value.get("$__toml_private_datetime") {
        return date.clone();
    }
    match value {
        Value::Object(table) => {
            table.into_iter().map(|(key, value)| (key, without_dates(value))).collect()
        }
        Value::Array(list) => list.into_iter().map(without_dates).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

#[test]
fn what_is_valid_is_valid_for_the_schema_too() {
    for text in [
        &crate::good::OFFICE.replace("tls            = [\"1.0\", \"1.1\", \"1.2\"]", ""),
        "[state]\nurl = \"sqlite:state.db\"\n",
        "[guard]\nmax-disrupted = 3\nwindows = \"daily 22:00-04:00 UTC\"\n",
        "provider.p = { kind = \"tencent\", region = \"ap-seoul\", credentials = { id = \"env:A\", key = \"file:/a/b\" }, rates = 0.5 }\n",
        "provider.p = { kind = \"azure\", subscription = \"0a1b2c3d-0000-4000-8000-0123456789ab\", tenant = \"contoso.com\", cloud = \"china\", credentials = { client-id = \"0a1b2c3d-0000-4000-8000-0123456789ab\", client-secret = \"env:A\" } }\n",
        "provider.p = { kind = \"azure\", subscription = \"0a1b2c3d-0000-4000-8000-0123456789ab\", credentials = \"managed-identity\" }\n",
        "[profile.p]\nextends = \"standard\"\nbandwidth = \"unmanaged\"\n",
        "[profile.p]\nport = 3390\ntls = { enable = [\"1.2\"], disable = [\"1.0\"] }\nnla = true\n",
        "[profile.p]\nbandwidth = { at-least = 2, raise-to = \"1 Gbps\" }\n",
    ] {
        let parsed = parse(vec![Source::new("fleet.toml", text)]);
        assert!(parsed.is_ok(), "{:?}", parsed.err().map(|all| all.to_string()));
        let document = document(text);
        let faults: Vec<String> =
            validator().iter_errors(&document).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{faults:?} in\n{text}");
    }
}

#[test]
fn what_the_schema_can_know_to_be_wrong_it_refuses() {
    for text in [
        "[providers.gz]\nkind = \"tencent\"\n",
        "[provider.gz]\nkind = \"aws\"\n",
        "[provider.gz]\nregion = \"ap-seoul\"\n",
        "[provider.gz]\nkind = \"tencent\"\n",
        "[provider.az]\nkind = \"azure\"\n",
        "[provider.az]\nkind = \"azure\"\nsubscription = \"mine\"\n",
        "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-seoul\"\ntenant = \"contoso.com\"\n",
        "[provider.hq]\nkind = \"static\"\nregion = \"ap-seoul\"\n",
        "[profile.p]\nbandwidth = { atleast = 2 }\n",
        "[profile.p]\npublic-ip = \"epi\"\n",
        "[profile.p]\ntls = [\"1.4\"]\n",
        "[profile.p]\nport = 70000\n",
        "[guard]\nreboot = true\n",
        "[instance.a]\nprovider = \"gz\"\nprofile = \"standard\"\n",
        "[instance.a]\nprovider = \"gz\"\nid = \"i\"\nprofile = \"standard\"\nguest = { password = \"hunter2\" }\n",
        "[fleet.a]\nprovider = \"gz\"\nprofile = \"standard\"\nselect = {}\n",
        "[state]\nurl = \"mysql://db\"\n",
    ] {
        assert!(!validator().is_valid(&document(text)), "{text}");
        assert!(parse(vec![Source::new("fleet.toml", text)]).is_err(), "{text}");
    }
}

/// Patterns of the schema, wherever they stand.
fn patterns(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(table) => {
            for (key, value) in table {
                match (key.as_str(), value) {
                    ("pattern", Value::String(pattern)) => found.push(pattern.clone()),
                    (_, value) => patterns(value, found),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| patterns(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn patterns_are_such_as_every_language_knows() {
    let mut found = Vec::new();
    patterns(&schema(), &mut found);
    assert!(found.len() > 5, "{found:?}");
    for pattern in &found {
        assert!(
            !pattern.contains(r"\p"),
            "{pattern}: Python and others know no classes of letters"
        );
    }
}

#[test]
fn names_may_be_of_any_script_and_hold_no_signs() {
    for (name, is_name) in [
        ("web-01", true),
        ("웹서버_1.a", true),
        ("a b", false),
        ("a/b", false),
        ("x{", false),
        ("a\u{a0}", false),
    ] {
        let text = format!("[profile.{name:?}]\nextends = \"standard\"\n");
        let document = document(&text.replace(r"\u{a0}", "\u{a0}"));
        assert_eq!(validator().is_valid(&document), is_name, "{name}");
    }
}
