//! The first answer of an RDP conversation proper: which protocol version and which encryption of its own.

use super::desktop::Identity;

/// The largest connect message that is read.
pub(super) const LONGEST: usize = 8 * 1024;

/// The only cipher that the strictest level allows.
const FIPS: u32 = 16;

/// What the security block of an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encryption {
    /// TLS encrypts already.
    None,
    /// RDP's own, at this configured level.
    Own { level: u32 },
}

/// Answers a connect-initial message; nothing when it is none, or when its ciphers are not allowed.
pub(super) fn connect_response(
    message: &[u8],
    identity: &Identity,
    encryption: Encryption,
) -> Option<Vec<u8>> {
    let &[3, 0, _, _, 2, 0xf0, 0x80, 0x7f, 0x65, ref rest @ ..] = message else { return None };
    let security = match encryption {
        Encryption::None => block(0x0c02, &[0; 8]),
        Encryption::Own { level } => {
            let offered = offered_ciphers(rest)?;
            // The strongest of those that the client knows.
            let cipher = [FIPS, 2, 8, 1].into_iter().find(|cipher| offered & cipher != 0)?;
            if level == 4 && cipher != FIPS {
                return None;
            }
            let mut body = cipher.to_le_bytes().to_vec();
            body.extend(level.to_le_bytes());
            body.extend(32_u32.to_le_bytes());
            let certificate = proprietary_certificate();
            body.extend(u32::try_from(certificate.len()).ok()?.to_le_bytes());
            body.extend([0x5a; 32]); // The server's random number; nobody goes far enough to use it.
            body.extend(certificate);
            block(0x0c02, &body)
        }
    };
    let core = block(0x0c01, &[identity.protocol_version().to_le_bytes(), [0; 4]].concat());
    // The channel of input and output, and three that every client asks for.
    let network = block(0x0c03, &[0xeb, 0x03, 3, 0, 0xec, 0x03, 0xed, 0x03, 0xee, 0x03, 0, 0]);
    Some(framed(&[core, network, security].concat()))
}

/// The methods in the client's security block.
fn offered_ciphers(message: &[u8]) -> Option<u32> {
    let start = message.windows(4).position(|window| window == [0x02, 0xc0, 0x0c, 0x00])?;
    message.get(start + 4..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

fn block(kind: u16, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 4).unwrap_or(u16::MAX);
    [&kind.to_le_bytes()[..], &length.to_le_bytes(), body].concat()
}

/// The blocks inside GCC, MCS, X.224 and TPKT.
fn framed(blocks: &[u8]) -> Vec<u8> {
    let mut data = vec![0x00, 0x05, 0x00, 0x14, 0x7c, 0x00, 0x01, 0x2a];
    data.extend([0x14, 0x76, 0x0a, 0x01, 0x01, 0x00, 0x01, 0xc0, 0x00]);
    data.extend(b"McDn");
    let length = u16::try_from(blocks.len()).unwrap_or(0x3fff);
    match length.to_be_bytes() {
        [0, short] if short < 0x80 => data.push(short),
        [high, low] => data.extend([0x80 | high, low]),
    }
    data.extend(blocks);

    let mut response = vec![0x0a, 0x01, 0x00, 0x02, 0x01, 0x00]; // Successful; connection 0.
    response.extend([
        0x30, 0x1a, 0x02, 0x01, 0x22, 0x02, 0x01, 0x03, 0x02, 0x01, 0x00, 0x02, 0x01, 0x01,
    ]);
    response.extend([
        0x02, 0x01, 0x00, 0x02, 0x01, 0x01, 0x02, 0x03, 0x00, 0xff, 0xf8, 0x02, 0x01, 0x02,
    ]);
    response.extend([0x04, 0x82]);
    response.extend(length16(&data));
    response.extend(data);

    let mut message = vec![0x02, 0xf0, 0x80, 0x7f, 0x66, 0x82];
    message.extend(length16(&response));
    message.extend(response);
    let [high, low] = u16::try_from(message.len() + 4).unwrap_or(u16::MAX).to_be_bytes();
    [&[3, 0, high, low], message.as_slice()].concat()
}

fn length16(bytes: &[u8]) -> [u8; 2] {
    u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes()
}

/// A certificate of RDP's own kind with a 512-bit key that opens nothing.
fn proprietary_certificate() -> Vec<u8> {
    let mut key = b"RSA1".to_vec();
    for number in [0x48_u32, 0x200, 0x3f, 0x0001_0001] {
        key.extend(number.to_le_bytes());
    }
    key.extend([0xa5; 64]);
    key.extend([0; 8]);
    let mut certificate = Vec::new();
    for number in [1_u32, 1, 1] {
        certificate.extend(number.to_le_bytes());
    }
    certificate.extend(6_u16.to_le_bytes());
    certificate.extend(u16::try_from(key.len()).unwrap_or(u16::MAX).to_le_bytes());
    certificate.extend(key);
    certificate.extend([8, 0, 0x48, 0]);
    certificate.extend([0xa5; 64]);
    certificate.extend([0; 8]);
    certificate
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::OsRelease;

    fn identity() -> Identity {
        Identity {
            computer: "web-01".to_owned(),
            os: OsRelease::Server2012R2,
            now: 0,
            credssp: 6,
            refuses_ntlm: false,
            only_updated: false,
        }
    }

    fn initial(ciphers: u8) -> Vec<u8> {
        let head = [3, 0, 0, 20, 2, 0xf0, 0x80, 0x7f, 0x65];
        [&head[..], &[0x02, 0xc0, 0x0c, 0x00, ciphers, 0, 0, 0, 0, 0, 0, 0]].concat()
    }

    #[test]
    fn the_answer_is_as_long_as_the_documentation_shows_it() {
        let answer =
            connect_response(&initial(2), &identity(), Encryption::Own { level: 2 }).unwrap();
        assert_eq!(answer.len(), 0x151);
        assert_eq!(answer[..12], [3, 0, 1, 0x51, 2, 0xf0, 0x80, 0x7f, 0x66, 0x82, 1, 0x45]);
    }

    #[test]
    fn the_strictest_level_takes_one_cipher_only() {
        let strict = Encryption::Own { level: 4 };
        assert_eq!(connect_response(&initial(11), &identity(), strict), None);
        assert!(connect_response(&initial(27), &identity(), strict).is_some());
    }

    #[test]
    fn under_tls_there_is_no_encryption_of_its_own() {
        let answer = connect_response(&initial(0), &identity(), Encryption::None).unwrap();
        assert!(
            answer
                .windows(12)
                .any(|window| window == [0x02, 0x0c, 0x0c, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        );
    }

    #[test]
    fn anything_else_gets_no_answer() {
        assert_eq!(connect_response(b"GET / HTTP/1.1", &identity(), Encryption::None), None);
    }
}
