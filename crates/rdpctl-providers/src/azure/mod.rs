//! Microsoft Azure: the resource manager from the token up to the contract's traits.

mod arm;
mod change;
mod client;
mod cloud;
mod console;
mod credentials;
mod describe;
mod error;
mod id;
mod lend;
mod list;
mod log;
mod managed_command;
mod managed_left;
mod managed_name;
mod operation;
mod pace;
mod permission;
mod places;
mod price;
mod refused;
mod repair;
mod retail;
mod run_command;
mod screen;
mod small;
mod survey;
mod tariff;

pub use client::Client;
pub use cloud::{AzureCloud, ConnectError};
pub use console::SerialConsole;
pub use credentials::{CredentialError, Surroundings, Token, TokenSource};
pub use lend::{LentDisk, Read};
pub use repair::{Made, Patient, Program, Scripts};
pub use run_command::RunCommand;
pub use tariff::{RUN_COMMAND, TARIFF};
