//! CredSSP as far as a stranger gets: the NTLM challenge, and a refusal of whatever follows.

use super::desktop::Identity;

/// The largest request that is read.
pub(super) const LONGEST: usize = 16 * 1024;

/// The package will not be had: what a server answers to NTLM that it takes from nobody.
const NOT_SUPPORTED: u32 = 0x8009_0302;
const LOGON_FAILURE: u32 = 0xc000_006d;
/// What a server outside a domain answers to a client that offers everything.
const FLAGS: u32 = 0xe28a_8235;
const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";
/// NTLM's object identifier, as DER.
const NTLM_OID: &[u8] = &[0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a];

/// The length of a request as its first bytes tell; `None` until they do.
pub(super) fn length(bytes: &[u8]) -> Option<Result<usize, NoRequest>> {
    let length = match *bytes {
        [] | [0x30] | [0x30, 0x81 | 0x82] | [0x30, 0x82, _] => return None,
        [0x30, short, ..] if short < 0x80 => 2 + usize::from(short),
        [0x30, 0x81, length, ..] => 3 + usize::from(length),
        [0x30, 0x82, high, low, ..] => 4 + usize::from(u16::from_be_bytes([high, low])),
        _ => return Some(Err(NoRequest)),
    };
    Some(if length <= LONGEST { Ok(length) } else { Err(NoRequest) })
}

/// Something else than a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoRequest;

/// The answer to a request, and whether the server hangs up after it.
pub(super) struct Answer {
    pub(super) bytes: Vec<u8>,
    pub(super) is_last: bool,
}

/// Answers one request; nothing when it holds no message of NTLM.
pub(super) fn answer(request: &[u8], identity: &Identity, nonce: [u8; 8]) -> Option<Answer> {
    let start = request.windows(SIGNATURE.len()).position(|window| window == SIGNATURE)?;
    let version = identity.credssp;
    if *request.get(start + 8)? == 1 {
        if identity.refuses_ntlm {
            let code = [&[0x02, 0x04][..], &NOT_SUPPORTED.to_be_bytes()].concat();
            let bytes = ts_request(version, &element(0xa4, &code));
            return Some(Answer { bytes, is_last: true });
        }
        let challenge = challenge(identity, nonce);
        // A client that wrapped its message wants the answer wrapped.
        let is_wrapped = request.windows(NTLM_OID.len()).any(|window| window == NTLM_OID);
        let token = if is_wrapped { wrapped(&challenge) } else { challenge };
        let tokens = element(0x30, &element(0x30, &element(0xa0, &element(0x04, &token))));
        return Some(Answer {
            bytes: ts_request(version, &element(0xa1, &tokens)),
            is_last: false,
        });
    }
    // Windows writes the status as a signed number, so four bytes do.
    let code = [&[0x02, 0x04][..], &LOGON_FAILURE.to_be_bytes()].concat();
    Some(Answer { bytes: ts_request(version, &element(0xa4, &code)), is_last: true })
}

fn ts_request(version: u8, field: &[u8]) -> Vec<u8> {
    element(0x30, &[&element(0xa0, &[0x02, 0x01, version])[..], field].concat())
}

/// The first answer of SPNEGO: incomplete so far, by NTLM.
fn wrapped(token: &[u8]) -> Vec<u8> {
    let state = element(0xa0, &[0x0a, 0x01, 0x01]);
    let mechanism = element(0xa1, NTLM_OID);
    let response = element(0xa2, &element(0x04, token));
    element(0xa1, &element(0x30, &[state, mechanism, response].concat()))
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

fn challenge(identity: &Identity, nonce: [u8; 8]) -> Vec<u8> {
    let (netbios, dns) = (utf16(&identity.netbios()), utf16(&identity.computer));
    let mut info = Vec::new();
    // Outside a domain the machine is its own domain.
    for (id, value) in [
        (2_u16, netbios.as_slice()),
        (1, &netbios),
        (4, &dns),
        (3, &dns),
        (7, &identity.file_time().to_le_bytes()),
        (0, &[]),
    ] {
        info.extend(id.to_le_bytes());
        info.extend(length16(value).to_le_bytes());
        info.extend(value);
    }
    let (major, minor, build) = identity.version();
    let mut message = SIGNATURE.to_vec();
    message.extend(2_u32.to_le_bytes());
    message.extend(descriptor(&netbios, 56));
    message.extend(FLAGS.to_le_bytes());
    message.extend(nonce);
    message.extend([0; 8]);
    message.extend(descriptor(&info, 56 + u32::from(length16(&netbios))));
    message.extend([major, minor]);
    message.extend(build.to_le_bytes());
    message.extend([0, 0, 0, 15]);
    message.extend(&netbios);
    message.extend(&info);
    message
}

fn descriptor(bytes: &[u8], offset: u32) -> [u8; 8] {
    let [low, high] = length16(bytes).to_le_bytes();
    let [a, b, c, d] = offset.to_le_bytes();
    [low, high, low, high, a, b, c, d]
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn length16(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::guest::OsRelease;

    fn identity() -> Identity {
        Identity {
            computer: "web-01".to_owned(),
            os: OsRelease::Server2022,
            now: 1_795_306_687_000,
            credssp: 6,
            refuses_ntlm: false,
        }
    }

    const NEGOTIATE: &[u8] = b"\x30\x11\xa1\x0f\x30\x0d\x30\x0b\xa0\x09\x04\x09NTLMSSP\0\x01";

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        })
    }

    #[test]
    fn a_challenge_tells_names_version_and_clock() {
        let answer = answer(NEGOTIATE, &identity(), [7; 8]).unwrap();
        assert!(!answer.is_last);
        let text = hex(&answer.bytes);
        assert!(text.starts_with("3081a8a003020106a181a030819d30819aa081970481944e544c4d53535000"));
        // WEB-01 as the target, version 10.0.20348, and the pair of the clock.
        assert!(text.contains("5700450042002d0030003100"));
        assert!(text.contains("0a007c4f0000000f"));
        assert!(text.contains("0700080080c9a8f2167add01"));
    }

    #[test]
    fn a_wrapped_message_is_answered_wrapped() {
        let wrapped = [NTLM_OID, &NEGOTIATE[11..]].concat();
        let answer = answer(&wrapped, &identity(), [7; 8]).unwrap();
        assert!(hex(&answer.bytes).contains(&hex(NTLM_OID)));
    }

    #[test]
    fn whatever_follows_is_a_wrong_password() {
        let authenticate = b"\x30\x0bNTLMSSP\0\x03\0\0\0";
        let answer = answer(authenticate, &identity(), [7; 8]).unwrap();
        assert!(answer.is_last);
        assert_eq!(hex(&answer.bytes), "300da003020106a4060204c000006d");
    }

    #[test]
    fn a_request_tells_its_length_and_not_too_much() {
        assert_eq!(length(b"\x30\x37"), Some(Ok(57)));
        assert_eq!(length(b"\x30\x82\x01"), None);
        assert_eq!(length(b"\x30\x82\x01\x00"), Some(Ok(260)));
        assert_eq!(length(b"\x30\x82\xff\xff"), Some(Err(NoRequest)));
        assert_eq!(length(b"\x16\x03"), Some(Err(NoRequest)));
    }
}
