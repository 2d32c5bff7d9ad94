//! What each action is, said once. Planner, checker, engine, budget, permissions and reports read it here.
//!
//! A new action does not compile before it has a row. The rows are told to people in `docs/actions.md`, and a test holds
//! the two together, so that a row which is changed by mistake is seen.

use ipnet::IpNet;

use super::{
    Barrier, Batch, Money, Offline, Owner, Phase, Policy, Port, Restarts, Risk, Security,
    SeenBefore, Sets, Thing, Through, Traits, Twice, Ways,
};
use crate::action::kinds::{Setting, Switch};
use crate::action::{Action, CloudAction, GuestAction, OwnAction};
use crate::guest::RegData;

/// An action of the cloud's API about which nothing else is to say.
const CLOUD: Traits<'static> = Traits {
    through: Through::Cloud,
    phase: Phase::Change,
    restarts: Restarts::Nothing,
    may_close: Ways::None,
    security: Security::Neutral,
    port: Port::Stays,
    risk: Risk::Low,
    batch: Batch::GoesOn,
    seen_before: SeenBefore::Nothing,
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

/// An action inside Windows about which nothing else is to say.
const GUEST: Traits<'static> =
    Traits { through: Through::Guest, offline: Offline::Same, seconds: 1, ..CLOUD };

impl Action {
    /// What it is.
    #[must_use]
    pub const fn traits(&self) -> Traits<'_> {
        match self {
            Self::Cloud(action) => action.traits(),
            Self::Guest(action) => action.traits(),
            Self::Own(action) => action.traits(),
            Self::Observe { .. } => {
                Traits { through: Through::Look, phase: Phase::Look, seconds: 30, ..CLOUD }
            }
            Self::Prove { .. } => {
                Traits { through: Through::Proof, phase: Phase::Prove, seconds: 2, ..CLOUD }
            }
        }
    }
}

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
            Self::SnapshotSystemDisk => {
                Traits { phase: Phase::Save, seconds: 120, money: Money::Snapshot, ..CLOUD }
            }
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

impl OwnAction {
    /// What it is: the same as what is done for each member in the end.
    #[must_use]
    pub const fn traits(&self) -> Traits<'_> {
        match self {
            Self::DeleteCertificate => deletes_key(Setting::Certificate),
            Self::RepairKeyAcl { .. } => REPAIRS_KEY,
            Self::OpenDoors { port, sources } => opens_doors(*port, sources.as_slice()),
            Self::CloseDoors { port } => closes_doors(*port),
        }
    }
}

impl GuestAction {
    /// What it is.
    #[must_use]
    pub const fn traits(&self) -> Traits<'_> {
        match self {
            Self::SetRegistry { key, name, data, setting } => {
                by_data(sets_value(key.as_str(), name.as_str(), *setting), data)
            }
            Self::DeleteRegistryValue { key, name, setting } => {
                sets_value(key.as_str(), name.as_str(), *setting)
            }
            Self::DeleteRegistryKey { setting, .. } => deletes_key(*setting),
            Self::SetServiceStart { service, .. } => Traits {
                seen_before: SeenBefore::Done,
                sets: Sets::ServiceStart { service: service.as_str() },
                ..GUEST
            },
            Self::StartService { service } => Traits {
                seen_before: SeenBefore::Done,
                offline: Offline::Dropped,
                sets: Sets::ServiceRun { service: service.as_str() },
                ..GUEST
            },
            Self::StopService { service } => stops(service.as_str()),
            Self::RestartRdp { session_env } => Traits {
                phase: Phase::Restart,
                restarts: Restarts::Rdp { session_env: *session_env },
                offline: Offline::Dropped,
                seconds: 20,
                ..GUEST
            },
            Self::EnableRemoteDesktopRules => Traits {
                phase: Phase::Open,
                security: Security::Opens(Barrier::FirewallRdp),
                ..GUEST
            },
            Self::AddFirewallRule { port, .. } => Traits {
                phase: Phase::Open,
                security: Security::Opens(Barrier::FirewallPort { port: *port }),
                ..GUEST
            },
            Self::DeleteFirewallRule { port } => Traits {
                phase: Phase::CloseFormer,
                security: Security::Closes(Barrier::FirewallPort { port: *port }),
                ..GUEST
            },
            Self::SetFirewallProfile { state, .. } => turns_firewall(*state),
            Self::DeleteBootElement { .. } => GUEST,
            Self::EnableSerialConsole | Self::ShowBootMenu { .. } => {
                Traits { risk: Risk::SnapshotFirst, ..GUEST }
            }
            Self::RepairKeyAcl { .. } => REPAIRS_KEY,
            Self::RetireKey { .. } => Traits { risk: Risk::SnapshotFirst, ..GUEST },
            Self::HoldGroupPolicy => Traits {
                phase: Phase::Hold,
                risk: Risk::SnapshotFirst,
                seen_before: SeenBefore::Done,
                offline: Offline::Dropped,
                ..GUEST
            },
            Self::ResumeGroupPolicy => Traits {
                phase: Phase::Resume,
                risk: Risk::SnapshotFirst,
                seen_before: SeenBefore::Done,
                ..GUEST
            },
            Self::RefreshPolicy { .. } => Traits {
                phase: Phase::Refresh,
                risk: Risk::SnapshotFirst,
                offline: Offline::Dropped,
                seconds: 60,
                ..GUEST
            },
            Self::Reboot => REBOOTS,
            Self::ArmDeadMansSwitch { .. } => {
                Traits { phase: Phase::Arm, offline: Offline::Dropped, ..GUEST }
            }
            Self::DisarmDeadMansSwitch => {
                Traits { phase: Phase::Disarm, offline: Offline::Dropped, ..GUEST }
            }
            Self::ClearDeadMansSwitch => Traits {
                phase: Phase::Clear,
                seen_before: SeenBefore::Done,
                offline: Offline::No,
                ..GUEST
            },
            Self::BootstrapWinrm { sources } => Traits {
                phase: Phase::Open,
                may_close: Ways::Winrm,
                security: Security::Opens(Barrier::Winrm { sources: sources.as_slice() }),
                offline: Offline::No,
                ..GUEST
            },
        }
    }
}

