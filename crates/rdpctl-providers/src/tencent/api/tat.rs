//! Commands in the guest, carried by the vendor's agent.

use serde::{Deserialize, Serialize};

use super::filter::Filter;
use super::{actions, pages, words};
use crate::tencent::lenient::{List, Nested, Number, Text};

/// Asks for the agents' state.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAutomationAgentStatus {
    /// At most a hundred.
    pub instance_ids: Vec<String>,
    /// How many to skip.
    pub offset: usize,
    /// At most a hundred.
    pub limit: usize,
}

/// A page of agents; instances that never had one are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Agents {
    /// How many there are in all.
    pub total_count: Number,
    /// Those of this page.
    pub automation_agent_set: List<Agent>,
}

/// An agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Agent {
    /// Its instance.
    pub instance_id: Text,
    /// Whether it answers.
    pub agent_status: AgentStatus,
}

words! {
    /// Whether an agent answers.
    AgentStatus {
        /// It does.
        Online = "Online",
        /// It does not.
        Offline = "Offline",
    }
}

/// Runs a script in guests.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RunCommand {
    /// The script in base64, at most 64 KB of it.
    pub content: String,
    /// At most a hundred.
    pub instance_ids: Vec<String>,
    /// `BAT`: the native command processor.
    pub command_type: &'static str,
    /// Seconds after which the guest ends it.
    pub timeout: u64,
    /// A name for people.
    pub command_name: &'static str,
}

/// Runs a script that the vendor holds ready, as it is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InvokeCommand {
    /// Which.
    pub command_id: String,
    /// At most a hundred.
    pub instance_ids: Vec<String>,
    /// Seconds after which the guest ends it.
    pub timeout: u64,
}

/// Has the vendor hold a script ready.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateCommand {
    /// A name of at most 60 bytes; several may bear the same.
    pub command_name: String,
    /// The script in base64.
    pub content: String,
    /// `BAT`: the native command processor.
    pub command_type: &'static str,
    /// At most 120 characters for people.
    pub description: &'static str,
    /// Whether whoever runs it may put values into it.
    pub enable_parameter: bool,
}

/// A script that was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Created {
    /// Its id.
    pub command_id: Text,
}

/// Asks which scripts are held ready: by ids, or by filters.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeCommands {
    /// At most a hundred.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub command_ids: Vec<String>,
    /// At most ten of five values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// How many to skip.
    pub offset: usize,
    /// At most a hundred.
    pub limit: usize,
}

/// A page of scripts that are held ready.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Commands {
    /// How many there are in all.
    pub total_count: Number,
    /// Those of this page.
    pub command_set: List<Command>,
}

/// A script that is held ready.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Command {
    /// Its id.
    pub command_id: Text,
    /// Its name; untrusted text.
    pub command_name: Text,
    /// The script in base64.
    pub content: Text,
    /// Its language.
    pub command_type: Text,
    /// Whether whoever runs it may put values into it.
    pub enable_parameter: bool,
    /// As whom it runs; nobody stands for the system.
    pub username: Text,
}

/// A run that was begun.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Invoked {
    /// Its id.
    pub invocation_id: Text,
}

/// Asks how runs are going.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInvocations {
    /// At most a hundred.
    pub invocation_ids: Vec<String>,
    /// How many to skip.
    pub offset: usize,
    /// At most a hundred.
    pub limit: usize,
}

/// A page of runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Invocations {
    /// How many there are in all.
    pub total_count: Number,
    /// Those of this page.
    pub invocation_set: List<Invocation>,
}

/// A run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Invocation {
    /// Its id.
    pub invocation_id: Text,
    /// How it is going.
    pub invocation_status: InvocationStatus,
}

words! {
    /// How a run is going.
    InvocationStatus {
        /// Not begun.
        Pending = "PENDING",
        /// Under way.
        Running = "RUNNING",
        /// Being called off.
        Cancelling = "CANCELLING",
        /// Well everywhere.
        Success = "SUCCESS",
        /// Out of time.
        Timeout = "TIMEOUT",
        /// Failed everywhere.
        Failed = "FAILED",
        /// Called off.
        Cancelled = "CANCELLED",
        /// Failed in places.
        PartialFailed = "PARTIAL_FAILED",
        /// Called off in places.
        PartialCancelled = "PARTIAL_CANCELLED",
    }
}

