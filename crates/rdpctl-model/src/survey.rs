//! All that was learned about one instance, with when and through which channel.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cloud::CloudSurvey;
use crate::gap::Gap;
use crate::guest::GuestSurvey;

/// The evidence about one instance: what each of the three worlds answered, or why it did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// When it was taken.
    pub taken_at: Timestamp,
    /// The cloud account's answer.
    pub cloud: Result<CloudSurvey, Gap>,
    /// The guest's answer.
    pub guest: Result<GuestSurvey, Gap>,
    /// The handshake's answer.
    pub outside: Result<OutsideSurvey, Gap>,
}

impl Survey {
    /// A survey in which nobody has looked anywhere.
    #[must_use]
    pub const fn unseen(taken_at: Timestamp) -> Self {
        Self {
            taken_at,
            cloud: Err(Gap::NotSurveyed),
            guest: Err(Gap::NotSurveyed),
            outside: Err(Gap::NotSurveyed),
        }
    }
}

/// What an RDP handshake from outside showed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OutsideSurvey {
    /// The probe's verdict by its stable name (`ok`, `tcp_filtered`, …).
    pub verdict: String,
    /// The probe's problems by their stable names.
    pub problems: Vec<String>,
    /// Whether NLA is `required`, `optional`, `unavailable` or `unknown`.
    pub nla: String,
    /// TLS versions accepted, sorted.
    pub tls: Vec<String>,
    /// TLS versions refused, sorted.
    pub tls_refused: Vec<String>,
    /// When the certificate ends (RFC 3339), if one was seen.
    pub certificate_not_after: Option<String>,
    /// The certificate's SHA-1 thumbprint, if one was seen.
    pub certificate_sha1: Option<String>,
    /// The port that was tried.
    pub port: u16,
}
