//! `WinRM` as Windows speaks it: what clients of simulated guests find at their loopback ports.
//!
//! HTTP with NTLM and message encryption, clear text refused, as a stock host has it; HTTPS with NTLM bound to the
//! certificate, Basic, or a client certificate. Shells, commands and their output follow the protocol; the lines
//! themselves are run by a [`Machine`]. Faults can be [injected](Injection), and what happened is
//! [counted](Counters).

mod accepts;
mod counters;
mod door;
mod endpoint;
mod frame;
mod http;
mod inject;
mod machine;
mod opened;
mod quota;
mod reply;
mod service;
mod shells;
mod soap;
mod tls;

pub use crate::ntlm::Binding;
pub use accepts::Accepts;
pub use counters::Counters;
pub(crate) use door::Doors;
pub use endpoint::{Endpoint, Host, OpenError, Server};
pub use inject::{Effect, Injection, Operation};
pub use machine::{Call, LogOn, Machine, Ran};
pub(crate) use opened::Opened;
pub use quota::Quotas;
pub use soap::Fault;
pub use tls::{Authority, Tls, TlsError, Validity};
