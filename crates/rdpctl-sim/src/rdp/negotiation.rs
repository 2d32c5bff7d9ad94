//! The first exchange: what Windows answers to a connection request, by the listener's settings.

use crate::guest::{KeyFault, KeyMaterial, RdpListener};

/// The largest connection request: a routing cookie may stand before the negotiation block.
pub(super) const LONGEST: usize = 512;

const TLS: u32 = 1;
const HYBRID: u32 = 2;
const RDSTLS: u32 = 4;
pub(super) const HYBRID_EX: u32 = 8;

/// What current Windows servers announce with a choice: graphics pipeline, restricted admin, remote guard and so on.
const FLAGS: u8 = 0x1f;

/// What a client asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// These protocols.
    Protocols(u32),
    /// An old client, which knows of no negotiation.
    Old,
}

/// The codes of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    TlsRequired = 1,
    TlsNotAllowed = 2,
    NoCertificate = 3,
    Inconsistent = 4,
    HybridRequired = 5,
}

/// What the listener does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It closes the connection without a word.
    HangUp,
    /// It refuses, with a code.
    Refuse(Failure),
    /// It goes on with standard RDP security.
    Standard,
    /// It goes on with TLS.
    Tls,
    /// It goes on with TLS and CredSSP; the number is the one that it names.
    CredSsp(u32),
}

/// Reads a whole request; `None` for anything else.
pub(super) fn parse(bytes: &[u8]) -> Option<Request> {
    let &[3, 0, high, low, _, 0xe0, _, _, _, _, _, ref rest @ ..] = bytes else { return None };
    if usize::from(u16::from_be_bytes([high, low])) != bytes.len() {
        return None;
    }
    // The block stands at the end, behind a cookie or token that ends a line.
    let block = match rest.windows(2).position(|pair| pair == b"\r\n") {
        Some(end) if rest.starts_with(b"Cookie:") || rest.starts_with(b"tsv:") => {
            rest.get(end + 2..)?
        }
        Some(_) | None => rest,
    };
    match *block {
        [] => Some(Request::Old),
        [1, _, 8, 0, a, b, c, d, ..] => Some(Request::Protocols(u32::from_le_bytes([a, b, c, d]))),
        _ => None,
    }
}

/// Decides as Windows does.
pub(super) fn decide(listener: &RdpListener, request: Request) -> Decision {
    let wants_nla = listener.user_authentication == 1;
    let (may_standard, may_tls) = match (listener.security_layer, listener.allow_negotiation) {
        (0, _) | (1 | 2, 0) => (true, false),
        (1, _) => (true, true),
        (2, _) => (false, true),
        // A value outside the set ends every connection at once.
        (_, _) => return Decision::HangUp,
    };
    let asked = match request {
        Request::Protocols(protocols) => protocols,
        Request::Old => 0,
    };
    let credssp = [HYBRID_EX, HYBRID].into_iter().find(|bit| asked & bit != 0);
    let any_tls = asked & (TLS | HYBRID | RDSTLS | HYBRID_EX) != 0;
    if any_tls && !may_tls {
        // NLA demanded over a layer that cannot carry it: whatever a client offers contradicts one of the two.
        return Decision::Refuse(if wants_nla {
            Failure::Inconsistent
        } else {
            Failure::TlsNotAllowed
        });
    }
    if wants_nla && credssp.is_none() {
        return Decision::Refuse(Failure::HybridRequired);
    }
    if !any_tls {
        return if may_standard {
            Decision::Standard
        } else {
            Decision::Refuse(Failure::TlsRequired)
        };
    }
    if matches!(
        listener.key,
        KeyMaterial::Unusable(KeyFault::NoCertificate | KeyFault::PinnedMissing)
    ) {
        return Decision::Refuse(Failure::NoCertificate);
    }
    match credssp {
        Some(protocol) => Decision::CredSsp(protocol),
        None if asked & TLS != 0 => Decision::Tls,
        // RDSTLS alone needs a redirection that nobody gave.
        None => Decision::Refuse(Failure::TlsRequired),
    }
}

