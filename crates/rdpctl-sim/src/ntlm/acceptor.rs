//! The server's half of an NTLM log-on (MS-NLMP 3.2.5).
//!
//! Order of the checks: message type and state of the connection, user, proof, integrity code, channel
//! binding. A wrong password is refused with and without an integrity code.

use std::cell::RefCell;

use rc4::StreamCipher as _;

use super::cipher::{Block, hmac_md5, md4, md5, rc4, same, utf16le};
use super::message::{self, Authenticate, KEY_EXCHANGE, Kind, MIC};
use super::seal::Session;

/// How channel bindings are judged on a TLS connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// One that is sent must be right; none is accepted.
    Relaxed,
    /// One must be sent.
    Strict,
}

/// A log-on under way on one connection.
pub(crate) struct Handshake {
    negotiate: Vec<u8>,
    challenge: Vec<u8>,
    nonce: [u8; 8],
}

/// Whom a token says that it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The name.
    pub user: String,
    /// The domain beside it.
    pub domain: String,
    /// The workstation.
    pub workstation: String,
}

/// Whom a token came from, proven.
pub(crate) struct LoggedOn {
    pub(crate) user: String,
    pub(crate) session: Session,
}

/// What a token is to be answered with.
pub(crate) enum Step {
    /// A type 1: this challenge.
    Challenge(Handshake),
    /// A type 3 that is right.
    Accept(Box<LoggedOn>),
    /// Anything else.
    Refuse,
}

impl Handshake {
    /// Of a type 1 and the type 2 that answered it.
    pub(crate) fn of(negotiate: Vec<u8>, challenge: Vec<u8>, nonce: [u8; 8]) -> Self {
        Self { negotiate, challenge, nonce }
    }

    /// The type 2.
    pub(crate) fn challenge(&self) -> &[u8] {
        &self.challenge
    }
}

/// Tells whether a password is the one behind a token.
pub type Proves<'a> = &'a dyn Fn(&str) -> bool;

/// What a type 3 is checked against.
pub(crate) struct Expect<'a> {
    /// The computer's name.
    pub(crate) computer: &'a str,
    /// Lets a claim in, or not, given what tells whether a password is the one that was used.
    pub(crate) admits: &'a dyn Fn(&Claim, Proves<'_>) -> bool,
    /// On TLS: the SHA-256 of the server's certificate, and how strictly to look.
    pub(crate) binding: Option<([u8; 32], Binding)>,
    /// Eight bytes that nobody can foresee.
    pub(crate) nonce: [u8; 8],
    /// Now, in 100 ns since 1601.
    pub(crate) file_time: u64,
}

/// Takes the next token of a connection.
pub(crate) fn step(under_way: Option<Handshake>, token: &[u8], expect: &Expect<'_>) -> Step {
    match message::kind(token) {
        Some(Kind::Negotiate) => Step::Challenge(Handshake {
            negotiate: token.to_vec(),
            challenge: message::challenge(expect.computer, expect.nonce, expect.file_time),
            nonce: expect.nonce,
        }),
        Some(Kind::Authenticate) => under_way
            .and_then(|handshake| authenticate(&handshake, token, expect))
            .map_or(Step::Refuse, |logged_on| Step::Accept(Box::new(logged_on))),
        None => Step::Refuse,
    }
}

fn authenticate(handshake: &Handshake, token: &[u8], expect: &Expect<'_>) -> Option<LoggedOn> {
    let claim = claim(token)?;
    let proven = RefCell::new(None);
    let proves = |password: &str| {
        let session = prove(handshake, token, password, expect.binding);
        let right = session.is_some();
        proven.replace(session);
        right
    };
    let admitted = (expect.admits)(&claim, &proves);
    let session = proven.into_inner().filter(|_| admitted)?;
    Some(LoggedOn { user: claim.user, session })
}

/// Whom a type 3 says that it comes from.
pub(crate) fn claim(token: &[u8]) -> Option<Claim> {
    let message = Authenticate::parse(token)?;
    Some(Claim { user: message.user, domain: message.domain, workstation: message.workstation })
}

/// The session that a type 3 begins, if it was made with this password.
pub(crate) fn prove(
    handshake: &Handshake,
    token: &[u8],
    password: &str,
    binding: Option<([u8; 32], Binding)>,
) -> Option<Session> {
    let message = Authenticate::parse(token)?;
    let nt_hash = md4(&utf16le(password));
    let identity = utf16le(&format!("{}{}", message.user.to_uppercase(), message.domain));
    let response_key = hmac_md5(&nt_hash, &[&identity]);
    let proof = hmac_md5(&response_key, &[&handshake.nonce, message.blob]);
    if !same(&proof, message.proof) {
        return None;
    }

    let mut exported = hmac_md5(&response_key, &[&proof]);
    if message.flags & KEY_EXCHANGE != 0 {
        let mut key: Block = message.encrypted_key.try_into().ok()?;
        rc4(&exported).apply_keystream(&mut key);
        exported = key;
    }
    if message.announces_mic() && !mic_holds(handshake, token, &exported) {
        return None;
    }
    if !binding_holds(message.channel_binding(), binding) {
        return None;
    }
    Some(Session::new(&exported))
}

fn mic_holds(handshake: &Handshake, token: &[u8], exported: &Block) -> bool {
    let (Some(before), Some(sent), Some(after)) =
        (token.get(..MIC.start), token.get(MIC), token.get(MIC.end..))
    else {
        return false;
    };
    let zeros = [0; 16];
    same(
        &hmac_md5(exported, &[&handshake.negotiate, &handshake.challenge, before, &zeros, after]),
        sent,
    )
}

fn binding_holds(sent: Option<&[u8]>, expected: Option<([u8; 32], Binding)>) -> bool {
    match (sent, expected) {
        (_, None) | (None, Some((_, Binding::Relaxed))) => true,
        (None, Some((_, Binding::Strict))) => false,
        (Some(sent), Some((certificate, Binding::Relaxed | Binding::Strict))) => {
            same(sent, &tls_server_end_point(&certificate))
        }
    }
}

/// The hash over a GSS bindings structure that holds nothing but the certificate's hash (RFC 5929).
fn tls_server_end_point(certificate: &[u8; 32]) -> Block {
    const PREFIX: &[u8] = b"tls-server-end-point:";
    let length = u32::try_from(PREFIX.len() + certificate.len()).unwrap_or(u32::MAX);
    md5(&[&[0; 16], &length.to_le_bytes(), PREFIX, certificate])
}
