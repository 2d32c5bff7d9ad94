//! The old primitives that NTLM is made of: MD4, MD5, HMAC-MD5 and RC4.
//!
//! Weak by today's measure and spoken by every Windows host; nothing else may use them.

use hmac::{Hmac, KeyInit as _, Mac as _};
use md4::Md4;
use md5::{Digest as _, Md5};

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

/// An RC4 key stream, which remembers where it is.
pub(super) struct Rc4 {
    state: [u8; 256],
    i: u8,
    j: u8,
}

impl Rc4 {
    pub(super) fn new(key: &Block) -> Self {
        let mut state = [0; 256];
        for (value, cell) in (0..=u8::MAX).zip(&mut state) {
            *cell = value;
        }
        let mut j = 0_u8;
        for i in 0..256 {
            j = j.wrapping_add(state[i]).wrapping_add(key[i % key.len()]);
            state.swap(i, usize::from(j));
        }
        Self { state, i: 0, j: 0 }
    }

    /// Enciphers or deciphers in place; the two are one operation.
    pub(super) fn apply(&mut self, data: &mut [u8]) {
        for byte in data {
            self.i = self.i.wrapping_add(1);
            self.j = self.j.wrapping_add(self.state[usize::from(self.i)]);
            self.state.swap(usize::from(self.i), usize::from(self.j));
            let at = self.state[usize::from(self.i)].wrapping_add(self.state[usize::from(self.j)]);
            *byte ^= self.state[usize::from(at)];
        }
    }
}

/// UTF-16, little end first.
pub(super) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primitives_give_the_published_values() {
        // MS-NLMP 4.2.2.1.2 hashes the password "Password".
        let hash = md4(&utf16("Password"));
        assert_eq!(hash[..4], [0xa4, 0xf4, 0x9c, 0x40]);
        // RFC 6229, 128-bit key 0102..10, offset 0.
        let key: Block = std::array::from_fn(|at| u8::try_from(at + 1).unwrap_or(0));
        let mut stream = [0; 4];
        Rc4::new(&key).apply(&mut stream);
        assert_eq!(stream, [0x9a, 0xc7, 0xcc, 0x9a]);
        // RFC 2202, test case 1.
        let code = hmac_md5(&[0x0b; 16], &[b"Hi There"]);
        assert_eq!(code[..4], [0x92, 0x94, 0x72, 0x7a]);
    }
}
