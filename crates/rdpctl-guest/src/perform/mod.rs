//! Changes: each action as native commands, an order of them as one batch that stops at the first failure, and the
//! reading of what came of it.

mod action;
mod advice;
mod boot;
mod command;
mod firewall;
mod former;
mod group_policy;
mod key;
mod order;
pub(crate) mod questions;
mod quote;
mod registry;
mod remains;
mod service;
mod switch;
mod winrm;

pub use action::{commands, describe};
pub use advice::advice;
pub use command::NativeCommand;
pub use order::{Done, Failure, Performance, Refused};
