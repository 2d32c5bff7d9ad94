//! A small Windows estate in memory, behind the protocols that its owners would use.
//!
//! It models the vendor and the guest, never rdpctl: the official SDKs work against it unchanged. A
//! [`World`] says what exists, [`Sim::start`] serves it on loopback, and what is done to it lasts.

mod azure;
mod clock;
mod counters;
mod der;
mod endpoints;
mod estate;
pub mod guest;
mod hatch;
pub mod image;
mod linux;
mod ntlm;
mod persist;
mod plain;
pub mod rdp;
mod serial;
mod server;
mod shared;
mod sim;
mod tencent;
pub mod winrm;
mod world;

pub use counters::Counters;
pub use endpoints::{Credentials, Endpoints, InstanceEndpoints};
pub use persist::PersistError;
pub use sim::{Lives, RunningSim, Sim, SimError, SimOptions};
pub use world::{Finding, World, WorldError};
