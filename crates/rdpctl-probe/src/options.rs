//! How much to ask, and how long to wait for each answer.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How much a probe asks, and so how many connections it opens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Does the listener speak RDP: one connection, for loops.
    Reach,
    /// And is TLS in order, which certificate, is NLA enforced: one or two connections.
    #[default]
    Standard,
    /// And every TLS version, and standard RDP security: up to five connections, on demand.
    Full,
}

/// A level that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a level (reach, standard, full)")]
pub struct UnknownLevel(pub String);

impl Level {
    /// Every level, from least to most.
    pub const ALL: [Self; 3] = [Self::Reach, Self::Standard, Self::Full];

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reach => "reach",
            Self::Standard => "standard",
            Self::Full => "full",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        Self::ALL
            .into_iter()
            .find(|level| level.name() == text)
            .ok_or_else(|| UnknownLevel(text.to_owned()))
    }
}

/// The time that each step may take, and how often a failed one is repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeOptions {
    /// Resolving the name, and then connecting. Four seconds cover the kernel's own three attempts.
    pub connect: Duration,
    /// The answer to the negotiation request.
    pub confirm: Duration,
    /// The TLS handshake, or the first flight of one.
    pub tls: Duration,
    /// The NTLM challenge.
    pub ntlm: Duration,
    /// The whole probe, with its repetitions.
    pub total: Duration,
    /// The pause before a probe that met silence, a refusal or a hang-up is repeated. `None`: no second try.
    pub retry_after: Option<Duration>,
    /// The pause before one TLS step that ended without an alert is repeated, since a busy server does that too.
    pub repeat_after: Duration,
}

impl Default for ProbeOptions {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(4),
            confirm: Duration::from_secs(5),
            tls: Duration::from_secs(5),
            ntlm: Duration::from_secs(3),
            total: Duration::from_secs(20),
            retry_after: Some(Duration::from_secs(1)),
            repeat_after: Duration::from_millis(200),
        }
    }
}
