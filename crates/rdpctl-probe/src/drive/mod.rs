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
mod pinned;
mod survey;
mod verifier;

pub(crate) use deadline::Deadline;
pub(crate) use dial::{close, connect};
pub(crate) use handshake::TlsHandshake;
pub use limit::affordable;
pub use many::{Reports, Targets, probe_many};
pub use once::probe;

use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::wire::x224::{Answer, Protocols};

/// The answer to one negotiation.
pub(crate) async fn negotiate(
    stream: &mut TcpStream,
    protocols: Protocols,
    until: Instant,
) -> Answer {
    negotiate::negotiate(stream, protocols, until).await.answer
}
