//! NTLM, the client's answer to a challenge (MS-NLMP 3.1.5.1.2): version 2 only, with integrity code and channel binding.

use rc4::{Rc4, StreamCipher as _};
use zeroize::{Zeroize as _, Zeroizing};

use crate::wire::ntlm::{field, pairs};

use super::cipher::{Block, hmac_md5, md4, md5, rc4, utf16};

const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";
/// Where the integrity code stands, and where names and responses begin.
const MIC: std::ops::Range<usize> = 72..88;

const UNICODE: u32 = 0x0000_0001;
const OEM: u32 = 0x0000_0002;
const SEAL: u32 = 0x0000_0020;
const LM_KEY: u32 = 0x0000_0080;
const EXTENDED_SESSION_SECURITY: u32 = 0x0008_0000;
const TARGET_INFO: u32 = 0x0080_0000;
const KEY_128: u32 = 0x2000_0000;
const KEY_EXCHANGE: u32 = 0x4000_0000;
/// What both sides must be able to do, or there is no log-on.
const NEEDED: u32 = UNICODE | SEAL | EXTENDED_SESSION_SECURITY | KEY_128 | KEY_EXCHANGE;

const AV_END: u16 = 0;
const AV_COMPUTER: u16 = 1;
const AV_DOMAIN: u16 = 2;
const AV_FLAGS: u16 = 6;
const AV_TIMESTAMP: u16 = 7;
const AV_TARGET_NAME: u16 = 9;
const AV_CHANNEL_BINDINGS: u16 = 10;
/// An integrity code follows.
const MIC_PRESENT: u32 = 2;

/// By this name our log-ons are told apart in a guest's log.
pub(super) use rdpctl_model::guest::WORKSTATION;

/// A server's challenge, as far as it is answered.
#[derive(Clone, Debug)]
pub(super) struct Challenge {
    message: Vec<u8>,
    flags: u32,
    nonce: [u8; 8],
    info: Vec<u8>,
    time: [u8; 8],
}

impl Challenge {
    /// Reads a challenge; nothing where NTLM of version 2 cannot answer it.
    pub(super) fn read(message: &[u8]) -> Option<Self> {
        let rest = message.strip_prefix(SIGNATURE)?;
        if rest.first_chunk::<4>()? != &[2, 0, 0, 0] {
            return None;
        }
        let flags = u32::from_le_bytes(*message.get(20..)?.first_chunk()?);
        let nonce = *message.get(24..)?.first_chunk()?;
        let info = field(message, 40)?.to_vec();
        let value = |wanted| pairs(&info).find(|(id, _)| *id == wanted).map(|(_, value)| value);
        let named = value(AV_COMPUTER).is_some() && value(AV_DOMAIN).is_some();
        let time = value(AV_TIMESTAMP).and_then(|value| value.try_into().ok())?;
        let able = flags & NEEDED == NEEDED && named;
        able.then(|| Self { message: message.to_vec(), flags, nonce, info, time })
    }

    /// The machine's `NetBIOS` name, as it says.
    pub(super) fn computer(&self) -> Option<String> {
        let (_, value) = pairs(&self.info).find(|(id, _)| *id == AV_COMPUTER)?;
        let units: Vec<u16> =
            value.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        String::from_utf16(&units).ok()
    }
}

/// Who logs on.
#[derive(Clone, Copy)]
pub(super) struct Account<'a> {
    pub(super) user: &'a str,
    pub(super) domain: &'a str,
    pub(super) password: &'a str,
}

/// What surrounds one answer: what was said before, and what nobody can foresee.
#[derive(Clone, Copy)]
pub(super) struct Round<'a> {
    /// The message that was answered by the challenge.
    pub(super) negotiate: &'a [u8],
    /// The service, `TERMSRV/ADDRESS`.
    pub(super) service: &'a str,
    /// The hash of the server's certificate.
    pub(super) certificate: &'a [u8],
    pub(super) client_nonce: [u8; 8],
    pub(super) session_key: Block,
}

