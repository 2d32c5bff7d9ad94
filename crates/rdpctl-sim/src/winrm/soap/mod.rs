//! The service's messages: requests read, answers and faults written.

mod fault;
mod names;
mod request;
mod response;
mod tree;

pub use fault::Fault;
pub(super) use names::MUTUAL;
pub(super) use request::{Body, Request, Signal};
pub(super) use response::{Chunk, Description, Response, State};
