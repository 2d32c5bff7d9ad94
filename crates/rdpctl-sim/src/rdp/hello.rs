//! Reading a client's hello: which versions and suites it offers.

use crate::guest::TlsVersion;

/// The largest hello that is read; with post-quantum shares they come near to two kilobytes.
const LONGEST: usize = 16 * 1024;

/// What a client offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClientHello {
    /// The version in the body, which is the highest one of clients that know no TLS 1.3.
    pub(super) legacy: u16,
    /// The versions that it lists, if it lists any.
    pub(super) listed: Vec<u16>,
    pub(super) suites: Vec<u16>,
}

/// How far the bytes read so far go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// More bytes are needed.
    More,
    /// A whole hello.
    Hello(ClientHello),
    /// It is none, or too long.
    Garbage,
}

/// The number of a version on the wire.
pub(super) fn code(version: TlsVersion) -> u16 {
    match version {
        TlsVersion::Ssl30 => 0x0300,
        TlsVersion::Tls10 => 0x0301,
        TlsVersion::Tls11 => 0x0302,
        TlsVersion::Tls12 => 0x0303,
        TlsVersion::Tls13 => 0x0304,
    }
}

impl ClientHello {
    /// Whether the client would speak a version.
    pub(super) fn offers(&self, version: TlsVersion) -> bool {
        if self.listed.is_empty() {
            // Without a list nobody means TLS 1.3.
            version < TlsVersion::Tls13 && code(version) <= self.legacy
        } else {
            self.listed.contains(&code(version))
        }
    }
}

/// Reads a hello from the records at the beginning of a connection.
pub(super) fn scan(mut bytes: &[u8]) -> Scan {
    let mut message: Vec<u8> = Vec::new();
    loop {
        if let [1, a, b, c, rest @ ..] = message.as_slice() {
            let length = usize::try_from(u32::from_be_bytes([0, *a, *b, *c])).unwrap_or(usize::MAX);
            if length > LONGEST {
                return Scan::Garbage;
            }
            if let Some(body) = rest.get(..length) {
                return parse(body).map_or(Scan::Garbage, Scan::Hello);
            }
        } else if message.first().is_some_and(|kind| *kind != 1) {
            return Scan::Garbage;
        }
        let (length, rest) = match *bytes {
            [22, 3, _, high, low, ref rest @ ..] => {
                (usize::from(u16::from_be_bytes([high, low])), rest)
            }
            [] | [22] | [22, 3] | [22, 3, _] | [22, 3, _, _] => return Scan::More,
            _ => return Scan::Garbage,
        };
        if length == 0 || message.len() + length > LONGEST {
            return Scan::Garbage;
        }
        let Some((body, next)) = rest.split_at_checked(length) else { return Scan::More };
        message.extend_from_slice(body);
        bytes = next;
    }
}

fn parse(body: &[u8]) -> Option<ClientHello> {
    let (legacy, rest) = body.split_first_chunk::<2>()?;
    let (_, rest) = rest.split_first_chunk::<32>()?;
    let (session, rest) = rest.split_first()?;
    let rest = rest.get(usize::from(*session)..)?;
    let (suites, rest) = block(rest)?;
    let (compression, rest) = rest.split_first()?;
    let rest = rest.get(usize::from(*compression)..)?;
    let mut listed = Vec::new();
    if let Some((mut extensions, _)) = block(rest) {
        while let Some((kind, after)) = extensions.split_first_chunk::<2>() {
            let (data, next) = block(after)?;
            if u16::from_be_bytes(*kind) == 0x002b {
                listed = numbers(data.get(1..)?);
            }
            extensions = next;
        }
    }
    Some(ClientHello { legacy: u16::from_be_bytes(*legacy), listed, suites: numbers(suites) })
}

/// Splits a block behind its 16-bit length.
fn block(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

fn numbers(bytes: &[u8]) -> Vec<u16> {
    bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hello for at most TLS 1.1 with two suites and one extension.
    const OLD: &[u8] = &[
        22, 3, 1, 0, 53, 1, 0, 0, 49, 3, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
        17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 0, 0, 4, 0xc0, 0x0a, 0,
        0x35, 1, 0, 0, 4, 0, 0x17, 0, 0,
    ];

    #[test]
    fn an_old_hello_offers_everything_up_to_its_version() {
        let Scan::Hello(hello) = scan(OLD) else { panic!("a whole hello") };
        assert_eq!((hello.legacy, hello.suites.as_slice()), (0x0302, &[0xc00a, 0x0035][..]));
        assert!(hello.offers(TlsVersion::Tls10) && hello.offers(TlsVersion::Tls11));
        assert!(!hello.offers(TlsVersion::Tls12) && !hello.offers(TlsVersion::Tls13));
    }

    #[test]
    fn a_list_of_versions_wins_over_the_version() {
        let hello = ClientHello { legacy: 0x0303, listed: vec![0x0304], suites: vec![] };
        assert!(hello.offers(TlsVersion::Tls13) && !hello.offers(TlsVersion::Tls12));
    }

    #[test]
    fn a_hello_is_waited_for_and_everything_else_is_not() {
        for read in 0..OLD.len() {
            assert_eq!(scan(&OLD[..read]), Scan::More, "after {read} bytes");
        }
        for bytes in [
            &[3, 0, 0, 9][..],
            b"GET /",
            &[22, 3, 1, 0, 4, 2, 0, 0, 0],
            &[22, 3, 1, 0, 0],
            &[21, 3, 1],
        ] {
            assert_eq!(scan(bytes), Scan::Garbage, "{bytes:?}");
        }
    }
}
