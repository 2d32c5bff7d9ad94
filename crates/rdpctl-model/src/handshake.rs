//! What an RDP handshake from outside showed, in the words that probe, facets and doctor share.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::stage::Stage;

/// What an RDP handshake from outside showed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Handshake {
    /// The port that was tried.
    pub port: u16,
    /// The one thing to know.
    pub verdict: HandshakeVerdict,
    /// What a declaration may object to.
    pub problems: BTreeSet<Problem>,
    /// Whether callers must authenticate first.
    pub nla: NlaState,
    /// Versions of TLS that the listener proved to take. What is in neither list is not known.
    pub accepted: BTreeSet<TlsVersion>,
    /// Versions of TLS that it refused.
    pub refused: BTreeSet<TlsVersion>,
    /// The certificate, if one was shown.
    pub certificate: Option<ShownCertificate>,
    /// The address of whoever looked, as the machine sees it; none where an address may have been translated on the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<IpAddr>,
}

impl Handshake {
    /// Remote Desktop answered, if it did: anything less says nothing of what is in force.
    #[must_use]
    pub fn answered(&self) -> Option<&Self> {
        match self.verdict {
            HandshakeVerdict::Ok => Some(self),
            HandshakeVerdict::DnsFailed
            | HandshakeVerdict::TcpRefused
            | HandshakeVerdict::TcpFiltered
            | HandshakeVerdict::TcpUnreachable
            | HandshakeVerdict::NotRdp
            | HandshakeVerdict::RdpSilent
            | HandshakeVerdict::RdpClosed
            | HandshakeVerdict::CertMissing
            | HandshakeVerdict::NegotiationRefused
            | HandshakeVerdict::TlsBroken => None,
        }
    }

    /// The last stage that it proved. Nothing is proved of the log-on and what comes after it.
    #[must_use]
    pub fn reached(&self) -> Option<Stage> {
        match self.verdict {
            HandshakeVerdict::DnsFailed
            | HandshakeVerdict::TcpFiltered
            | HandshakeVerdict::TcpUnreachable => None,
            // Whoever refuses was reached.
            HandshakeVerdict::TcpRefused => Some(Stage::Way),
            HandshakeVerdict::NotRdp
            | HandshakeVerdict::RdpSilent
            | HandshakeVerdict::RdpClosed
            | HandshakeVerdict::CertMissing
            | HandshakeVerdict::NegotiationRefused => Some(Stage::Tcp),
            HandshakeVerdict::TlsBroken => Some(Stage::Negotiation),
            HandshakeVerdict::Ok if self.accepted.is_empty() => Some(Stage::Negotiation),
            HandshakeVerdict::Ok => Some(Stage::Tls),
        }
    }
}

/// A certificate that a listener showed; what could not be read of it is absent, the fingerprints never are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ShownCertificate {
    /// Since when it is valid.
    pub not_before: Option<Timestamp>,
    /// Until when it is valid.
    pub not_after: Option<Timestamp>,
    /// SHA-1 of the DER: the thumbprint that Windows shows.
    pub sha1: Sha1,
    /// SHA-256 of the DER.
    pub sha256: Sha256,
}

/// The thumbprint that Windows shows.
pub type Sha1 = Fingerprint<20>;
/// The fingerprint by which a certificate is pinned.
pub type Sha256 = Fingerprint<32>;

/// A digest of a certificate, written in lower-case hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint<const N: usize>(pub [u8; N]);

impl<const N: usize> fmt::Display for Fingerprint<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Not the hexadecimal digits of a digest of that length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not {digits} hexadecimal digits")]
pub struct NoFingerprint {
    digits: usize,
}

impl<const N: usize> FromStr for Fingerprint<N> {
    type Err = NoFingerprint;

    fn from_str(text: &str) -> Result<Self, NoFingerprint> {
        let none = NoFingerprint { digits: 2 * N };
        if text.len() != 2 * N {
            return Err(none);
        }
        let mut bytes = [0; N];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| none)?;
            // The parser of numbers would take a sign.
            if !pair.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(none);
            }
            *byte = u8::from_str_radix(pair, 16).map_err(|_| none)?;
        }
        Ok(Self(bytes))
    }
}

impl<const N: usize> Serialize for Fingerprint<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Fingerprint<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

