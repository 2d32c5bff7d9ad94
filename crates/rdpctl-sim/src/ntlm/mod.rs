//! NTLM, the server's side: log-on of a connection, raw or inside SPNEGO, and sealing of its messages.

mod acceptor;
mod cipher;
mod message;
mod seal;
mod spnego;

pub use acceptor::{Binding, Claim, Proves};
pub(crate) use acceptor::{Expect, Handshake, claim, prove};
pub(crate) use seal::{SIGNATURE, Session};
pub(crate) use spnego::{Answer, Negotiation, closing, following, initial, negotiate};
