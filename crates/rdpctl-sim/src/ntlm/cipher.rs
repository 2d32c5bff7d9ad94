//! The old primitives that NTLM is made of: MD4, MD5, HMAC-MD5 and RC4.
//!
//! Weak by today's measure and spoken by every Windows host; nothing else in the project may use them.

use hmac::{Hmac, KeyInit, Mac};
use md4::Md4;
use md5::{Digest, Md5};
use rc4::Rc4;

/// A digest or key of MD4 or MD5.
pub(super) type Block = [u8; 16];

/// MD4.
pub(super) fn md4(data: &[u8]) -> Block {
    Md4::digest(data).into()
}

/// MD5 over the parts in their order.
pub(super) fn md5(parts: &[&[u8]]) -> Block {
    let mut hasher = Md5::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// HMAC-MD5 over the parts in their order.
pub(super) fn hmac_md5(key: &Block, parts: &[&[u8]]) -> Block {
    // A key shorter than MD5's block counts as if filled up with zeros.
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let mut mac = Hmac::<Md5>::new(&block.into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Compares without telling by the time taken where two blocks differ.
pub(super) fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |seen, (a, b)| seen | (a ^ b)) == 0
}

/// UTF-16, little end first.
pub(super) fn utf16le(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// UTF-16, little end first, back into text; what is not valid is replaced.
pub(super) fn from_utf16le(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// RC4's key stream, which remembers where it is.
pub(super) fn rc4(key: &Block) -> Rc4 {
    // A key that is said twice is the same key to RC4, and this length cannot be refused.
    let mut twice = [0; 32];
    for (byte, of) in twice.iter_mut().zip(key.iter().cycle()) {
        *byte = *of;
    }
    Rc4::new(&twice.into())
}

#[cfg(test)]
mod tests {
    use rc4::StreamCipher as _;

    use super::*;

    #[test]
    fn rc4_gives_the_published_key_stream() {
        // RFC 6229, 128-bit key 0102..10, offset 0.
        let key: Block = std::array::from_fn(|at| u8::try_from(at + 1).unwrap_or(0));
        let mut stream = [0; 16];
        rc4(&key).apply_keystream(&mut stream);
        assert_eq!(
            stream,
            [
                0x9a, 0xc7, 0xcc, 0x9a, 0x60, 0x9d, 0x1e, 0xf7, 0xb2, 0x93, 0x28, 0x99, 0xcd, 0xe4,
                0x1b, 0x97
            ]
        );
    }

    #[test]
    fn the_nt_hash_is_that_of_the_protocol_document() {
        // MS-NLMP 4.2.2.1.2 hashes the password "Password".
        assert_eq!(
            md4(&utf16le("Password")),
            [
                0xa4, 0xf4, 0x9c, 0x40, 0x65, 0x10, 0xbd, 0xca, 0xb6, 0x82, 0x4e, 0xe7, 0xc3, 0x0f,
                0xd8, 0x52
            ]
        );
    }

    #[test]
    fn texts_survive_utf16() {
        assert_eq!(from_utf16le(&utf16le("관리자")), "관리자");
    }
}
