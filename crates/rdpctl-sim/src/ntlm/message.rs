//! NTLM's three messages as bytes (MS-NLMP 2.2.1).

use super::cipher::{from_utf16le, utf16le};

const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";

const UNICODE: u32 = 0x0000_0001;
const REQUEST_TARGET: u32 = 0x0000_0004;
const SIGN: u32 = 0x0000_0010;
const SEAL: u32 = 0x0000_0020;
const NTLM: u32 = 0x0000_0200;
const ALWAYS_SIGN: u32 = 0x0000_8000;
const TARGET_TYPE_SERVER: u32 = 0x0002_0000;
const EXTENDED_SESSION_SECURITY: u32 = 0x0008_0000;
const TARGET_INFO: u32 = 0x0080_0000;
const VERSION: u32 = 0x0200_0000;
const KEY_128: u32 = 0x2000_0000;
/// The exported key is random and travels under the base key.
pub(super) const KEY_EXCHANGE: u32 = 0x4000_0000;

/// Where the integrity code of a type 3 stands.
pub(super) const MIC: std::ops::Range<usize> = 72..88;

/// Ids of attribute-value pairs.
const AV_END: u16 = 0;
const AV_COMPUTER: u16 = 1;
const AV_DOMAIN: u16 = 2;
const AV_DNS_COMPUTER: u16 = 3;
const AV_FLAGS: u16 = 6;
const AV_TIMESTAMP: u16 = 7;
const AV_CHANNEL_BINDINGS: u16 = 10;

/// The pair *Flags* has this bit when the type 3 carries an integrity code.
const MIC_PRESENT: u32 = 2;

/// Which message a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Negotiate,
    Authenticate,
}

/// Tells the messages that a client sends apart.
pub(super) fn kind(token: &[u8]) -> Option<Kind> {
    let rest = token.strip_prefix(SIGNATURE)?;
    match rest.first_chunk::<4>()? {
        [1, 0, 0, 0] => Some(Kind::Negotiate),
        [3, 0, 0, 0] => Some(Kind::Authenticate),
        _ => None,
    }
}

/// Builds a type 2. The time stamp is what makes clients add an integrity code.
pub(super) fn challenge(computer: &str, nonce: [u8; 8], file_time: u64) -> Vec<u8> {
    let name = utf16le(computer);
    let mut info = Vec::new();
    for (id, value) in [
        (AV_DOMAIN, name.as_slice()),
        (AV_COMPUTER, &name),
        (AV_DNS_COMPUTER, &name),
        (AV_TIMESTAMP, &file_time.to_le_bytes()),
        (AV_END, &[]),
    ] {
        info.extend(id.to_le_bytes());
        info.extend(length16(value).to_le_bytes());
        info.extend(value);
    }
    let flags = UNICODE
        | REQUEST_TARGET
        | SIGN
        | SEAL
        | NTLM
        | ALWAYS_SIGN
        | TARGET_TYPE_SERVER
        | EXTENDED_SESSION_SECURITY
        | TARGET_INFO
        | VERSION
        | KEY_128
        | KEY_EXCHANGE;
    let payload = 56_u32;
    let mut message = Vec::with_capacity(56 + name.len() + info.len());
    message.extend(SIGNATURE);
    message.extend(2_u32.to_le_bytes());
    message.extend(field(&name, payload));
    message.extend(flags.to_le_bytes());
    message.extend(nonce);
    message.extend([0; 8]);
    message.extend(field(&info, payload + u32::from(length16(&name))));
    // Windows 10.0.20348, NTLM revision 15.
    message.extend([10, 0, 0x7c, 0x4f, 0, 0, 0, 15]);
    message.extend(&name);
    message.extend(&info);
    message
}

fn length16(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).unwrap_or(u16::MAX)
}

fn field(bytes: &[u8], offset: u32) -> [u8; 8] {
    let length = length16(bytes).to_le_bytes();
    let mut field = [0; 8];
    field[..2].copy_from_slice(&length);
    field[2..4].copy_from_slice(&length);
    field[4..].copy_from_slice(&offset.to_le_bytes());
    field
}

