//! The old primitives that NTLM is made of: MD4, MD5, HMAC-MD5 and RC4.
//!
//! Weak by today's measure and spoken by every Windows host; nothing else may use them.

use hmac::{Hmac, KeyInit as _, Mac as _};
use md4::Md4;
use md5::{Digest as _, Md5};
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

/// RC4's key stream, which remembers where it is.
pub(super) fn rc4(key: &Block) -> Rc4 {
    // A key that is said twice is the same key to RC4, and this length cannot be refused.
    let mut twice = [0; 32];
    for (byte, of) in twice.iter_mut().zip(key.iter().cycle()) {
        *byte = *of;
    }
    Rc4::new(&twice.into())
}

/// UTF-16, little end first, in one piece from the beginning: what is wiped has left no copies where it grew.
pub(super) fn utf16(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(2 * text.len());
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    bytes
}

#[cfg(test)]
mod tests {
    use rc4::StreamCipher as _;

    use super::*;

    #[test]
    fn the_primitives_give_the_published_values() {
        // MS-NLMP 4.2.2.1.2 hashes the password "Password".
        let hash = md4(&utf16("Password"));
        assert_eq!(hash[..4], [0xa4, 0xf4, 0x9c, 0x40]);
        // RFC 6229, 128-bit key 0102..10, offset 0.
        let key: Block = std::array::from_fn(|at| u8::try_from(at + 1).unwrap_or(0));
        let mut stream = [0; 4];
        rc4(&key).apply_keystream(&mut stream);
        assert_eq!(stream, [0x9a, 0xc7, 0xcc, 0x9a]);
        // RFC 2202, test case 1.
        let code = hmac_md5(&[0x0b; 16], &[b"Hi There"]);
        assert_eq!(code[..4], [0x92, 0x94, 0x72, 0x7a]);
    }
}