/// A value may say what is denied: setting it closes what deleting it opens.
const fn by_data<'a>(row: Traits<'a>, data: &RegData) -> Traits<'a> {
    match row.security {
        Security::Opens(Barrier::RemoteConnections) if is_set(data) => {
            Traits { security: Security::Closes(Barrier::RemoteConnections), ..row }
        }
        Security::Opens(_) | Security::Closes(_) | Security::Neutral | Security::AsDeclared => row,
    }
}

const fn is_set(data: &RegData) -> bool {
    match data {
        RegData::Dword(number) => *number != 0,
        RegData::Qword(_)
        | RegData::Sz(_)
        | RegData::ExpandSz(_)
        | RegData::MultiSz(_)
        | RegData::Binary(_)
        | RegData::Other(..) => false,
    }
}

const REBOOTS: Traits<'static> = Traits {
    phase: Phase::Restart,
    restarts: Restarts::Windows,
    risk: Risk::SnapshotFirst,
    batch: Batch::Ends,
    offline: Offline::Dropped,
    seconds: 180,
    ..GUEST
};

const fn stops(service: &str) -> Traits<'_> {
    let is_winrm = service.eq_ignore_ascii_case("winrm");
    Traits {
        may_close: if is_winrm { Ways::Winrm } else { Ways::None },
        port: Port::Frees,
        seen_before: SeenBefore::Done,
        offline: Offline::Dropped,
        sets: Sets::ServiceRun { service },
        ..GUEST
    }
}

const fn turns_firewall(state: Switch) -> Traits<'static> {
    match state {
        Switch::On => Traits {
            phase: Phase::Wall,
            may_close: Ways::Network,
            security: Security::Closes(Barrier::Firewall),
            ..GUEST
        },
        Switch::Off => Traits { security: Security::Opens(Barrier::Firewall), ..GUEST },
    }
}

/// Writing or deleting one registry value is what its setting makes of it.
const fn sets_value<'a>(key: &'a str, name: &'a str, setting: Setting) -> Traits<'a> {
    let row = Traits {
        seen_before: SeenBefore::Done,
        sets: Sets::Value { key, name, setting },
        policy: Policy::MayRevert,
        ..GUEST
    };
    match setting {
        Setting::ListenerPort => Traits { may_close: Ways::Network, port: Port::Moves, ..row },
        Setting::RemoteConnections => {
            Traits { security: Security::Opens(Barrier::RemoteConnections), ..row }
        }
        Setting::Authentication => {
            Traits { may_close: Ways::Network, security: Security::AsDeclared, ..row }
        }
        Setting::Protocols => Traits {
            may_close: Ways::Network,
            security: Security::AsDeclared,
            risk: Risk::SnapshotFirst,
            ..row
        },
        Setting::Certificate | Setting::CrashDump => Traits { risk: Risk::SnapshotFirst, ..row },
        Setting::FirewallRule => {
            Traits { may_close: Ways::Network, security: Security::AsDeclared, ..row }
        }
        Setting::Winrm => Traits { may_close: Ways::Winrm, ..row },
        Setting::Listener | Setting::Startup => row,
    }
}

const fn deletes_key(setting: Setting) -> Traits<'static> {
    let row = Traits { seen_before: SeenBefore::Done, sets: Sets::Key { setting }, ..GUEST };
    match setting {
        Setting::Certificate => Traits { risk: Risk::SnapshotFirst, ..row },
        Setting::ListenerPort
        | Setting::Listener
        | Setting::RemoteConnections
        | Setting::Authentication
        | Setting::Protocols
        | Setting::Startup
        | Setting::CrashDump
        | Setting::FirewallRule
        | Setting::Winrm => row,
    }
}

const REPAIRS_KEY: Traits<'static> =
    Traits { security: Security::Opens(Barrier::RdpKey), risk: Risk::SnapshotFirst, ..GUEST };

const fn opens_doors(port: u16, sources: &[IpNet]) -> Traits<'_> {
    Traits {
        phase: Phase::Open,
        security: Security::Opens(Barrier::CloudPort { port, sources }),
        owner: Owner::Shared,
        seconds: 1,
        ..CLOUD
    }
}

const fn closes_doors(port: u16) -> Traits<'static> {
    Traits {
        phase: Phase::CloseFormer,
        security: Security::Closes(Barrier::CloudPort { port, sources: &[] }),
        owner: Owner::Shared,
        seconds: 1,
        ..CLOUD
    }
}
