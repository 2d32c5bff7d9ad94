//! Signing and sealing with the key that a log-on left behind (MS-NLMP 3.4, extended session security).

use rc4::{Rc4, StreamCipher as _};

use super::cipher::{Block, hmac_md5, md5, rc4, same};

/// Bytes of a signature.
pub(crate) const SIGNATURE: usize = 16;

/// Both directions of one authenticated connection, seen from the server.
pub(crate) struct Session {
    incoming: Direction,
    outgoing: Direction,
    /// Kept for the start-over that SPNEGO's closing signature asks for.
    exported: Block,
}

struct Direction {
    sign: Block,
    cipher: Rc4,
    sequence: u32,
}

impl Direction {
    fn new(exported: &Block, sign: &[u8], seal: &[u8]) -> Self {
        Self { sign: md5(&[exported, sign]), cipher: rc4(&md5(&[exported, seal])), sequence: 0 }
    }

    fn client(exported: &Block) -> Self {
        Self::new(
            exported,
            b"session key to client-to-server signing key magic constant\0",
            b"session key to client-to-server sealing key magic constant\0",
        )
    }

    fn server(exported: &Block) -> Self {
        Self::new(
            exported,
            b"session key to server-to-client signing key magic constant\0",
            b"session key to server-to-client sealing key magic constant\0",
        )
    }

    /// The signature of the next message, whose text has gone through the cipher already.
    fn signature(&mut self, plain: &[u8]) -> [u8; SIGNATURE] {
        let sequence = self.sequence.to_le_bytes();
        self.sequence = self.sequence.wrapping_add(1);
        let code = hmac_md5(&self.sign, &[&sequence, plain]);
        let mut signature = [0; SIGNATURE];
        signature[0] = 1;
        signature[4..12].copy_from_slice(&code[..8]);
        self.cipher.apply_keystream(&mut signature[4..12]);
        signature[12..].copy_from_slice(&sequence);
        signature
    }
}

impl Session {
    pub(super) fn new(exported: &Block) -> Self {
        Self {
            incoming: Direction::client(exported),
            outgoing: Direction::server(exported),
            exported: *exported,
        }
    }

    /// Opens signature and cipher text; nothing when the signature is not right.
    pub(crate) fn unseal(&mut self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (signature, cipher_text) = sealed.split_at_checked(SIGNATURE)?;
        let mut plain = cipher_text.to_vec();
        self.incoming.cipher.apply_keystream(&mut plain);
        same(&self.incoming.signature(&plain), signature).then_some(plain)
    }

    /// Seals a message: its signature, and the text enciphered in place.
    pub(crate) fn seal(&mut self, mut plain: Vec<u8>) -> ([u8; SIGNATURE], Vec<u8>) {
        let clear = plain.clone();
        self.outgoing.cipher.apply_keystream(&mut plain);
        (self.outgoing.signature(&clear), plain)
    }

    /// Checks SPNEGO's signature over the list of mechanisms and gives ours; both streams then start over.
    pub(crate) fn exchange_mechanism_signatures(
        &mut self,
        mechanisms: &[u8],
        theirs: &[u8],
    ) -> Option<[u8; SIGNATURE]> {
        let right = same(&self.incoming.signature(mechanisms), theirs);
        let ours = self.outgoing.signature(mechanisms);
        // MS-SPNG 3.3.5.1: the cipher states are as new afterwards, the sequence numbers go on.
        self.incoming.cipher = Direction::client(&self.exported).cipher;
        self.outgoing.cipher = Direction::server(&self.exported).cipher;
        right.then_some(ours)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A session that sends what the other receives.
    fn mirrored(exported: &Block) -> Session {
        Session {
            incoming: Direction::server(exported),
            outgoing: Direction::client(exported),
            exported: *exported,
        }
    }

    #[test]
    fn the_signing_key_is_that_of_the_protocol_document() {
        // MS-NLMP 4.2.4.4: exported key 55 * 16.
        assert_eq!(
            Direction::client(&[0x55; 16]).sign,
            [
                0x47, 0x88, 0xdc, 0x86, 0x1b, 0x47, 0x82, 0xf3, 0x5d, 0x43, 0xfd, 0x98, 0xfe, 0x1a,
                0x2d, 0x39
            ]
        );
    }

    #[test]
    fn messages_open_in_their_order_only() {
        let (mut client, mut server) = (mirrored(&[3; 16]), Session::new(&[3; 16]));
        let (first, second) = (client.seal(b"one".to_vec()), client.seal(b"two".to_vec()));
        let glue =
            |(signature, text): &([u8; SIGNATURE], Vec<u8>)| [signature.as_slice(), text].concat();
        assert_eq!(server.unseal(&glue(&first)).as_deref(), Some(b"one".as_slice()));
        assert_eq!(server.unseal(&glue(&first)), None);
        let mut server = Session::new(&[3; 16]);
        assert_eq!(server.unseal(&glue(&second)), None);
    }
}