macro_rules! names {
    ($(#[$doc:meta])* $enum:ident { $($(#[$about:meta])* $variant:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $enum {
            $($(#[$about])* #[serde(rename = $name)] $variant,)*
        }

        impl $enum {
            /// Every one, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The one of that name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }

        impl fmt::Display for $enum {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

names! {
    /// The one thing to know about a listener.
    HandshakeVerdict {
        /// Remote Desktop answers; see the problems.
        Ok = "ok",
        /// The name does not resolve.
        DnsFailed = "dns_failed",
        /// The machine says that nothing listens.
        TcpRefused = "tcp_refused",
        /// Nothing answers a connection attempt.
        TcpFiltered = "tcp_filtered",
        /// There is no way to the machine.
        TcpUnreachable = "tcp_unreachable",
        /// Something else listens.
        NotRdp = "not_rdp",
        /// The listener accepts and says nothing.
        RdpSilent = "rdp_silent",
        /// The listener accepts and hangs up.
        RdpClosed = "rdp_closed",
        /// The listener has no usable certificate.
        CertMissing = "cert_missing",
        /// The listener refuses what every current client offers.
        NegotiationRefused = "negotiation_refused",
        /// The listener negotiates and cannot start TLS.
        TlsBroken = "tls_broken",
    }
}

names! {
    /// Something about a listener that a declaration may object to.
    Problem {
        /// The certificate is no longer valid.
        CertExpired = "cert_expired",
        /// The certificate will end within fourteen days, and an authority must renew it.
        CertExpiresSoon = "cert_expires_soon",
        /// The certificate is not valid yet, or a clock is wrong.
        CertNotYetValid = "cert_not_yet_valid",
        /// The certificate is no readable DER.
        CertUnreadable = "cert_unreadable",
        /// The key is too short.
        CertWeakKey = "cert_weak_key",
        /// The signature is MD5 or SHA-1.
        CertWeakSignature = "cert_weak_signature",
        /// The server's clock is more than five minutes off.
        ClockSkew = "clock_skew",
        /// The server's CredSSP lacks the update of 2018, which current clients demand.
        CredsspOutdated = "credssp_outdated",
        /// The server gives no NTLM challenge: outside a domain nobody can log on.
        NtlmRefused = "ntlm_refused",
        /// Callers get in without authenticating first.
        NlaNotRequired = "nla_not_required",
        /// Standard RDP security is allowed beside TLS.
        StandardRdpAllowed = "standard_rdp_allowed",
        /// There is nothing but standard RDP security.
        StandardRdpOnly = "standard_rdp_only",
        /// Neither TLS 1.2 nor 1.3 is accepted.
        Tls12Missing = "tls12_missing",
        /// TLS 1.0 or 1.1 is accepted.
        TlsOldEnabled = "tls_old_enabled",
    }
}

names! {
    /// Whether callers must authenticate before a session exists.
    NlaState {
        /// They must.
        Required = "required",
        /// They may.
        Optional = "optional",
        /// They cannot.
        Unavailable = "unavailable",
        /// It could not be asked.
        Unknown = "unknown",
    }
}

names! {
    /// A version of TLS that a Windows listener may speak, in order of age.
    TlsVersion {
        /// TLS 1.0.
        V1_0 = "1.0",
        /// TLS 1.1.
        V1_1 = "1.1",
        /// TLS 1.2.
        V1_2 = "1.2",
        /// TLS 1.3.
        V1_3 = "1.3",
    }
}

impl TlsVersion {
    /// The next older version.
    #[must_use]
    pub const fn below(self) -> Option<Self> {
        match self {
            Self::V1_0 => None,
            Self::V1_1 => Some(Self::V1_0),
            Self::V1_2 => Some(Self::V1_1),
            Self::V1_3 => Some(Self::V1_2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_in_either_case_and_nothing_else_is_one() {
        let lower: Sha1 = "00ff".repeat(10).parse().unwrap();
        assert_eq!("00FF".repeat(10).parse::<Sha1>().unwrap(), lower);
        assert_eq!(lower.to_string(), "00ff".repeat(10));
        for wrong in ["", "00ff", &"+1".repeat(20), &"zz".repeat(20), &"é".repeat(20)] {
            assert!(wrong.parse::<Sha1>().is_err(), "{wrong}");
        }
    }
}
