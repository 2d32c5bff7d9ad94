//! The reader of a server's first TLS flight, which is in clear up to TLS 1.2.
//!
//! It stops at the `ServerHelloDone`, at a 1.3 `ServerHello`, or at an alert: what follows is either encrypted or not ours.

use rdpctl_model::handshake::TlsVersion;

use super::version_of;

/// The most that is read of one flight; a chain of certificates is a few kilobytes.
pub const LONGEST_FLIGHT: usize = 256 * 1024;
/// The most that one record may claim (16 KiB and what encryption adds).
const LONGEST_RECORD: usize = 17 * 1024;

/// What a server chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerHello {
    /// The version that it will really speak.
    pub version: TlsVersion,
    /// The number of the cipher suite.
    pub suite: u16,
}

/// Why nothing more is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The flight is whole.
    Complete,
    /// A fatal alert, or a close, with this description.
    Alert(u8),
    /// RDP without TLS where a record should have been.
    Plaintext,
    /// Bytes that are no TLS, or more of them than is sensible.
    Garbage,
}

/// A first flight as far as it was read.
#[derive(Debug, Default)]
pub struct Flight {
    /// The choice, once it came. Only this proves a version.
    pub hello: Option<ServerHello>,
    /// The certificates in clear, the server's own first, as they came.
    pub certificates: Vec<Vec<u8>>,
    /// Whether the server signed its key exchange, and so used its private key.
    pub key_exchange: bool,
    /// Why reading ended, once it did.
    pub end: Option<End>,
    records: Vec<u8>,
    messages: Vec<u8>,
    read: usize,
}

impl Flight {
    /// Takes the next bytes of the connection, in pieces of any size.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.end.is_some() {
            return;
        }
        self.read = self.read.saturating_add(bytes.len());
        self.records.extend_from_slice(bytes);
        self.take_records();
        if self.end.is_none() && self.read > LONGEST_FLIGHT {
            self.end = Some(End::Garbage);
        }
        if self.end.is_some() {
            self.records = Vec::new();
            self.messages = Vec::new();
        }
    }

    /// Whether the hello came with certificates under an exchange that must be signed, and no signature followed.
    #[must_use]
    pub fn lacks_key_exchange(&self) -> bool {
        !self.key_exchange
            && !self.certificates.is_empty()
            && self.hello.is_some_and(|hello| is_ephemeral(hello.suite))
    }

    fn take_records(&mut self) {
        let records = std::mem::take(&mut self.records);
        let mut rest = records.as_slice();
        while self.end.is_none() {
            let (kind, length, after) = match *rest {
                [3, ..] => return self.end = Some(End::Plaintext),
                [kind, ..] if !(20..=23).contains(&kind) => return self.end = Some(End::Garbage),
                [_, major, ..] if major != 3 => return self.end = Some(End::Garbage),
                [kind, _, _, high, low, ref after @ ..] => {
                    (kind, usize::from(u16::from_be_bytes([high, low])), after)
                }
                _ => break,
            };
            if length > LONGEST_RECORD {
                return self.end = Some(End::Garbage);
            }
            let Some((body, next)) = after.split_at_checked(length) else { break };
            rest = next;
            match kind {
                21 => self.take_alert(body),
                22 => self.take_messages(body),
                // Change cipher spec is noise between messages; application data cannot come yet.
                20 => {}
                _ => self.end = Some(End::Garbage),
            }
        }
        self.records = rest.to_vec();
    }

    fn take_alert(&mut self, body: &[u8]) {
        match *body {
            // A warning other than close_notify (an unknown name, say) ends nothing.
            [1, description] if description != 0 => {}
            [_, description] => self.end = Some(End::Alert(description)),
            _ => self.end = Some(End::Garbage),
        }
    }

    fn take_messages(&mut self, body: &[u8]) {
        let mut messages = std::mem::take(&mut self.messages);
        messages.extend_from_slice(body);
        let mut rest = messages.as_slice();
        while let &[kind, a, b, c, ref after @ ..] = rest
            && self.end.is_none()
        {
            let length = usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap_or(usize::MAX);
            if length > LONGEST_FLIGHT {
                return self.end = Some(End::Garbage);
            }
            let Some((body, next)) = after.split_at_checked(length) else { break };
            rest = next;
            self.take_message(kind, body);
        }
        self.messages = rest.to_vec();
    }

    fn take_message(&mut self, kind: u8, body: &[u8]) {
        match kind {
            2 if self.hello.is_none() => match server_hello(body) {
                Some(hello) => {
                    self.hello = Some(hello);
                    if hello.version == TlsVersion::V1_3 {
                        self.end = Some(End::Complete);
                    }
                }
                None => self.end = Some(End::Garbage),
            },
            // Nothing is worth reading before the hello.
            _ if self.hello.is_none() => self.end = Some(End::Garbage),
            11 if self.certificates.is_empty() => match certificates(body) {
                Some(list) => self.certificates = list,
                None => self.end = Some(End::Garbage),
            },
            12 => self.key_exchange = true,
            14 => self.end = Some(End::Complete),
            // A request for a client certificate, a stapled status: not asked for, harmless.
            _ => {}
        }
    }
}

