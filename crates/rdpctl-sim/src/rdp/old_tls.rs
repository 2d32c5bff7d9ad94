//! The first flight of TLS 1.0 and 1.1, which no library of ours speaks: enough for a probe to see version, certificate
//! and a signature by its key. The handshake goes no further.

use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::sec1::ToEncodedPoint;
use p256::pkcs8::DecodePrivateKey;
use p256::{PublicKey, SecretKey};
use sha1::{Digest, Sha1};

use super::hello::{ClientHello, code};
use crate::guest::{KeyMaterial, RdpListener, TlsVersion};

/// The suites of an old Windows for a certificate with an elliptic key, best first.
const ECDSA: [u16; 2] = [0xc00a, 0xc009];
/// Those for an RSA certificate whose exchange needs no signature.
const RSA: [u16; 3] = [0x0035, 0x002f, 0x000a];

/// The records from hello to done; `None` when client and server have no suite in common.
pub(super) fn flight(
    listener: &RdpListener,
    version: TlsVersion,
    offer: &ClientHello,
    random: [u8; 32],
) -> Option<Vec<u8>> {
    let KeyMaterial::Usable(pkcs8) = &listener.key else { return None };
    let key = SecretKey::from_pkcs8_der(pkcs8).ok();
    let suites = if key.is_some() { ECDSA.as_slice() } else { &RSA };
    let suite = suites.iter().copied().find(|suite| offer.suites.contains(suite))?;

    let mut hello = code(version).to_be_bytes().to_vec();
    hello.extend(random);
    hello.push(0); // No session to come back to.
    hello.extend(suite.to_be_bytes());
    hello.extend([0, 0, 5, 0xff, 0x01, 0, 1, 0]); // No compression; renegotiation is secure.

    let mut messages = message(2, &hello);
    messages.extend(message(11, &vector24(&vector24(listener.certificate.as_deref()?))));
    if let Some(key) = key {
        messages.extend(message(12, &key_exchange(&key, offer, random)?));
    }
    messages.extend(message(14, &[]));

    let [major, minor] = code(version).to_be_bytes();
    let record = |piece: &[u8]| {
        let [high, low] = u16::try_from(piece.len()).unwrap_or(u16::MAX).to_be_bytes();
        [&[22, major, minor, high, low], piece].concat()
    };
    Some(messages.chunks(16 * 1024).flat_map(record).collect())
}

/// A share on P-256, signed with ECDSA over SHA-1 as these versions do.
fn key_exchange(key: &SecretKey, offer: &ClientHello, random: [u8; 32]) -> Option<Vec<u8>> {
    // The handshake ends here, so the share may be any point of the curve: the certificate's own is one.
    let point = PublicKey::from_secret_scalar(&key.to_nonzero_scalar()).to_encoded_point(false);
    let mut exchange = vec![3, 0, 0x17, u8::try_from(point.as_bytes().len()).ok()?];
    exchange.extend_from_slice(point.as_bytes());
    let digest = Sha1::new()
        .chain_update(offer.random)
        .chain_update(random)
        .chain_update(&exchange)
        .finalize();
    let signature: Signature = SigningKey::from(key).sign_prehash(&digest).ok()?;
    let signature = signature.to_der();
    exchange.extend(u16::try_from(signature.as_bytes().len()).ok()?.to_be_bytes());
    exchange.extend_from_slice(signature.as_bytes());
    Some(exchange)
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &vector24(body)].concat()
}

fn vector24(body: &[u8]) -> Vec<u8> {
    let [_, length @ ..] = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&length[..], body].concat()
}
