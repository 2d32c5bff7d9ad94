//! What tables are made of.

use serde_json::{Value, json};

/// Names of tables: everything but controls, blanks and ASCII's other signs. The decoder is stricter (letters and digits of
/// any script), but not every reader of schemas knows classes of characters.
pub(super) const NAMES: &str = r"^[^\u0000-,/:-@\[-^`\{-\u00a0]{1,128}$";

/// A section whose tables users name.
pub(super) fn named(description: &str, table: &Value) -> Value {
    json!({
        "description": description,
        "type": "object",
        "propertyNames": { "pattern": NAMES },
        "additionalProperties": table,
    })
}

pub(super) fn object(required: &[&str], properties: &Value) -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

pub(super) fn text(description: &str) -> Value {
    json!({ "description": description, "type": "string", "minLength": 1 })
}

pub(super) fn one_of(description: &str, words: &[&str]) -> Value {
    json!({ "description": description, "enum": words })
}

pub(super) fn secret(description: &str) -> Value {
    json!({
        "description": format!("{description}, by reference: env:NAME, file:PATH or cmd:/PROGRAM ARGS."),
        "type": "string",
        "pattern": "^(env:.|file:.|cmd:.)",
    })
}
