//! Who is logged on to a Windows: what a restart would take from somebody.

use serde::{Deserialize, Serialize};

/// Somebody's session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LoggedOn {
    /// The account, as Windows shows it; untrusted text.
    pub user: String,
    /// The session's number.
    pub session: u32,
    /// Whether somebody looks at it.
    pub presence: Presence,
    /// For how many minutes nobody has touched it, where Windows tells.
    #[serde(rename = "idle-minutes", default, skip_serializing_if = "Option::is_none")]
    pub idle_minutes: Option<u32>,
}

/// Whether somebody looks at a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// Somebody is connected to it.
    Active,
    /// It goes on without anybody.
    Disconnected,
}
