//! Commands sent to agents, and what became of them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::world::{AccountIndex, Text, VmIndex};

/// The language of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Script {
    Shell,
    Powershell,
    Bat,
}

impl Script {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Shell => "SHELL",
            Self::Powershell => "POWERSHELL",
            Self::Bat => "BAT",
        }
    }
}

/// A script that is held ready.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Command {
    pub(crate) account: AccountIndex,
    pub(crate) region: Text,
    pub(crate) name: Text,
    pub(crate) description: Text,
    /// As it came: base64.
    pub(crate) content: Text,
    pub(crate) script: Script,
    pub(crate) timeout: u32,
    pub(crate) user: Text,
    pub(crate) directory: Text,
    pub(crate) parameters: bool,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

/// One `RunCommand` or `InvokeCommand`, over one or many VMs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Invocation {
    pub(crate) account: AccountIndex,
    pub(crate) region: Text,
    /// The number of its command: that of one that is held ready, or one of its own.
    pub(crate) command: u64,
    /// As it came: base64.
    pub(crate) content: Text,
    pub(crate) script: Script,
    pub(crate) timeout: u32,
    pub(crate) user: Text,
    pub(crate) directory: Text,
    pub(crate) name: Text,
    pub(crate) description: Text,
    pub(crate) created: Timestamp,
    pub(crate) tasks: Vec<Task>,
}

/// An invocation on one VM.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) vm: VmIndex,
    pub(crate) phase: Phase,
    pub(crate) updated: Timestamp,
    pub(crate) started: Option<Timestamp>,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) exit: Option<i64>,
    /// The first part of what it printed. The simulator forgets it when it restarts.
    #[serde(skip)]
    pub(crate) output: Vec<u8>,
    /// What it printed to standard error, where the vendor keeps the two apart.
    #[serde(skip)]
    pub(crate) errors: Vec<u8>,
    pub(crate) dropped: u64,
    pub(crate) error: Text,
}

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Phase {
    /// On its way to the agent.
    Pending,
    /// In the guest until `started` plus what it takes; the outcome is already known here.
    Running(Ending),
    /// Over.
    Done(Ending),
}

/// How a task ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Ending {
    Success,
    Failed,
    StartFailed,
    DeliverFailed,
    Timeout,
    /// The agent stopped answering.
    TaskTimeout,
    Cancelled,
    Terminated,
}

impl Phase {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Running(_) => "RUNNING",
            Self::Done(ending) => match ending {
                Ending::Success => "SUCCESS",
                Ending::Failed => "FAILED",
                Ending::StartFailed => "START_FAILED",
                Ending::DeliverFailed => "DELIVER_FAILED",
                Ending::Timeout => "TIMEOUT",
                Ending::TaskTimeout => "TASK_TIMEOUT",
                Ending::Cancelled => "CANCELLED",
                Ending::Terminated => "TERMINATED",
            },
        }
    }

    pub(crate) fn is_done(self) -> bool {
        matches!(self, Self::Done(_))
    }
}

impl Invocation {
    /// The status of the whole.
    pub(crate) fn status(&self) -> &'static str {
        let ended = |wanted: fn(Ending) -> bool| {
            self.tasks
                .iter()
                .filter(|task| matches!(task.phase, Phase::Done(ending) if wanted(ending)))
                .count()
        };
        let all = self.tasks.len();
        let succeeded = ended(|ending| ending == Ending::Success);
        let cancelled = ended(|ending| matches!(ending, Ending::Cancelled | Ending::Terminated));
        let timed_out = ended(|ending| matches!(ending, Ending::Timeout | Ending::TaskTimeout));
        if self.tasks.iter().all(|task| task.phase == Phase::Pending) {
            "PENDING"
        } else if self.tasks.iter().any(|task| !task.phase.is_done()) {
            "RUNNING"
        } else if succeeded == all {
            "SUCCESS"
        } else if cancelled == all {
            "CANCELLED"
        } else if timed_out == all {
            "TIMEOUT"
        } else if cancelled > 0 {
            "PARTIAL_CANCELLED"
        } else if succeeded > 0 {
            "PARTIAL_FAILED"
        } else {
            "FAILED"
        }
    }
}
