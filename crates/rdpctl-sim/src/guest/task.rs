//! A scheduled task, as it is kept.

use serde::{Deserialize, Serialize};

/// When a task runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Trigger {
    /// Only when somebody says so.
    Never,
    /// At a moment in Unix milliseconds; later it is over.
    Once(u64),
    /// Every so many milliseconds from a moment on.
    Every { next: u64, period: u64 },
    /// So many milliseconds after each start of the machine.
    AtStart(u64),
}

/// A task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Task {
    /// The full name, with its leading backslash.
    pub(super) name: Box<str>,
    /// The command line.
    pub(super) action: Box<str>,
    pub(super) trigger: Trigger,
    pub(super) as_system: bool,
    pub(super) enabled: bool,
    pub(super) created: u64,
    pub(super) last_run: Option<u64>,
    pub(super) last_result: i32,
}
