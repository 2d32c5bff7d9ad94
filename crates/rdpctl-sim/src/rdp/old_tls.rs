//! The first flight of TLS 1.0 and 1.1, which no library of ours speaks: enough for a probe to see version and certificate.
//! Keys are exchanged by RSA, which needs no signature. The handshake goes no further.

use super::hello::{ClientHello, code};
use crate::guest::{KeyMaterial, RdpListener, TlsVersion};

/// The suites of an old Windows for an RSA certificate whose exchange needs no signature, best first.
const SUITES: [u16; 3] = [0x0035, 0x002f, 0x000a];

/// The records from hello to done; `None` when client and server have no suite in common.
pub(super) fn flight(
    listener: &RdpListener,
    version: TlsVersion,
    offer: &ClientHello,
    random: [u8; 32],
) -> Option<Vec<u8>> {
    let KeyMaterial::Usable(_) = &listener.key else { return None };
    let suite = SUITES.iter().copied().find(|suite| offer.suites.contains(suite))?;

    let mut hello = code(version).to_be_bytes().to_vec();
    hello.extend(random);
    hello.push(0); // No session to come back to.
    hello.extend(suite.to_be_bytes());
    hello.extend([0, 0, 5, 0xff, 0x01, 0, 1, 0]); // No compression; renegotiation is secure.

    let mut messages = message(2, &hello);
    messages.extend(message(11, &vector24(&vector24(listener.certificate.as_deref()?))));
    messages.extend(message(14, &[]));

    let [major, minor] = code(version).to_be_bytes();
    let record = |piece: &[u8]| {
        let [high, low] = u16::try_from(piece.len()).unwrap_or(u16::MAX).to_be_bytes();
        [&[22, major, minor, high, low], piece].concat()
    };
    Some(messages.chunks(16 * 1024).flat_map(record).collect())
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &vector24(body)].concat()
}

fn vector24(body: &[u8]) -> Vec<u8> {
    let [_, length @ ..] = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&length[..], body].concat()
}
