//! What each action is, said once. Planner, checker, engine, budget, permissions and reports read it here, and of the
//! cloud's actions next door.
//!
//! A new action does not compile before it has a row. The rows are told to people in `docs/actions.md`, and a test holds
//! the two together, so that a row which is changed by mistake is seen.

use ipnet::IpNet;

use super::cloud::{CLOUD, closes_doors, opens_doors};
use super::{
    Barrier, Batch, DiskEdit, Offline, Phase, Policy, Port, Reads, Restarts, Risk, Security,
    SeenBefore, Sets, Through, Traits, Ways,
};
use crate::action::kinds::{BootElement, FirewallProfile, KeyHolder, Setting, StartType, Switch};
use crate::action::{
    Action, GuestAction, OwnAction, RulesAre, RulesOf, SWITCH_MARKS, WINRM_LISTENER, WINRM_MARK,
};
use crate::guest::RegData;

/// An action inside Windows about which nothing else is to say.
const GUEST: Traits<'static> = Traits { through: Through::Guest, seconds: 1, ..CLOUD };

/// What changes nothing, and has nothing to be read back.
const LOOK: Traits<'static> = Traits { reads: Reads::Nothing, ..CLOUD };

impl Action {
    /// What it is.
    #[must_use]
    pub const fn traits(&self) -> Traits<'_> {
        match self {
            Self::Cloud(action) => action.traits(),
            Self::Guest(action) => action.traits(),
            Self::Own(action) => action.traits(),
            Self::Observe { .. } => {
                Traits { through: Through::Look, phase: Phase::Look, seconds: 30, ..LOOK }
            }
            Self::Prove { .. } => {
                Traits { through: Through::Proof, phase: Phase::Prove, seconds: 2, ..LOOK }
            }
            Self::LogOn { .. } => {
                Traits { through: Through::LogOn, phase: Phase::Prove, seconds: 4, ..CLOUD }
            }
        }
    }
}

