//! TAT: commands for the agent in the guest.

mod agent;
mod find;
mod held;
mod results;
mod run;

pub(crate) use agent::DescribeAutomationAgentStatus;
pub(crate) use held::{CreateCommand, DescribeCommands, InvokeCommand, ModifyCommand};
pub(crate) use results::{DescribeInvocationTasks, DescribeInvocations};
pub(crate) use run::{CancelInvocation, RunCommand};
