//! The thin part that has sockets: dialing, the plan of connections, repetition, and many targets at once.

mod deadline;
mod dial;
mod first_flight;
mod handshake;
mod limit;
mod locks;
mod many;
mod negotiate;
mod once;
mod survey;
mod verifier;

pub use limit::affordable;
pub use many::{Reports, Targets, probe_many};
pub use once::probe;