/// A type 3, taken apart.
pub(super) struct Authenticate<'a> {
    pub(super) user: String,
    pub(super) domain: String,
    pub(super) workstation: String,
    /// The proof, the first sixteen bytes of the response.
    pub(super) proof: &'a [u8],
    /// What the proof is over, apart from the challenge.
    pub(super) blob: &'a [u8],
    pub(super) encrypted_key: &'a [u8],
    pub(super) flags: u32,
}

impl<'a> Authenticate<'a> {
    /// Takes a type 3 apart; nothing when a part lies outside it or the response is not version 2.
    pub(super) fn parse(token: &'a [u8]) -> Option<Self> {
        let response = part(token, 20)?;
        let (proof, blob) = response.split_at_checked(16)?;
        // A version 2 blob is at least its fixed part and the end of the list of pairs.
        if blob.len() < 32 {
            return None;
        }
        Some(Self {
            user: from_utf16le(part(token, 36)?),
            domain: from_utf16le(part(token, 28)?),
            workstation: from_utf16le(part(token, 44)?),
            proof,
            blob,
            encrypted_key: part(token, 52)?,
            flags: u32::from_le_bytes(*token.get(60..)?.first_chunk()?),
        })
    }

    /// Whether an integrity code was announced.
    pub(super) fn announces_mic(&self) -> bool {
        self.pair(AV_FLAGS)
            .and_then(|value| value.first_chunk::<4>())
            .is_some_and(|value| u32::from_le_bytes(*value) & MIC_PRESENT != 0)
    }

    /// The channel binding; all zeros mean none.
    pub(super) fn channel_binding(&self) -> Option<&'a [u8]> {
        self.pair(AV_CHANNEL_BINDINGS).filter(|value| value.iter().any(|byte| *byte != 0))
    }

    fn pair(&self, wanted: u16) -> Option<&'a [u8]> {
        let mut rest = self.blob.get(28..)?;
        loop {
            let (id, tail) = rest.split_first_chunk::<2>()?;
            let (length, tail) = tail.split_first_chunk::<2>()?;
            let (value, tail) = tail.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
            match u16::from_le_bytes(*id) {
                AV_END => return None,
                id if id == wanted => return Some(value),
                _ => rest = tail,
            }
        }
    }
}

/// The part that the field at `at` points to.
fn part(token: &[u8], at: usize) -> Option<&[u8]> {
    let field = token.get(at..at.checked_add(8)?)?;
    let length = usize::from(u16::from_le_bytes([field[0], field[1]]));
    let offset =
        usize::try_from(u32::from_le_bytes([field[4], field[5], field[6], field[7]])).ok()?;
    token.get(offset..offset.checked_add(length)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_names_the_computer_and_carries_a_time_stamp() {
        let message = challenge("WEB-01", [7; 8], 0x0102_0304_0506_0708);
        assert_eq!(&message[..12], b"NTLMSSP\0\x02\0\0\0");
        assert_eq!(&message[24..32], &[7; 8]);
        assert_eq!(part(&message, 12).map(from_utf16le).as_deref(), Some("WEB-01"));
        let info = part(&message, 40).unwrap();
        assert!(info.windows(12).any(|window| window == [7, 0, 8, 0, 8, 7, 6, 5, 4, 3, 2, 1]));
    }

    #[test]
    fn a_field_that_points_outside_is_refused() {
        let mut token = b"NTLMSSP\0\x03\0\0\0".to_vec();
        token.resize(88, 0xff);
        assert!(Authenticate::parse(&token).is_none());
        assert!(Authenticate::parse(&token[..20]).is_none());
    }

    #[test]
    fn messages_of_a_server_are_not_taken_from_a_client() {
        assert_eq!(kind(&challenge("WEB-01", [0; 8], 0)), None);
        assert_eq!(kind(b"NTLMSSP\0\x01\0\0\0"), Some(Kind::Negotiate));
        assert_eq!(kind(b"NTLMSSP"), None);
    }
}
