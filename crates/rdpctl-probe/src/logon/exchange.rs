//! The second request of CredSSP and its answer (MS-CSSP 3.1.5): the proof of who logs on, and of the key.

use ring::digest::{SHA256, SHA384, SHA512, digest};
use ring::rand::{SecureRandom as _, SystemRandom};

use super::Outcome;
use super::ntlm::{self, Account, Challenge, Round, Session};
use crate::certificate::SignatureHash;
use crate::certificate::signature_hash;
use crate::wire::credssp;

/// The message of NTLM inside the first request, which starts behind the head of 17 bytes.
const NEGOTIATE: usize = 17;

/// A request on its way, and what its answer must hold.
pub(super) struct Said {
    pub(super) request: Vec<u8>,
    session: Session,
    expected: Vec<u8>,
}

impl Said {
    /// Makes the request; nothing where this machine has no random numbers.
    pub(super) fn new(
        challenge: &Challenge,
        account: Account<'_>,
        certificate: &[u8],
        key: &[u8],
        service: &str,
    ) -> Option<Self> {
        let random = SystemRandom::new();
        let (mut client_nonce, mut session_key, mut nonce) = ([0; 8], [0; 16], [0; 32]);
        random.fill(&mut client_nonce).ok()?;
        random.fill(&mut session_key).ok()?;
        random.fill(&mut nonce).ok()?;
        let hash = match signature_hash(certificate) {
            SignatureHash::Sha256 => &SHA256,
            SignatureHash::Sha384 => &SHA384,
            SignatureHash::Sha512 => &SHA512,
        };
        let hash = digest(hash, certificate);
        let round = Round {
            negotiate: credssp::NEGOTIATE.get(NEGOTIATE..)?,
            service,
            certificate: hash.as_ref(),
            client_nonce,
            session_key,
        };
        let (message, session_key) = ntlm::authenticate(challenge, account, round);
        let mut session = Session::new(&session_key);
        let bound = |who: &str| {
            let text = format!("CredSSP {who} Binding Hash\0");
            digest(&SHA256, &[text.as_bytes(), &nonce, key].concat()).as_ref().to_vec()
        };
        let sealed = session.seal(&bound("Client-To-Server"));
        let octets = |bytes: &[u8]| element(0x04, bytes);
        let fields = [
            element(0xa0, &[0x02, 0x01, 0x06]),
            element(0xa1, &element(0x30, &element(0x30, &element(0xa0, &octets(&message))))),
            element(0xa3, &octets(&sealed)),
            element(0xa5, &octets(&nonce)),
        ];
        let request = element(0x30, &fields.concat());
        Some(Self { request, session, expected: bound("Server-To-Client") })
    }

    /// What the server's answer proves.
    pub(super) fn understand(&mut self, answer: &[u8]) -> Outcome {
        if let Some(code) = credssp::error_code(answer) {
            return Outcome::Refused(Some(code));
        }
        let sealed = field(answer, 0xa3).and_then(|inner| content(inner, 0x04));
        let said = sealed.and_then(|sealed| self.session.unseal(sealed));
        if said.as_ref() == Some(&self.expected) {
            Outcome::Authenticated
        } else {
            Outcome::Unclear
        }
    }
}

/// The token of an answer.
pub(super) fn token(answer: &[u8]) -> Option<&[u8]> {
    let list = field(answer, 0xa1)?;
    let item = content(content(list, 0x30)?, 0x30)?;
    content(content(item, 0xa0)?, 0x04)
}

fn field(request: &[u8], tag: u8) -> Option<&[u8]> {
    let mut fields = content(request, 0x30)?;
    while let Some((found, content, rest)) = credssp::element(fields) {
        if found == tag {
            return Some(content);
        }
        fields = rest;
    }
    None
}

fn content(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    credssp::element(bytes).filter(|(found, ..)| *found == tag).map(|(_, content, _)| content)
}

/// One DER element; everything here is far below 64 KiB.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes();
    let head = match (high, low) {
        (0, short) if short < 0x80 => vec![tag, short],
        (0, long) => vec![tag, 0x81, long],
        (high, low) => vec![tag, 0x82, high, low],
    };
    [head.as_slice(), content].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_negotiation_that_was_sent_is_the_one_that_is_signed() {
        assert!(credssp::NEGOTIATE[NEGOTIATE..].starts_with(b"NTLMSSP\0\x01"));
    }
}
