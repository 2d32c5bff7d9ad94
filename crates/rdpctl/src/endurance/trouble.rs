//! What goes wrong, by chance that can be repeated.

use std::time::Duration;

use jiff::Timestamp;
use rdpctl_model::FacetId;

/// The machines.
pub(super) const MACHINES: [&str; 4] = ["web-01", "web-02", "web-03", "web-04"];

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Somebody switches a machine off.
    Stopped,
    /// Somebody deletes the rules of its security group.
    Closed,
    /// Somebody forbids remote connections.
    Denied,
    /// Somebody disables the service and stops it.
    Disabled,
    /// Somebody switches NLA off.
    Weak,
    /// A machine's agent is away for a while.
    AgentAway,
    /// The vendor answers everything with an error for an hour.
    CloudDown,
    /// Every seventh answer is lost, after what was asked for was done.
    CloudStumbles,
    /// The loop is killed, and another one started.
    Killed,
    /// The loop is ended well, and another one started.
    Ended,
}

impl Trouble {
    const ALL: [Self; 10] = [
        Self::Stopped,
        Self::Closed,
        Self::Denied,
        Self::Disabled,
        Self::Weak,
        Self::AgentAway,
        Self::CloudDown,
        Self::CloudStumbles,
        Self::Killed,
        Self::Ended,
    ];

    /// What turns by it, where something is to be mended.
    pub(super) const fn facet(self) -> Option<FacetId> {
        match self {
            Self::Stopped => Some(FacetId::Power),
            Self::Closed => Some(FacetId::Ingress),
            Self::Denied => Some(FacetId::RemoteDesktop),
            Self::Disabled => Some(FacetId::Service),
            Self::Weak => Some(FacetId::Nla),
            Self::AgentAway
            | Self::CloudDown
            | Self::CloudStumbles
            | Self::Killed
            | Self::Ended => None,
        }
    }

    /// Whether the cloud tells of it, so that it is seen within a minute.
    pub(super) const fn is_of_the_cloud(self) -> bool {
        matches!(self, Self::Stopped | Self::Closed)
    }

    /// Whether it happens to one machine.
    pub(super) const fn is_of_a_machine(self) -> bool {
        self.facet().is_some() || matches!(self, Self::AgentAway)
    }

    /// How long it lasts by itself.
    pub(super) const fn lasts(self) -> Duration {
        match self {
            Self::CloudDown => Duration::from_hours(1),
            Self::CloudStumbles | Self::AgentAway => Duration::from_mins(30),
            Self::Stopped
            | Self::Closed
            | Self::Denied
            | Self::Disabled
            | Self::Weak
            | Self::Killed
            | Self::Ended => Duration::ZERO,
        }
    }
}

/// Something that went wrong.
#[derive(Clone, Copy, Debug)]
pub(super) struct Struck {
    /// When.
    pub(super) at: Timestamp,
    /// What.
    pub(super) trouble: Trouble,
    /// On whom, where it was a machine.
    pub(super) machine: Option<&'static str>,
}

/// Chance that is the same for the same seed.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn from_seed(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// Xorshift (Marsaglia 2003): nobody has to be surprised by it but the loop.
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    /// Some minutes.
    pub(super) fn between(&mut self, least: usize, most: usize) -> Duration {
        let seconds = least * 60 + self.below((most - least) * 60);
        Duration::from_secs(u64::try_from(seconds).unwrap())
    }

    pub(super) fn machine(&mut self) -> &'static str {
        MACHINES[self.below(MACHINES.len())]
    }

    pub(super) fn trouble(&mut self) -> Trouble {
        Trouble::ALL[self.below(Trouble::ALL.len())]
    }
}
