//! What a probe saw: facts only, from which verdict and problems are computed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;
use rdpctl_model::handshake::TlsVersion;
use serde::{Serialize, Serializer};

use crate::certificate::Certificate;
use crate::latency::LatencyMs;
use crate::options::Level;
use crate::wire::ntlm;
use crate::wire::x224::{Answer, Protocols};

/// Everything that one probe saw.
#[derive(Clone, Debug)]
pub struct Observations {
    /// How much was asked.
    pub level: Level,
    /// When, by our clock.
    pub at: Timestamp,
    /// What became of the first connection.
    pub tcp: Tcp,
    /// The answers to the negotiation requests.
    pub negotiation: BTreeMap<Protocols, Answer>,
    /// The first bytes of something that is not RDP.
    pub banner: Option<String>,
    /// What TLS showed, if it was spoken.
    pub tls: Option<Tls>,
    /// The server's certificate, if it was shown.
    pub certificate: Option<Certificate>,
    /// The NTLM challenge, if one was asked for and came.
    pub ntlm: Option<Ntlm>,
    /// How many connections were established.
    pub connections: u32,
    /// How long the steps of the first connection took.
    pub latency: LatencyMs,
}

impl Observations {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(level: Level, at: Timestamp) -> Self {
        Self {
            level,
            at,
            tcp: Tcp { state: TcpState::Filtered, ms: None, error: None, caller: None },
            negotiation: BTreeMap::new(),
            banner: None,
            tls: None,
            certificate: None,
            ntlm: None,
            connections: 0,
            latency: LatencyMs::default(),
        }
    }

    /// The answer to the main request.
    #[must_use]
    pub fn main(&self) -> Option<Answer> {
        self.negotiation.get(&Protocols::MAIN).copied()
    }
}

/// What became of connecting.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tcp {
    /// The outcome.
    pub state: TcpState,
    /// How long the connection took.
    pub ms: Option<f64>,
    /// The system's words when there was no connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Our own address as the machine sees it; absent where it may have been translated on the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<IpAddr>,
}

/// The outcomes of connecting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TcpState {
    /// A connection was established.
    Open,
    /// The machine answered that nothing listens.
    Refused,
    /// Nothing answered.
    Filtered,
    /// A router, or this machine, knows no way.
    Unreachable,
    /// The name does not resolve.
    DnsFailed,
}

/// What TLS showed over all connections.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tls {
    /// The versions that a `ServerHello` proved.
    pub versions: BTreeSet<TlsVersion>,
    /// The versions that were offered and not taken.
    pub refused: BTreeSet<TlsVersion>,
    /// What the server chose in the first handshake that it answered.
    pub negotiated: Option<TlsVersion>,
    /// The cipher suite of that handshake.
    pub suite: Option<String>,
    /// How long that handshake took.
    pub ms: Option<f64>,
    /// Why a current client cannot finish a handshake, if it cannot.
    pub failure: Option<TlsFailure>,
}

/// Why a handshake did not finish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsFailure {
    /// The server answers, but has only suites that current clients no longer offer.
    OldSuites,
    /// The server answers, but only in TLS 1.0 or 1.1.
    OldVersions,
    /// The server signed with a key that is not its certificate's.
    KeyMismatch,
    /// The server showed its certificate and hung up where its signature should have come.
    NoKeyExchange,
    /// The server answers, and our library cannot go on.
    Unfinished(String),
    /// No `ServerHello` came; this came instead.
    Refused(Via),
}

/// How a server refuses a hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// With an alert.
    Alert(u8),
    /// By closing the connection.
    Closed,
    /// By resetting the connection.
    Reset,
    /// By speaking RDP in plain.
    Plaintext,
    /// With bytes that are no TLS.
    Garbage,
    /// Not at all, until the time was over.
    Timeout,
}

impl TlsFailure {
    /// Whether the listener is broken for every client, and not only for current ones.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        match self {
            Self::KeyMismatch | Self::NoKeyExchange | Self::Refused(_) => true,
            Self::OldSuites | Self::OldVersions | Self::Unfinished(_) => false,
        }
    }
}

impl fmt::Display for TlsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OldSuites => f.write_str("old suites"),
            Self::OldVersions => f.write_str("old versions"),
            Self::KeyMismatch => f.write_str("key_mismatch"),
            Self::NoKeyExchange => f.write_str("no_key_exchange"),
            Self::Unfinished(why) => write!(f, "unfinished: {why}"),
            Self::Refused(via) => via.fmt(f),
        }
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alert(number) => match alert_name(*number) {
                Some(name) => write!(f, "alert {number} {name}"),
                None => write!(f, "alert {number}"),
            },
            Self::Closed => f.write_str("closed"),
            Self::Reset => f.write_str("reset"),
            Self::Plaintext => f.write_str("plaintext"),
            Self::Garbage => f.write_str("garbage"),
            Self::Timeout => f.write_str("timeout"),
        }
    }
}

impl Serialize for TlsFailure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn alert_name(number: u8) -> Option<&'static str> {
    match number {
        0 => Some("close_notify"),
        10 => Some("unexpected_message"),
        40 => Some("handshake_failure"),
        47 => Some("illegal_parameter"),
        50 => Some("decode_error"),
        51 => Some("decrypt_error"),
        70 => Some("protocol_version"),
        71 => Some("insufficient_security"),
        80 => Some("internal_error"),
        109 => Some("missing_extension"),
        112 => Some("unrecognized_name"),
        _ => None,
    }
}

/// What the NTLM challenge told, or why there was none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ntlm {
    /// The name that the server gives itself for authentication.
    pub target: Option<String>,
    /// `NetBIOS` name of the domain, or of the machine.
    pub netbios_domain: Option<String>,
    /// `NetBIOS` name of the machine.
    pub netbios_computer: Option<String>,
    /// DNS name of the domain.
    pub dns_domain: Option<String>,
    /// DNS name of the machine.
    pub dns_computer: Option<String>,
    /// DNS name of the forest.
    pub dns_tree: Option<String>,
    /// Version of the operating system: major, minor, build.
    pub os_version: Option<String>,
    /// The server's clock.
    pub system_time: Option<Timestamp>,
    /// How far the server's clock is ahead of ours, in seconds.
    pub skew_s: Option<i64>,
    /// The version of CredSSP that the server speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credssp_version: Option<u32>,
    /// The NTSTATUS of a server that gives no challenge (NTLM disabled, say), in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Ntlm {
    /// A challenge that was received at `at`.
    #[must_use]
    pub fn from_challenge(challenge: ntlm::Challenge, at: Timestamp) -> Self {
        let system_time =
            challenge.unix_time.and_then(|seconds| Timestamp::from_second(seconds).ok());
        Self {
            target: challenge.target,
            netbios_domain: challenge.netbios_domain,
            netbios_computer: challenge.netbios_computer,
            dns_domain: challenge.dns_domain,
            dns_computer: challenge.dns_computer,
            dns_tree: challenge.dns_tree,
            os_version: challenge
                .os_version
                .map(|(major, minor, build)| format!("{major}.{minor}.{build}")),
            skew_s: system_time.map(|time| time.as_second() - at.as_second()),
            system_time,
            credssp_version: None,
            error: None,
        }
    }

    /// The same, from a server that speaks this version of CredSSP.
    #[must_use]
    pub fn speaking(self, credssp_version: Option<u32>) -> Self {
        Self { credssp_version, ..self }
    }

    /// A refusal to give a challenge.
    #[must_use]
    pub fn from_error(status: u32) -> Self {
        Self { error: Some(format!("0x{status:08x}")), ..Self::default() }
    }
}
