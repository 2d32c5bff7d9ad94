//! TAT: commands for the agent in the guest.

mod agent;
mod find;
mod results;
mod run;

pub(crate) use agent::DescribeAutomationAgentStatus;
pub(crate) use results::{DescribeInvocationTasks, DescribeInvocations};
pub(crate) use run::{CancelInvocation, RunCommand};