impl InvocationStatus {
    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Success
            | Self::Timeout
            | Self::Failed
            | Self::Cancelled
            | Self::PartialFailed
            | Self::PartialCancelled => true,
            Self::Pending | Self::Running | Self::Cancelling | Self::Other(_) | Self::Unsaid => {
                false
            }
        }
    }
}

/// Asks for the outcome of runs, instance by instance.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInvocationTasks {
    /// Which.
    pub filters: Vec<Filter>,
    /// Whether to leave the output out, which the vendor does unless told.
    pub hide_output: bool,
    /// How many to skip.
    pub offset: usize,
    /// At most a hundred.
    pub limit: usize,
}

/// A page of outcomes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Tasks {
    /// How many there are in all.
    pub total_count: Number,
    /// Those of this page.
    pub invocation_task_set: List<Task>,
}

/// What came of a run on one instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Task {
    /// The run.
    pub invocation_id: Text,
    /// The instance.
    pub instance_id: Text,
    /// How it is going.
    pub task_status: TaskStatus,
    /// What it printed.
    pub task_result: Nested<TaskResult>,
    /// Why it did not begin; untrusted text.
    pub error_info: Text,
}

/// What a script printed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TaskResult {
    /// Its exit code.
    pub exit_code: Number,
    /// Its output in base64.
    pub output: Text,
    /// Bytes of the output that were thrown away.
    pub dropped: Number,
}

words! {
    /// How a run is going on one instance.
    TaskStatus {
        /// Not begun.
        Pending = "PENDING",
        /// On its way.
        Delivering = "DELIVERING",
        /// On its way, and late.
        DeliverDelayed = "DELIVER_DELAYED",
        /// Under way.
        Running = "RUNNING",
        /// Being called off.
        Cancelling = "CANCELLING",
        /// Ended with exit code 0.
        Success = "SUCCESS",
        /// Ended with another exit code.
        Failed = "FAILED",
        /// The agent could not begin it.
        StartFailed = "START_FAILED",
        /// The agent was not reached.
        DeliverFailed = "DELIVER_FAILED",
        /// The agent stopped answering.
        TaskTimeout = "TASK_TIMEOUT",
        /// Out of time, and ended.
        Timeout = "TIMEOUT",
        /// Called off before it began.
        Cancelled = "CANCELLED",
        /// Called off while it ran.
        Terminated = "TERMINATED",
    }
}

impl TaskStatus {
    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Success
            | Self::Failed
            | Self::StartFailed
            | Self::DeliverFailed
            | Self::TaskTimeout
            | Self::Timeout
            | Self::Cancelled
            | Self::Terminated => true,
            Self::Pending
            | Self::Delivering
            | Self::DeliverDelayed
            | Self::Running
            | Self::Cancelling
            | Self::Other(_)
            | Self::Unsaid => false,
        }
    }
}

pages! {
    Agents: automation_agent_set of Agent;
    Commands: command_set of Command;
    Invocations: invocation_set of Invocation;
    Tasks: invocation_task_set of Task;
}

actions! {
    DescribeAutomationAgentStatus => Tat "DescribeAutomationAgentStatus", 60 a second, Read, Agents;
    RunCommand => Tat "RunCommand", 20 a second, Write, Invoked;
    InvokeCommand => Tat "InvokeCommand", 20 a second, Write, Invoked;
    CreateCommand => Tat "CreateCommand", 20 a second, Write, Created;
    DescribeCommands => Tat "DescribeCommands", 20 a second, Read, Commands;
    DescribeInvocations => Tat "DescribeInvocations", 20 a second, Read, Invocations;
    DescribeInvocationTasks => Tat "DescribeInvocationTasks", 20 a second, Read, Tasks;
}
