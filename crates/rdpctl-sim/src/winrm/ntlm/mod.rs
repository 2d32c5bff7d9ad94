//! NTLM, the server's side: log-on of a connection, raw or inside SPNEGO, and sealing of its messages.

mod acceptor;
mod cipher;
mod message;
mod seal;
mod spnego;

pub use acceptor::Binding;
pub(super) use acceptor::Expect;
pub(super) use seal::{SIGNATURE, Session};
pub(super) use spnego::{Answer, Negotiation, negotiate};
