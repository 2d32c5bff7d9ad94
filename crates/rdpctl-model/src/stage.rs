//! How far a connection comes: every proof says the stage that it reached, every message of a client the stage at which
//! it arises, and every conclusion only what lies up to there.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The stages of a connection, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Name, route and address lead to the machine.
    Way,
    /// Something takes connections on the port.
    Tcp,
    /// It is Remote Desktop, and agrees on a security protocol.
    Negotiation,
    /// TLS comes about.
    Tls,
    /// Somebody authenticates: CredSSP, account, password, rights.
    LogOn,
    /// A session exists: licence, first picture.
    Session,
}

impl Stage {
    /// All of them, in their order.
    pub const ALL: [Self; 6] =
        [Self::Way, Self::Tcp, Self::Negotiation, Self::Tls, Self::LogOn, Self::Session];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Way => "way",
            Self::Tcp => "tcp",
            Self::Negotiation => "negotiation",
            Self::Tls => "tls",
            Self::LogOn => "log-on",
            Self::Session => "session",
        }
    }

    /// The stage after it.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match self {
            Self::Way => Some(Self::Tcp),
            Self::Tcp => Some(Self::Negotiation),
            Self::Negotiation => Some(Self::Tls),
            Self::Tls => Some(Self::LogOn),
            Self::LogOn => Some(Self::Session),
            Self::Session => None,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_follow_each_other_in_their_order() {
        for pair in Stage::ALL.windows(2) {
            assert!(pair[0] < pair[1]);
            assert_eq!(pair[0].next(), Some(pair[1]));
        }
    }
}