/// Reads the version (the extension's when there is one) and the suite of a `ServerHello` or `HelloRetryRequest`.
fn server_hello(body: &[u8]) -> Option<ServerHello> {
    let legacy = u16::from_be_bytes([*body.first()?, *body.get(1)?]);
    let session = usize::from(*body.get(34)?);
    let rest = body.get(35 + session..)?;
    let &[suite_high, suite_low, _compression, ref rest @ ..] = rest else { return None };
    let version = match extension(rest, 0x002b) {
        Some(&[high, low]) => u16::from_be_bytes([high, low]),
        Some(_) => return None,
        None => legacy,
    };
    Some(ServerHello {
        version: version_of(version)?,
        suite: u16::from_be_bytes([suite_high, suite_low]),
    })
}

/// Finds one extension in a block that starts with its own length.
fn extension(block: &[u8], wanted: u16) -> Option<&[u8]> {
    let (_, mut rest) = block.split_at_checked(2)?;
    while let &[kind_high, kind_low, high, low, ref after @ ..] = rest {
        let (data, next) = after.split_at_checked(usize::from(u16::from_be_bytes([high, low])))?;
        if u16::from_be_bytes([kind_high, kind_low]) == wanted {
            return Some(data);
        }
        rest = next;
    }
    None
}

/// Splits a Certificate message (up to TLS 1.2) into its certificates.
fn certificates(body: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (_, mut rest) = body.split_at_checked(3)?;
    let mut list = Vec::new();
    while let &[a, b, c, ref after @ ..] = rest {
        let length = usize::try_from(u32::from_be_bytes([0, a, b, c])).ok()?;
        let (certificate, next) = after.split_at_checked(length)?;
        list.push(certificate.to_vec());
        rest = next;
    }
    rest.is_empty().then_some(list)
}

/// Whether a suite's key exchange is signed with the certificate's key; plain RSA exchange leaves the key unproven.
fn is_ephemeral(suite: u16) -> bool {
    matches!(suite, 0xc007..=0xc014 | 0xc023..=0xc030 | 0xcca8 | 0xcca9 | 0x009e | 0x009f | 0x0016 | 0x0033 | 0x0039 | 0x0067 | 0x006b)
}

/// Whether current clients no longer offer a suite: all but ECDHE with authenticated encryption, and TLS 1.3.
#[must_use]
pub fn is_old(suite: u16) -> bool {
    !matches!(suite, 0x1301..=0x1303 | 0xc02b | 0xc02c | 0xc02f | 0xc030 | 0xcca8 | 0xcca9)
}

/// The name of a cipher suite, as the registry of TLS gives it, for those that a probe offers.
#[must_use]
pub fn suite_name(suite: u16) -> Option<&'static str> {
    SUITE_NAMES.iter().find(|(number, _)| *number == suite).map(|(_, name)| *name)
}

const SUITE_NAMES: &[(u16, &str)] = &[
    (0x1301, "TLS_AES_128_GCM_SHA256"),
    (0x1302, "TLS_AES_256_GCM_SHA384"),
    (0x1303, "TLS_CHACHA20_POLY1305_SHA256"),
    (0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    (0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    (0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"),
    (0xc028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
    (0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
    (0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0x006b, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"),
    (0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
    (0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
    (0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
    (0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
    (0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"),
    (0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
    (0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384"),
    (0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256"),
    (0x003d, "TLS_RSA_WITH_AES_256_CBC_SHA256"),
    (0x003c, "TLS_RSA_WITH_AES_128_CBC_SHA256"),
    (0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"),
    (0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA"),
    (0xc012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0xc008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0xc011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA"),
    (0xc007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"),
    (0x0005, "TLS_RSA_WITH_RC4_128_SHA"),
    (0x0004, "TLS_RSA_WITH_RC4_128_MD5"),
];
