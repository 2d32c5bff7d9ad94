//! A VM as it stands: what calls and time have changed since it was born.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    guest::GuestDelta,
    world::{
        Agent, Bandwidth, Isolation, Power, PublicAddress, RestrictState, StopCharging, Text,
        Variant,
    },
};

/// The changeable half of a VM. Cheap to clone: the vendor's listings show untouched VMs from their variant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct VmState {
    /// Its name, if somebody renamed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<Text>,
    /// Where it is at rest; an operation under way shows on top of it.
    pub(crate) power: Power,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) operation: Option<Operation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) latest: Option<Latest>,
    pub(crate) stop_charging: StopCharging,
    pub(crate) restrict: RestrictState,
    pub(crate) isolated: Isolation,
    /// Taken as soon as something is on its way to being bound; the address itself says since when it is.
    pub(crate) address: PublicAddress,
    pub(crate) bandwidth: Bandwidth,
    pub(crate) groups: Arc<[Text]>,
    pub(crate) agent: Agent,
    /// When an agent that boots, or that a fault silenced, answers again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) agent_back: Option<Timestamp>,
    /// Commands that the agent has run, for faults that count them.
    #[serde(default)]
    pub(crate) commands: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) guest: Option<GuestDelta>,
    /// The system disk that it was given instead of its own, by its id in lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) os_disk: Option<Text>,
    /// A disk whose bytes the next start reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) boots: Option<Text>,
    /// When it last got power or lost it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) owned: Option<Timestamp>,
    /// When the guest wants to restart or to be switched off by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) guest_due: Option<Timestamp>,
}

/// Something under way on a VM.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Operation {
    pub(crate) work: Work,
    /// The vendor's name for it.
    pub(crate) action: Text,
    /// The request that began it.
    pub(crate) request: Text,
    /// From when on readers see it.
    pub(crate) visible: Timestamp,
    pub(crate) ends: Timestamp,
    /// What the vendor will say if it fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failing: Option<Text>,
}

/// What an operation will have done.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Work {
    Start,
    Stop(StopCharging),
    Reboot,
    EnterRescue,
    ExitRescue,
    Bandwidth(u32),
    Groups(Arc<[Text]>),
    Rename(Text),
    /// A new password; a running machine is shut down for it.
    Password {
        stops: bool,
    },
    /// An attribute that nothing here depends on.
    Attribute,
}

/// The operation that ended last.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Latest {
    pub(crate) action: Text,
    pub(crate) request: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<Text>,
}

impl VmState {
    pub(crate) fn born(variant: &Variant) -> Self {
        Self {
            name: None,
            power: variant.power,
            operation: None,
            latest: None,
            stop_charging: variant.stop_charging,
            restrict: variant.restrict,
            isolated: variant.isolated,
            address: variant.public_address(),
            bandwidth: variant.bandwidth,
            groups: Arc::clone(&variant.groups),
            agent: variant.agent,
            agent_back: None,
            commands: 0,
            guest: None,
            os_disk: None,
            boots: None,
            owned: None,
            guest_due: None,
        }
    }

    /// The operation that readers see.
    pub(crate) fn seen_operation(&self, now: Timestamp) -> Option<&Operation> {
        self.operation.as_ref().filter(|operation| operation.visible <= now)
    }

    /// The power state that readers see.
    pub(crate) fn seen_power(&self, now: Timestamp) -> Power {
        self.seen_operation(now).map_or(self.power, |operation| operation.work.passing(self.power))
    }

    /// Whether the agent answers.
    pub(crate) fn agent_answers(&self, now: Timestamp) -> bool {
        let passing = self
            .operation
            .as_ref()
            .map_or(self.power, |operation| operation.work.passing(self.power));
        self.agent == Agent::Online
            && passing.is_on()
            && self.agent_back.is_none_or(|back| back <= now)
    }
}

impl Work {
    /// The power state while this is under way.
    pub(crate) fn passing(&self, resting: Power) -> Power {
        match self {
            Self::Start => Power::Starting,
            Self::Stop(_) | Self::Password { stops: true } => Power::Stopping,
            Self::Reboot => Power::Rebooting,
            Self::EnterRescue => Power::EnterRescueMode,
            Self::ExitRescue => Power::ExitRescueMode,
            Self::Bandwidth(_)
            | Self::Groups(_)
            | Self::Rename(_)
            | Self::Password { stops: false }
            | Self::Attribute => resting,
        }
    }
}
