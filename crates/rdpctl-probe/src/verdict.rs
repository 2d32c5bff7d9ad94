//! The verdicts and problems of a probe, by their stable names.

use std::fmt;

use serde::{Serialize, Serializer};

/// The one thing to know about a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Remote Desktop answers; see the problems.
    Ok,
    /// The name does not resolve.
    DnsFailed,
    /// The machine says that nothing listens.
    TcpRefused,
    /// Nothing answers a connection attempt.
    TcpFiltered,
    /// There is no way to the machine.
    TcpUnreachable,
    /// Something else listens.
    NotRdp,
    /// The listener accepts and says nothing.
    RdpSilent,
    /// The listener accepts and hangs up.
    RdpClosed,
    /// The listener has no usable certificate.
    CertMissing,
    /// The listener refuses what every current client offers.
    NegotiationRefused,
    /// The listener negotiates and cannot start TLS.
    TlsBroken,
}

/// Something about a listener that a declaration may object to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Problem {
    /// The certificate is no longer valid.
    CertExpired,
    /// The certificate will end within fourteen days, and an authority must renew it.
    CertExpiresSoon,
    /// The certificate is not valid yet, or a clock is wrong.
    CertNotYetValid,
    /// The certificate is no readable DER.
    CertUnreadable,
    /// The key is too short.
    CertWeakKey,
    /// The signature is MD5 or SHA-1.
    CertWeakSignature,
    /// The server's clock is more than five minutes off.
    ClockSkew,
    /// Callers get in without authenticating first.
    NlaNotRequired,
    /// Standard RDP security is allowed beside TLS.
    StandardRdpAllowed,
    /// There is nothing but standard RDP security.
    StandardRdpOnly,
    /// Neither TLS 1.2 nor 1.3 is accepted.
    Tls12Missing,
    /// TLS 1.0 or 1.1 is accepted.
    TlsOldEnabled,
}

/// Whether callers must authenticate before a session exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NlaState {
    /// They must.
    Required,
    /// They may.
    Optional,
    /// They cannot.
    Unavailable,
    /// It could not be asked.
    Unknown,
}

impl Verdict {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::DnsFailed => "dns_failed",
            Self::TcpRefused => "tcp_refused",
            Self::TcpFiltered => "tcp_filtered",
            Self::TcpUnreachable => "tcp_unreachable",
            Self::NotRdp => "not_rdp",
            Self::RdpSilent => "rdp_silent",
            Self::RdpClosed => "rdp_closed",
            Self::CertMissing => "cert_missing",
            Self::NegotiationRefused => "negotiation_refused",
            Self::TlsBroken => "tls_broken",
        }
    }

    /// What a person in front of a client sees.
    #[must_use]
    pub fn symptom(self) -> &'static str {
        match self {
            Self::Ok => "the client goes on to ask for credentials",
            Self::DnsFailed => "can't connect: the computer is not available on the network",
            Self::TcpRefused | Self::TcpFiltered | Self::TcpUnreachable => {
                "can't connect: remote access is not enabled, the computer is off, or it is not on the network"
            }
            Self::NotRdp => "an internal error has occurred, or a protocol error",
            Self::RdpSilent => "the client hangs at `configuring remote session`",
            Self::RdpClosed | Self::CertMissing | Self::TlsBroken => {
                "an internal error has occurred"
            }
            Self::NegotiationRefused => {
                "the client cannot agree with the server on a security layer"
            }
        }
    }

    /// Whether a busy moment can look like this, so that one more try is worth its time.
    #[must_use]
    pub fn may_pass(self) -> bool {
        match self {
            Self::TcpRefused | Self::TcpFiltered | Self::RdpSilent | Self::RdpClosed => true,
            Self::Ok
            | Self::DnsFailed
            | Self::TcpUnreachable
            | Self::NotRdp
            | Self::CertMissing
            | Self::NegotiationRefused
            | Self::TlsBroken => false,
        }
    }
}

impl Problem {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CertExpired => "cert_expired",
            Self::CertExpiresSoon => "cert_expires_soon",
            Self::CertNotYetValid => "cert_not_yet_valid",
            Self::CertUnreadable => "cert_unreadable",
            Self::CertWeakKey => "cert_weak_key",
            Self::CertWeakSignature => "cert_weak_signature",
            Self::ClockSkew => "clock_skew",
            Self::NlaNotRequired => "nla_not_required",
            Self::StandardRdpAllowed => "standard_rdp_allowed",
            Self::StandardRdpOnly => "standard_rdp_only",
            Self::Tls12Missing => "tls12_missing",
            Self::TlsOldEnabled => "tls_old_enabled",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