/// The message, and the key that both sides hold once the server took it.
pub(super) fn authenticate(
    challenge: &Challenge,
    account: Account<'_>,
    round: Round<'_>,
) -> (Vec<u8>, Block) {
    let mut hash = md4(&Zeroizing::new(utf16(account.password)));
    let identity = utf16(&format!("{}{}", account.user.to_uppercase(), account.domain));
    let mut response_key = hmac_md5(&hash, &[&identity]);
    hash.zeroize();
    let blob = blob(challenge, round);
    let proof = hmac_md5(&response_key, &[&challenge.nonce, &blob]);
    let base = hmac_md5(&response_key, &[&proof]);
    response_key.zeroize();
    let mut encrypted = round.session_key;
    rc4(&base).apply_keystream(&mut encrypted);

    let flags = challenge.flags & !(OEM | LM_KEY) | TARGET_INFO;
    let response = [&proof[..], &blob].concat();
    let parts: [&[u8]; 6] = [
        &[0; 24],
        &response,
        &utf16(account.domain),
        &utf16(account.user),
        &utf16(WORKSTATION),
        &encrypted,
    ];
    let mut message = SIGNATURE.to_vec();
    message.extend(3_u32.to_le_bytes());
    let mut offset = MIC.end;
    for part in parts {
        let length = length16(part).to_le_bytes();
        message.extend(length);
        message.extend(length);
        message.extend(u32::try_from(offset).unwrap_or(u32::MAX).to_le_bytes());
        offset += part.len();
    }
    message.extend(flags.to_le_bytes());
    // The version that the negotiation named.
    message.extend([10, 0, 0x63, 0x45, 0, 0, 0, 15]);
    message.extend([0; 16]);
    for part in parts {
        message.extend(part);
    }
    let code = hmac_md5(&round.session_key, &[round.negotiate, &challenge.message, &message]);
    message[MIC].copy_from_slice(&code);
    (message, round.session_key)
}

/// What the proof is over, beside the server's nonce.
fn blob(challenge: &Challenge, round: Round<'_>) -> Vec<u8> {
    let mut blob = vec![1, 1, 0, 0, 0, 0, 0, 0];
    blob.extend(challenge.time);
    blob.extend(round.client_nonce);
    blob.extend([0; 4]);
    let mut put = |id: u16, value: &[u8]| {
        blob.extend(id.to_le_bytes());
        blob.extend(length16(value).to_le_bytes());
        blob.extend(value);
    };
    for (id, value) in pairs(&challenge.info) {
        put(id, value);
    }
    put(AV_FLAGS, &MIC_PRESENT.to_le_bytes());
    put(AV_CHANNEL_BINDINGS, &binding(round.certificate));
    put(AV_TARGET_NAME, &utf16(round.service));
    put(AV_END, &[]);
    blob.extend([0; 4]);
    blob
}

/// The hash over a GSS bindings structure that holds nothing but the certificate's hash (RFC 5929).
fn binding(certificate: &[u8]) -> Block {
    const PREFIX: &[u8] = b"tls-server-end-point:";
    let length = u32::try_from(PREFIX.len() + certificate.len()).unwrap_or(u32::MAX);
    md5(&[&[0; 16], &length.to_le_bytes(), PREFIX, certificate])
}

fn length16(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).unwrap_or(u16::MAX)
}

/// Both directions of an authenticated connection, seen from the client (MS-NLMP 3.4, extended session security).
pub(super) struct Session {
    outgoing: Direction,
    incoming: Direction,
}

struct Direction {
    sign: Block,
    cipher: Rc4,
    sequence: u32,
}

impl Direction {
    fn new(key: &Block, who: &str) -> Self {
        let constant =
            |what: &str| format!("session key to {who} {what} key magic constant\0").into_bytes();
        Self {
            sign: md5(&[key, &constant("signing")]),
            cipher: rc4(&md5(&[key, &constant("sealing")])),
            sequence: 0,
        }
    }

