//! Services: what is installed, what runs, and the service control manager's answers.

mod boot_order;
mod control;
mod definition;
mod runtime;

pub(crate) use control::ControlError;
pub(crate) use definition::{Host, SafeBoot, ServiceDefinition};
pub(crate) use runtime::{BootMode, Credential, Listener, Runtime, ServiceState};
