//! One hand-made hello out, the server's first flight in.

use std::io::ErrorKind;

use rdpctl_model::handshake::TlsVersion;
use ring::rand::{SecureRandom, SystemRandom};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::dial::was_reset;
use crate::seen::Via;
use crate::wire::flight::{End, Flight};
use crate::wire::hello::{KeyShare, client_hello};

/// What a hello brought.
pub(super) struct Outcome {
    pub(super) flight: Flight,
    /// How it ended, unless the flight is whole.
    pub(super) refused: Option<Via>,
}

/// Offers `highest` and everything below it on a connection that has negotiated TLS.
pub(super) async fn first_flight(
    stream: &mut TcpStream,
    highest: TlsVersion,
    share: KeyShare,
    until: Instant,
) -> Outcome {
    let mut flight = Flight::default();
    let hello = client_hello(highest, &random(), share);
    if let Ok(Err(error)) = timeout_at(until, stream.write_all(&hello)).await {
        return Outcome { flight, refused: Some(hang_up(error.kind())) };
    }
    let mut buffer = [0; 4096];
    loop {
        match flight.end {
            Some(End::Complete) => return Outcome { flight, refused: None },
            Some(End::Alert(number)) => {
                return Outcome { flight, refused: Some(Via::Alert(number)) };
            }
            Some(End::Plaintext) => return Outcome { flight, refused: Some(Via::Plaintext) },
            Some(End::Garbage) => return Outcome { flight, refused: Some(Via::Garbage) },
            None => {}
        }
        match timeout_at(until, stream.read(&mut buffer)).await {
            Ok(Ok(0)) => return Outcome { flight, refused: Some(Via::Closed) },
            Ok(Ok(read)) => flight.push(buffer.get(..read).unwrap_or(&buffer)),
            Ok(Err(error)) => return Outcome { flight, refused: Some(hang_up(error.kind())) },
            Err(_) => return Outcome { flight, refused: Some(Via::Timeout) },
        }
    }
}

/// How a connection ended that the system reports an error for.
pub(super) fn hang_up(kind: ErrorKind) -> Via {
    if was_reset(kind) { Via::Reset } else { Via::Closed }
}

/// Fresh bytes for a hello. They protect nothing, since no key is ever agreed; a failing source gives zeros.
pub(super) fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    match SystemRandom::new().fill(&mut bytes) {
        Ok(()) => bytes,
        Err(_) => [0; 32],
    }
}
