//! The envelope of a sealed message (MS-WSMV 2.2.9.1): refused at the slightest deviation, as http.sys does.

use crate::ntlm::{SIGNATURE, Session};

/// The content type of a sealed message.
pub(super) const CONTENT_TYPE: &str = "multipart/encrypted;protocol=\"application/HTTP-SPNEGO-session-encrypted\";boundary=\"Encrypted Boundary\"";

const OPENING: &[u8] = b"--Encrypted Boundary\r\n";
const PROTOCOL: &[u8] = b"\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n";
const ORIGINAL: &[u8] = b"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=";
const OCTETS: &[u8] = b"\tContent-Type: application/octet-stream\r\n";
const CLOSING: &[u8] = b"--Encrypted Boundary--";

/// Whether a content type says that the message is sealed.
pub(super) fn says_sealed(content_type: &str) -> bool {
    content_type.trim_start().to_ascii_lowercase().starts_with("multipart/encrypted")
}

/// Takes a sealed message out of its envelope; nothing when anything is not as it must be.
pub(super) fn open(session: &mut Session, body: &[u8]) -> Option<Vec<u8>> {
    let rest = strip(body, OPENING)?;
    let rest = strip(rest, PROTOCOL)?;
    let rest = strip(rest, ORIGINAL)?;
    let end = rest.iter().position(|byte| *byte == b'\r')?;
    let (digits, rest) = rest.split_at_checked(end)?;
    if digits.is_empty() || digits.len() > 9 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let length: usize = str::from_utf8(digits).ok()?.parse().ok()?;
    let rest = strip(strip(strip(rest, b"\r\n")?, OPENING)?, OCTETS)?;
    let (signature_length, rest) = rest.split_first_chunk::<4>()?;
    if u32::from_le_bytes(*signature_length) != 16 {
        return None;
    }
    let (sealed, rest) = rest.split_at_checked(SIGNATURE.checked_add(length)?)?;
    let rest = strip(rest, CLOSING)?;
    if !matches!(rest, b"" | b"\r\n") {
        return None;
    }
    session.unseal(sealed)
}

/// Clients differ in the case of header names, which means nothing.
fn strip<'a>(bytes: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (head, rest) = bytes.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Seals a message and puts it into its envelope.
pub(super) fn wrap(session: &mut Session, plain: Vec<u8>) -> Vec<u8> {
    let length = plain.len();
    let (signature, cipher_text) = session.seal(plain);
    let mut body = Vec::with_capacity(length + 300);
    for part in [
        OPENING,
        PROTOCOL,
        ORIGINAL,
        length.to_string().as_bytes(),
        b"\r\n",
        OPENING,
        OCTETS,
        &[16, 0, 0, 0],
        &signature,
        &cipher_text,
        CLOSING,
        b"\r\n",
    ] {
        body.extend_from_slice(part);
    }
    body
}
