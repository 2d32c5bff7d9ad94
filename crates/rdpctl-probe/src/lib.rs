//! What the outside of a machine tells about Remote Desktop, in very few connections.
//!
//! A probe opens a connection, negotiates as a client would, looks at TLS, the certificate and the NTLM challenge, and
//! closes. It never logs on and never sends a user name: that is [`logon`], which nothing here leads to. [`wire`] holds the protocols (bytes in, bytes out), [`judge`]
//! the decision table; the rest drives them over sockets.

pub mod certificate;
pub mod logon;
pub mod wire;

mod caller;
mod causes;
mod drive;
mod judge;
mod latency;
mod options;
mod report;
mod seen;
mod target;
mod verdict;

pub use causes::{Cause, CauseId, causes};
pub use drive::{Reports, Targets, affordable, probe, probe_many};
pub use judge::{judge, nla};
pub use latency::LatencyMs;
pub use options::{Level, ProbeOptions, UnknownLevel};
pub use report::{Report, Try};
pub use seen::{Ntlm, Observations, Tcp, TcpState, Tls, TlsFailure, Via};
pub use target::{DEFAULT_PORT, Host, Target, TargetError};
pub use verdict::symptom;