impl OwnAction {
    /// What it is: the same as what is done for each member in the end.
    #[must_use]
    pub const fn traits(&self) -> Traits<'_> {
        match self {
            Self::DeleteCertificate => Traits {
                reads: Reads::Bound,
                offline: Offline::Bound,
                ..deletes_key("", Setting::Certificate)
            },
            Self::RepairKeyAcl { third, .. } => {
                Traits { reads: Reads::Bound, offline: Offline::Bound, ..repairs_key("", *third) }
            }
            Self::RetireKey => Traits { offline: Offline::Bound, ..retires_key("") },
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
                by_data(sets_value(key.as_str(), name.as_str(), Some(data), *setting), data)
            }
            Self::DeleteRegistryValue { key, name, setting } => {
                sets_value(key.as_str(), name.as_str(), None, *setting)
            }
            Self::DeleteRegistryKey { key, setting } => deletes_key(key.as_str(), *setting),
            Self::SetServiceStart { service, start } => Traits {
                sets: Sets::ServiceStart { service: service.as_str() },
                ..starts(service.as_str(), *start)
            },
            Self::StartService { service } => runs(service.as_str(), Switch::On),
            Self::StopService { service } => stops(service.as_str()),
            Self::RestartRdp { session_env } => Traits {
                phase: Phase::Restart,
                restarts: Restarts::Rdp { session_env: *session_env },
                reads: Reads::Run { service: "TermService", state: Switch::On },
                offline: Offline::Dropped,
                seconds: 20,
                ..GUEST
            },
            Self::EnableRemoteDesktopRules => Traits {
                phase: Phase::Open,
                security: Security::Opens(Barrier::FirewallRdp),
                reads: Reads::Rules { of: RulesOf::RemoteDesktop, are: RulesAre::Open },
                offline: Offline::Edit(DiskEdit::RemoteDesktopRules),
                ..GUEST
            },
            Self::AddFirewallRule { port, sources } => opens_port(*port, sources.as_slice()),
            Self::DeleteFirewallRule { port } => closes_port(*port),
            Self::SetFirewallProfile { profile, state } => turns_firewall(*profile, *state),
            Self::DeleteBootElement { element } => Traits {
                reads: Reads::BootElement { element: number(*element), bytes: None },
                ..edits_boot(Risk::Low, DiskEdit::NoBootElement { element: *element })
            },
            Self::EnableSerialConsole => Traits {
                reads: Reads::BootElement { element: "260000b0", bytes: Some(&[1]) },
                ..edits_boot(Risk::SnapshotFirst, DiskEdit::SerialConsole)
            },
            Self::ShowBootMenu { seconds } => Traits {
                reads: Reads::BootMenu { seconds: *seconds },
                ..edits_boot(Risk::SnapshotFirst, DiskEdit::BootMenu { seconds: *seconds })
            },
            Self::RepairKeyAcl { file, third, .. } => repairs_key(file.as_str(), *third),
            Self::NameThisDisk => edits_boot(Risk::Low, DiskEdit::OwnDisk),
            Self::RetireKey { file } => retires_key(file.as_str()),
            Self::HoldGroupPolicy => holds_policy(),
            Self::ResumeGroupPolicy => Traits {
                phase: Phase::Resume,
                risk: Risk::SnapshotFirst,
                ..starts("gpsvc", StartType::Auto)
            },
            Self::RefreshPolicy { keeps } => Traits {
                phase: Phase::Refresh,
                risk: Risk::SnapshotFirst,
                reads: Reads::Kept(keeps.as_slice()),
                offline: Offline::Dropped,
                seconds: 60,
                ..GUEST
            },
            Self::Reboot => REBOOTS,
            Self::ArmDeadMansSwitch { .. } => Traits {
                phase: Phase::Arm,
                reads: Reads::Key { key: SWITCH_MARKS },
                offline: Offline::Dropped,
                ..GUEST
            },
            Self::DisarmDeadMansSwitch => Traits {
                phase: Phase::Disarm,
                reads: Reads::NoKey { key: SWITCH_MARKS },
                offline: Offline::Dropped,
                ..GUEST
            },
            Self::ClearDeadMansSwitch => Traits {
                phase: Phase::Clear,
                seen_before: SeenBefore::Done,
                reads: Reads::NoKey { key: SWITCH_MARKS },
                ..GUEST
            },
            Self::RemoveRemains { .. } => {
                Traits { phase: Phase::Clear, offline: Offline::Dropped, ..GUEST }
            }
            Self::BootstrapWinrm { sources } => sets_winrm_up(sources.as_slice()),
            Self::CloseWinrm => TAKES_WINRM_BACK,
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

const fn sets_winrm_up(sources: &[IpNet]) -> Traits<'_> {
    Traits {
        phase: Phase::Open,
        may_close: Ways::Winrm,
        security: Security::Opens(Barrier::Winrm { sources }),
        reads: Reads::Key { key: WINRM_LISTENER },
        seconds: 30,
        ..GUEST
    }
}

const TAKES_WINRM_BACK: Traits<'static> = Traits {
    phase: Phase::Wall,
    may_close: Ways::Winrm,
    security: Security::Closes(Barrier::Winrm { sources: &[] }),
    reads: Reads::NoKey { key: WINRM_MARK },
    seconds: 5,
    ..GUEST
};

const REBOOTS: Traits<'static> = Traits {
    phase: Phase::Restart,
    restarts: Restarts::Windows,
    risk: Risk::SnapshotFirst,
    batch: Batch::Ends,
    offline: Offline::Dropped,
    seconds: 180,
    ..GUEST
};

const fn starts(service: &str, start: StartType) -> Traits<'_> {
    Traits {
        seen_before: SeenBefore::Done,
        reads: Reads::Start { service, start },
        offline: Offline::Edit(DiskEdit::ServiceStart { service, start }),
        ..GUEST
    }
}

/// For a disk it is nothing that a plan would bring: only whoever asks for it gets it there.
const fn holds_policy() -> Traits<'static> {
    let (service, start) = ("gpsvc", StartType::Disabled);
    Traits {
        phase: Phase::Hold,
        risk: Risk::SnapshotFirst,
        offline: Offline::OnDemand(DiskEdit::ServiceStart { service, start }),
        ..starts(service, start)
    }
}

