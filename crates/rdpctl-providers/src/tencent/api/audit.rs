//! The log of what was changed in an account.

use serde::{Deserialize, Serialize};

use super::actions;
use crate::tencent::lenient::{List, Nested, Number, Text};

/// The most events of one page.
pub const EVENTS: u32 = 50;

/// Asks what was done. The vendor keeps 90 days, and tells of less than 30 at a time.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeEvents {
    /// In seconds.
    pub start_time: i64,
    /// In seconds.
    pub end_time: i64,
    /// At most fifty.
    pub max_results: u32,
    /// Where the last page ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<i64>,
    /// What of it.
    pub lookup_attributes: Vec<LookupAttribute>,
}

/// A condition.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LookupAttribute {
    /// Of what.
    pub attribute_key: &'static str,
    /// What it is.
    pub attribute_value: &'static str,
}

/// A page of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Events {
    /// Whether nothing follows.
    pub list_over: Option<bool>,
    /// Where it goes on.
    pub next_token: Number,
    /// What was done.
    pub events: List<Event>,
}

/// Something that was done.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Event {
    /// Who: `root` is the account's owner, else the number or the name of a user.
    pub username: Text,
    /// When: seconds, or a date.
    pub event_time: Text,
    /// What.
    pub event_name: Text,
    /// 0 where it was allowed.
    pub error_code: Number,
    /// All of it, as JSON.
    pub cloud_audit_event: Text,
    /// What it was done to, where the log says it.
    pub resources: Nested<Resource>,
}

/// What something was done to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Resource {
    /// Its id.
    pub resource_name: Text,
}

actions! {
    DescribeEvents => Cloudaudit "DescribeEvents", 20 a second, Read, Events;
}
