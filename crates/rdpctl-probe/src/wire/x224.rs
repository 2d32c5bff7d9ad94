//! X.224: the request that opens an RDP conversation, and the reader of its answer.

use serde::Serialize;

/// The security protocols that a request offers: a set of bits, 0 for standard RDP security.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Protocols(pub u32);

impl Protocols {
    /// RDP's own encryption, without TLS.
    pub const STANDARD: Self = Self(0);
    /// TLS alone.
    pub const TLS: Self = Self(1);
    /// CredSSP over TLS (NLA).
    pub const HYBRID: Self = Self(2);
    /// CredSSP with an early result.
    pub const HYBRID_EX: Self = Self(8);
    /// What a current client offers. RDSTLS and RDSAAD stay out: xrdp hangs up on bits that it does not know.
    pub const MAIN: Self = Self(1 | 2 | 8);

    /// Whether the server will speak CredSSP, and so hand out an NTLM challenge.
    #[must_use]
    pub fn is_nla(self) -> bool {
        self.0 & (Self::HYBRID.0 | Self::HYBRID_EX.0) != 0
    }

    /// Whether a server may choose this after the main request: one of its protocols, or none of them.
    #[must_use]
    pub fn was_offered(self) -> bool {
        [Self::STANDARD, Self::TLS, Self::HYBRID, Self::HYBRID_EX].contains(&self)
    }

    /// Whether TLS follows this choice.
    #[must_use]
    pub fn is_tls(self) -> bool {
        self.was_offered() && self != Self::STANDARD
    }
}

/// What a server answered to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// It chose; perhaps less than was asked, perhaps standard RDP.
    Selected {
        /// The protocol that it will speak.
        selected: Protocols,
        /// Its capabilities.
        flags: u8,
    },
    /// It refused, with a code.
    Failure {
        /// The code of [MS-RDPBCGR] 2.2.1.2.2.
        failure: u32,
    },
    /// It gave no negotiation data at all.
    Without(Without),
}

/// The ways to answer a request without negotiation data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Without {
    /// A confirm of a server that is older than the negotiation.
    NoNegotiation,
    /// An MCS or X.224 disconnect.
    Disconnect,
    /// The connection was closed before a byte came.
    Closed,
    /// The connection was reset.
    Reset,
    /// Nothing, or not enough, came in time.
    Silent,
    /// Bytes that are no confirm.
    Malformed,
}

/// The largest answer worth reading; a confirm has 19 bytes.
pub const LONGEST: usize = 512;

/// How far the bytes read so far go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scan {
    /// This many more bytes are needed.
    Need(usize),
    /// The answer is whole.
    Whole(Answer),
}

/// The request for `protocols`.
///
/// No routing cookie: it is optional, can steer a broker, and puts a name into logs.
#[must_use]
pub fn request(protocols: Protocols) -> [u8; 19] {
    let [a, b, c, d] = protocols.0.to_le_bytes();
    [0x03, 0, 0, 0x13, 0x0e, 0xe0, 0, 0, 0, 0, 0, 0x01, 0, 0x08, 0, a, b, c, d]
}

/// Reads an answer from its first bytes; call again with more when it needs them.
#[must_use]
pub fn scan(bytes: &[u8]) -> Scan {
    let &[version, reserved, high, low, ref rest @ ..] = bytes else {
        // A first byte that no TPKT has is known at once, so a banner is never waited for.
        return match bytes.first() {
            Some(&first) if first != 3 => Scan::Whole(Answer::Without(Without::Malformed)),
            Some(_) | None => Scan::Need(4 - bytes.len()),
        };
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if version != 3 || reserved != 0 || !(7..=LONGEST).contains(&length) {
        return Scan::Whole(Answer::Without(Without::Malformed));
    }
    match (length - 4).checked_sub(rest.len()) {
        Some(missing) if missing > 0 => Scan::Need(missing),
        Some(_) | None => Scan::Whole(answer(rest.get(..length - 4).unwrap_or(rest))),
    }
}

/// Reads the X.224 message inside a whole TPKT.
fn answer(message: &[u8]) -> Answer {
    let malformed = Answer::Without(Without::Malformed);
    let Some(code) = message.get(1) else { return malformed };
    match code & 0xf0 {
        0xd0 => confirm(message),
        0x80 => Answer::Without(Without::Disconnect),
        // A data message; MCS choice 8 is the disconnect provider ultimatum.
        0xf0 if message.get(3).is_some_and(|mcs| mcs >> 2 == 8) => {
            Answer::Without(Without::Disconnect)
        }
        _ => malformed,
    }
}

fn confirm(message: &[u8]) -> Answer {
    // Length indicator, code, two references, class: seven bytes before the negotiation block.
    let Some(block) = message.get(7..).filter(|block| block.len() >= 8) else {
        return Answer::Without(Without::NoNegotiation);
    };
    match *block {
        [0x02, flags, _, _, a, b, c, d, ..] => {
            Answer::Selected { selected: Protocols(u32::from_le_bytes([a, b, c, d])), flags }
        }
        [0x03, _, _, _, a, b, c, d, ..] => {
            Answer::Failure { failure: u32::from_le_bytes([a, b, c, d]) }
        }
        _ => Answer::Without(Without::Malformed),
    }
}

/// The name that the specification gives a failure code.
#[must_use]
pub fn failure_name(code: u32) -> Option<&'static str> {
    match code {
        1 => Some("SSL_REQUIRED_BY_SERVER"),
        2 => Some("SSL_NOT_ALLOWED_BY_SERVER"),
        3 => Some("SSL_CERT_NOT_ON_SERVER"),
        4 => Some("INCONSISTENT_FLAGS"),
        5 => Some("HYBRID_REQUIRED_BY_SERVER"),
        6 => Some("SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER"),
        _ => None,
    }
}

/// The first bytes of something that is not RDP, fit to print: 32 at most, everything but plain ASCII as a dot.
#[must_use]
pub fn printable(bytes: &[u8]) -> String {
    let shown = bytes
        .iter()
        .take(32)
        .map(|&byte| if (0x20..0x7f).contains(&byte) { char::from(byte) } else { '.' });
    shown.collect::<String>().trim_end_matches('.').to_owned()
}