const fn runs(service: &str, state: Switch) -> Traits<'_> {
    Traits {
        seen_before: SeenBefore::Done,
        reads: Reads::Run { service, state },
        offline: Offline::Dropped,
        sets: Sets::ServiceRun { service },
        ..GUEST
    }
}

const fn stops(service: &str) -> Traits<'_> {
    let is_winrm = service.eq_ignore_ascii_case("winrm");
    Traits {
        may_close: if is_winrm { Ways::Winrm } else { Ways::None },
        port: Port::Frees,
        ..runs(service, Switch::Off)
    }
}

const fn opens_port(port: u16, sources: &[IpNet]) -> Traits<'_> {
    Traits {
        phase: Phase::Open,
        security: Security::Opens(Barrier::FirewallPort { port }),
        reads: Reads::Rules { of: RulesOf::Ours(port), are: RulesAre::Open },
        offline: Offline::Edit(DiskEdit::FirewallRule { port, sources }),
        ..GUEST
    }
}

const fn closes_port(port: u16) -> Traits<'static> {
    Traits {
        phase: Phase::CloseFormer,
        security: Security::Closes(Barrier::FirewallPort { port }),
        reads: Reads::Rules { of: RulesOf::Ours(port), are: RulesAre::Gone },
        offline: Offline::Edit(DiskEdit::NoFirewallRule { port }),
        ..GUEST
    }
}

/// The wall of one profile: it stands once the value says so that Windows keeps of it.
const fn turns_firewall(profile: FirewallProfile, state: Switch) -> Traits<'static> {
    const ON: &RegData = &RegData::Dword(1);
    const OFF: &RegData = &RegData::Dword(0);
    let key = match profile {
        FirewallProfile::Domain => {
            r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\DomainProfile"
        }
        FirewallProfile::Private => {
            r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\StandardProfile"
        }
        FirewallProfile::Public => {
            r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\PublicProfile"
        }
    };
    let data = match state {
        Switch::On => ON,
        Switch::Off => OFF,
    };
    let row = Traits {
        reads: Reads::Value { key, name: "EnableFirewall", data: Some(data) },
        offline: Offline::Edit(DiskEdit::FirewallProfile { profile, state }),
        sets: Sets::FirewallProfile { profile, state },
        ..GUEST
    };
    match state {
        Switch::On => Traits {
            phase: Phase::Wall,
            may_close: Ways::Network,
            security: Security::Closes(Barrier::Firewall),
            ..row
        },
        Switch::Off => Traits { security: Security::Opens(Barrier::Firewall), ..row },
    }
}

/// An element's number, as the boot store spells it.
const fn number(element: BootElement) -> &'static str {
    match element {
        BootElement::Safeboot => "25000080",
        BootElement::SafebootAlternateShell => "26000081",
    }
}

const fn edits_boot(risk: Risk, edit: DiskEdit<'_>) -> Traits<'_> {
    Traits { risk, offline: Offline::Edit(edit), ..GUEST }
}

/// Writing or deleting one registry value is what its setting makes of it.
const fn sets_value<'a>(
    key: &'a str,
    name: &'a str,
    data: Option<&'a RegData>,
    setting: Setting,
) -> Traits<'a> {
    let row = Traits {
        seen_before: SeenBefore::Done,
        reads: Reads::Value { key, name, data },
        offline: Offline::Edit(DiskEdit::Value { key, name, data }),
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

const fn deletes_key(key: &str, setting: Setting) -> Traits<'_> {
    let row = Traits {
        seen_before: SeenBefore::Done,
        reads: Reads::NoKey { key },
        offline: Offline::Edit(DiskEdit::NoKey { key }),
        sets: Sets::Key { setting },
        ..GUEST
    };
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

const fn retires_key(file: &str) -> Traits<'_> {
    Traits {
        risk: Risk::SnapshotFirst,
        offline: Offline::Edit(DiskEdit::KeyAside { file }),
        ..GUEST
    }
}

const fn repairs_key(file: &str, third: KeyHolder) -> Traits<'_> {
    Traits {
        security: Security::Opens(Barrier::RdpKey),
        risk: Risk::SnapshotFirst,
        reads: Reads::KeyReadable { file },
        offline: Offline::Edit(DiskEdit::KeyDescriptor { file, third }),
        ..GUEST
    }
}
