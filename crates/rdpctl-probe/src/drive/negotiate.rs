//! One negotiation: the request out, the answer in.

use std::io::ErrorKind;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::dial::was_reset;
use crate::wire::x224::{self, Answer, Protocols, Scan, Without};

/// What came back, and its first bytes if they are not RDP.
pub(super) struct Negotiated {
    pub(super) answer: Answer,
    pub(super) banner: Option<String>,
}

/// Asks for `protocols` on a fresh connection.
pub(super) async fn negotiate(
    stream: &mut TcpStream,
    protocols: Protocols,
    until: Instant,
) -> Negotiated {
    let mut buffer = [0; x224::LONGEST];
    let mut filled = 0;
    if let Ok(Err(error)) = timeout_at(until, stream.write_all(&x224::request(protocols))).await {
        return without(ended(error.kind()));
    }
    loop {
        let missing = match x224::scan(&buffer[..filled]) {
            Scan::Need(missing) => missing,
            Scan::Whole(Answer::Without(Without::Malformed)) => {
                return malformed(stream, &mut buffer, filled);
            }
            Scan::Whole(answer) => return Negotiated { answer, banner: None },
        };
        // The reader never asks for more than the longest answer.
        let Some(space) = buffer.get_mut(filled..filled + missing) else {
            return malformed(stream, &mut buffer, filled);
        };
        match timeout_at(until, stream.read(space)).await {
            Ok(Ok(0)) if filled == 0 => return without(Without::Closed),
            Ok(Ok(0)) => return malformed(stream, &mut buffer, filled),
            Ok(Ok(read)) => filled += read,
            Ok(Err(error)) => return without(ended(error.kind())),
            Err(_) => return without(Without::Silent),
        }
    }
}

fn without(without: Without) -> Negotiated {
    Negotiated { answer: Answer::Without(without), banner: None }
}

fn ended(kind: ErrorKind) -> Without {
    if was_reset(kind) { Without::Reset } else { Without::Closed }
}

/// Something else: takes what is already there, so that the message can show a whole banner.
fn malformed(stream: &TcpStream, buffer: &mut [u8; x224::LONGEST], filled: usize) -> Negotiated {
    let more = match buffer.get_mut(filled..) {
        // Nothing more having come is as good as an error here.
        Some(space) => stream.try_read(space).unwrap_or(0),
        None => 0,
    };
    let banner = x224::printable(&buffer[..filled + more]);
    Negotiated { answer: Answer::Without(Without::Malformed), banner: Some(banner) }
}