/// The bytes that tell a decision; nothing for a hang-up.
pub(super) fn answer(decision: Decision, request: Request) -> Vec<u8> {
    let (kind, flags, number) = match decision {
        Decision::HangUp => return Vec::new(),
        Decision::Standard if request == Request::Old => {
            return vec![3, 0, 0, 11, 6, 0xd0, 0, 0, 0x12, 0x34, 0];
        }
        Decision::Standard => (2, FLAGS, 0),
        Decision::Tls => (2, FLAGS, TLS),
        Decision::CredSsp(protocol) => (2, FLAGS, protocol),
        Decision::Refuse(failure) => (3, 0, failure as u32),
    };
    let [a, b, c, d] = number.to_le_bytes();
    vec![3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, kind, flags, 8, 0, a, b, c, d]
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn listener(layer: u32, nla: u32, negotiation: u32) -> RdpListener {
        RdpListener {
            port: 3389,
            security_layer: layer,
            user_authentication: nla,
            allow_negotiation: negotiation,
            min_encryption_level: 3,
            logons_disabled: false,
            tls_versions: Vec::new(),
            tls_usable: Vec::new(),
            fips: false,
            stumbles_over_tls13: false,
            certificate: None,
            key: KeyMaterial::Usable(Vec::new()),
        }
    }

    /// What the listener answers to requests 0, 1, 3, 8 and 11: `s` and the choice, or `f` and the failure.
    fn row(listener: &RdpListener) -> String {
        let cell = |asked| match decide(listener, Request::Protocols(asked)) {
            Decision::HangUp => "-".to_owned(),
            Decision::Refuse(failure) => format!("f{}", failure as u32),
            Decision::Standard => "s0".to_owned(),
            Decision::Tls => "s1".to_owned(),
            Decision::CredSsp(protocol) => format!("s{protocol}"),
        };
        [0, 1, 3, 8, 11].map(cell).join(" ")
    }

    #[test]
    fn settings_decide_what_is_agreed_on() {
        for (layer, nla, negotiation, answers) in [
            (2, 1, 1, "f5 f5 s2 s8 s8"),
            (1, 1, 1, "f5 f5 s2 s8 s8"),
            (2, 0, 1, "f1 s1 s2 s8 s8"),
            (1, 0, 1, "s0 s1 s2 s8 s8"),
            (0, 0, 1, "s0 f2 f2 f2 f2"),
            (2, 0, 0, "s0 f2 f2 f2 f2"),
            (0, 1, 1, "f5 f4 f4 f4 f4"),
            (2, 1, 0, "f5 f4 f4 f4 f4"),
            (3, 1, 1, "- - - - -"),
            (7, 0, 0, "- - - - -"),
        ] {
            assert_eq!(
                row(&listener(layer, nla, negotiation)),
                answers,
                "{layer} {nla} {negotiation}"
            );
        }
    }

    #[test]
    fn without_a_certificate_tls_is_refused_and_with_an_unreadable_key_it_is_not() {
        let with = |fault| RdpListener { key: KeyMaterial::Unusable(fault), ..listener(2, 1, 1) };
        assert_eq!(row(&with(KeyFault::NoCertificate)), "f5 f5 f3 f3 f3");
        assert_eq!(row(&with(KeyFault::PinnedMissing)), "f5 f5 f3 f3 f3");
        // The listener only finds out when it needs the key.
        assert_eq!(row(&with(KeyFault::Unreadable)), "f5 f5 s2 s8 s8");
    }

    #[test]
    fn requests_are_read_with_cookies_and_without() {
        let plain = [3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 11, 0, 0, 0];
        assert_eq!(parse(&plain), Some(Request::Protocols(11)));
        let cookie = b"\x03\x00\x00\x2a\x25\xe0\0\0\0\0\0Cookie: mstshash=nmap\r\n\x01\x00\x08\x00\x03\0\0\0";
        assert_eq!(parse(cookie), Some(Request::Protocols(3)));
        assert_eq!(parse(&[3, 0, 0, 11, 6, 0xe0, 0, 0, 0, 0, 0]), Some(Request::Old));
        assert_eq!(parse(&plain[..18]), None);
        assert_eq!(parse(b"GET / HTTP/1.1\r\n"), None);
    }

    #[test]
    fn answers_are_the_bytes_of_windows() {
        let hex = |decision, request| {
            let bytes = answer(decision, request);
            bytes.iter().fold(String::new(), |mut text, byte| {
                write!(text, "{byte:02x}").unwrap();
                text
            })
        };
        let asked = Request::Protocols(11);
        assert_eq!(hex(Decision::CredSsp(8), asked), "030000130ed00000123400021f080008000000");
        assert_eq!(
            hex(Decision::Refuse(Failure::HybridRequired), asked),
            "030000130ed000001234000300080005000000"
        );
        assert_eq!(hex(Decision::Standard, Request::Old), "0300000b06d00000123400");
        assert_eq!(hex(Decision::HangUp, asked), "");
    }
}
