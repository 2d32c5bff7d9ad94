//! The tables of the continuous loop and of its page.

use serde_json::{Value, json};

use super::pieces::{one_of, secret};
use crate::decode::words;

pub(super) fn run() -> Value {
    json!({
        "description": "How the continuous loop goes on.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "mode": one_of("What it does about what differs: tell, or mend what the guards allow.", &words::MODES),
            "webhook": {
                "description": "Whom it tells what turns.",
                "type": "array",
                "maxItems": 16,
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["url"],
                    "properties": {
                        "url": {
                            "description": "Where: https://, or by reference (env:NAME, file:PATH, cmd:/PROGRAM ARGS) where whoever knows it can write there.",
                            "type": "string",
                            "pattern": "^(https?://|env:|file:|cmd:).",
                        },
                        "form": one_of("In which form: the events as JSON, a message of Slack, a card of Teams.", &words::FORMS),
                        "secret": secret("By which what is told is signed, as Standard Webhooks has it"),
                    },
                },
            },
        },
    })
}

pub(super) fn page() -> Value {
    json!({
        "description": "How the loop's page is reached by others than this machine.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "url": {
                "description": "Under which address: https:// and a host, perhaps with a port, and no path.",
                "type": "string",
                "pattern": "^https://[^/]+/?$",
            },
            "proxies": {
                "description": "Networks from which a proxy may speak for others.",
                "type": "array",
                "maxItems": 16,
                "items": { "type": "string" },
            },
            "timezone": {
                "description": "The clock by which it tells times, such as Asia/Seoul.",
                "type": "string",
            },
            "user-header": {
                "description": "The header in which such a proxy names who it is that asks.",
                "type": "string",
            },
        },
    })
}
