//! Services: what is installed, what runs, and the service control manager's answers.

mod boot_order;
mod control;
mod definition;
mod kind;
mod runtime;

pub(crate) use control::ControlError;
pub(crate) use definition::ServiceDefinition;
pub(crate) use kind::{Host, SafeBoot};
pub(crate) use runtime::{BootMode, Credential, Listener, Runtime, ServiceState};