    fn signature(&mut self, plain: &[u8]) -> [u8; 16] {
        let sequence = self.sequence.to_le_bytes();
        self.sequence = self.sequence.wrapping_add(1);
        let code = hmac_md5(&self.sign, &[&sequence, plain]);
        let mut signature = [0; 16];
        signature[0] = 1;
        signature[4..12].copy_from_slice(&code[..8]);
        self.cipher.apply_keystream(&mut signature[4..12]);
        signature[12..].copy_from_slice(&sequence);
        signature
    }
}

impl Session {
    pub(super) fn new(key: &Block) -> Self {
        Self {
            outgoing: Direction::new(key, "client-to-server"),
            incoming: Direction::new(key, "server-to-client"),
        }
    }

    /// Signature and cipher text of a message.
    pub(super) fn seal(&mut self, plain: &[u8]) -> Vec<u8> {
        let mut text = plain.to_vec();
        self.outgoing.cipher.apply_keystream(&mut text);
        [&self.outgoing.signature(plain)[..], &text].concat()
    }

    /// The message; nothing when its signature is not right.
    pub(super) fn unseal(&mut self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (signature, text) = sealed.split_at_checked(16)?;
        let mut plain = text.to_vec();
        self.incoming.cipher.apply_keystream(&mut plain);
        let right = self.incoming.signature(&plain);
        (right[..] == *signature).then_some(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A challenge with the names that a client must see, and a clock.
    fn message(flags: u32) -> Vec<u8> {
        let mut info = Vec::new();
        for (id, value) in
            [(2_u16, utf16("WEB-01")), (1, utf16("WEB-01")), (7, vec![1; 8]), (0, Vec::new())]
        {
            info.extend(id.to_le_bytes());
            info.extend(length16(&value).to_le_bytes());
            info.extend(value);
        }
        let mut message = SIGNATURE.to_vec();
        message.extend(2_u32.to_le_bytes());
        message.extend([0, 0, 0, 0, 56, 0, 0, 0]);
        message.extend(flags.to_le_bytes());
        message.extend([7; 8]);
        message.extend([0; 8]);
        message.extend(length16(&info).to_le_bytes());
        message.extend(length16(&info).to_le_bytes());
        message.extend(56_u32.to_le_bytes());
        message.extend([0; 8]);
        message.extend(info);
        message
    }

    #[test]
    fn a_challenge_without_names_or_strong_keys_is_not_answered() {
        let whole = message(0xe28a_8235);
        assert_eq!(Challenge::read(&whole).unwrap().computer().as_deref(), Some("WEB-01"));
        assert!(Challenge::read(&message(0xe28a_8235 & !KEY_EXCHANGE)).is_none());
        assert!(Challenge::read(&whole[..60]).is_none());
        for end in 0..whole.len() {
            assert!(Challenge::read(&whole[..end]).is_none());
        }
    }

    #[test]
    fn the_response_key_is_that_of_the_protocol_document() {
        // MS-NLMP 4.2.4.1.1: NTOWFv2("Password", "User", "Domain").
        let identity = utf16(&format!("{}{}", "User".to_uppercase(), "Domain"));
        let key = hmac_md5(&md4(&utf16("Password")), &[&identity]);
        assert_eq!(key[..4], [0x0c, 0x86, 0x8a, 0x40]);
    }

    #[test]
    fn the_password_is_in_no_byte_of_the_answer() {
        let challenge = Challenge::read(&message(0xe28a_8235)).unwrap();
        let account = Account { user: "ops", domain: "WEB-01", password: "S3cret-of-ops" };
        let round = Round {
            negotiate: b"NTLMSSP\0\x01",
            service: "TERMSRV/192.0.2.7",
            certificate: &[5; 32],
            client_nonce: [1; 8],
            session_key: [2; 16],
        };
        let (answer, key) = authenticate(&challenge, account, round);
        assert_eq!(key, [2; 16]);
        let secret = utf16("S3cret-of-ops");
        assert!(!answer.windows(secret.len()).any(|window| window == secret));
        assert_eq!(field(&answer, 44), Some(utf16(WORKSTATION).as_slice()));
    }
}
