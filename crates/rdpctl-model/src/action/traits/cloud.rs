//! What each action of the cloud's API is.

use ipnet::IpNet;

use super::{
    Barrier, Batch, Money, Offline, Owner, Phase, Policy, Port, Reads, Restarts, Risk, Security,
    SeenBefore, Sets, Thing, Through, Traits, Twice, Ways,
};
use crate::action::CloudAction;

/// An action of the cloud's API about which nothing else is to say.
pub(super) const CLOUD: Traits<'static> = Traits {
    through: Through::Cloud,
    phase: Phase::Change,
    restarts: Restarts::Nothing,
    may_close: Ways::None,
    security: Security::Neutral,
    port: Port::Stays,
    risk: Risk::Low,
    batch: Batch::GoesOn,
    seen_before: SeenBefore::Nothing,
    reads: Reads::ByItself,
    offline: Offline::No,
    owner: Owner::Machine,
    twice: Twice::Harmless,
    sets: Sets::Other,
    policy: Policy::Indifferent,
    uses: Thing::Nothing,
    makes: Thing::Nothing,
    seconds: 5,
    money: Money::Nothing,
};

impl CloudAction {
    /// What it is.
    #[must_use]
    pub const fn traits(&self) -> Traits<'_> {
        match self {
            Self::Start => {
                Traits { phase: Phase::Start, seconds: 60, money: Money::Instance, ..CLOUD }
            }
            Self::AllocateAddress { .. } => Traits {
                twice: Twice::Buys,
                makes: Thing::FreeAddress,
                seconds: 10,
                money: Money::Address,
                ..CLOUD
            },
            Self::AssociateAddress => Traits {
                security: Security::Opens(Barrier::PublicAddress),
                uses: Thing::FreeAddress,
                makes: Thing::BoundAddress,
                seconds: 10,
                ..CLOUD
            },
            Self::TransformAddress => Traits { makes: Thing::BoundAddress, seconds: 10, ..CLOUD },
            Self::SetAddressBandwidth { .. } => {
                Traits { uses: Thing::BoundAddress, money: Money::Bandwidth, ..CLOUD }
            }
            Self::SetInstanceBandwidth { .. } => Traits { money: Money::Bandwidth, ..CLOUD },
            Self::OpenDoor { rule, .. } => opens_doors(rule.port, rule.sources.as_slice()),
            Self::CloseDoor { rule, .. } => closes_doors(rule.port),
            Self::SnapshotSystemDisk => Traits {
                phase: Phase::Save,
                twice: Twice::Buys,
                seconds: 120,
                money: Money::Snapshot,
                ..CLOUD
            },
            Self::Reboot => {
                Traits { phase: Phase::Restart, restarts: Restarts::Windows, seconds: 60, ..CLOUD }
            }
            Self::ReleaseAddress { .. } => Traits {
                phase: Phase::CloseFormer,
                security: Security::Closes(Barrier::PublicAddress),
                ..CLOUD
            },
        }
    }
}

pub(super) const fn opens_doors(port: u16, sources: &[IpNet]) -> Traits<'_> {
    Traits {
        phase: Phase::Open,
        security: Security::Opens(Barrier::CloudPort { port, sources }),
        owner: Owner::Shared,
        seconds: 1,
        ..CLOUD
    }
}

pub(super) const fn closes_doors(port: u16) -> Traits<'static> {
    Traits {
        phase: Phase::CloseFormer,
        security: Security::Closes(Barrier::CloudPort { port, sources: &[] }),
        owner: Owner::Shared,
        seconds: 1,
        ..CLOUD
    }
}
