//! `docs/actions.md` says of every action what the table says.

use std::fmt::Write;

use super::*;
use crate::action::{Action, CloudAction, GuestAction, OwnAction};
use crate::facet::FacetId;
use crate::guest::RegData;
use crate::id::ResourceId;
use crate::rules::{NewRule, Place};
use crate::step::{BootElement, FirewallProfile, KeyHolder, StartType, Switch};

/// One list from which come a value of each kind and a match over the kinds, so that none can be missing.
macro_rules! each {
    ($name:ident, $kind:ty: $($pattern:pat => $value:expr,)*) => {
        fn $name() -> Vec<$kind> {
            fn known(value: $kind) -> $kind {
                match &value {
                    $($pattern => {})*
                }
                value
            }
            vec![$(known($value)),*]
        }
    };
}

each!(settings, Setting:
    Setting::ListenerPort => Setting::ListenerPort,
    Setting::Listener => Setting::Listener,
    Setting::RemoteConnections => Setting::RemoteConnections,
    Setting::Authentication => Setting::Authentication,
    Setting::Protocols => Setting::Protocols,
    Setting::Certificate => Setting::Certificate,
    Setting::Startup => Setting::Startup,
    Setting::CrashDump => Setting::CrashDump,
    Setting::FirewallRule => Setting::FirewallRule,
    Setting::Winrm => Setting::Winrm,
);

fn rule() -> NewRule {
    NewRule {
        place: Place::Position(0),
        port: 3389,
        sources: sources(),
        description: String::new(),
    }
}

fn sources() -> Vec<IpNet> {
    vec!["203.0.113.0/24".parse().unwrap()]
}

fn set() -> ResourceId {
    ResourceId::new("sg-1")
}

each!(cloud, CloudAction:
    CloudAction::Start => CloudAction::Start,
    CloudAction::AllocateAddress { .. } => CloudAction::AllocateAddress { mbps: 5 },
    CloudAction::AssociateAddress => CloudAction::AssociateAddress,
    CloudAction::TransformAddress => CloudAction::TransformAddress,
    CloudAction::SetAddressBandwidth { .. } => CloudAction::SetAddressBandwidth { mbps: 5 },
    CloudAction::SetInstanceBandwidth { .. } => CloudAction::SetInstanceBandwidth { mbps: 5 },
    CloudAction::OpenDoor { .. } => CloudAction::OpenDoor { rule_set: set(), version: String::new(), rule: rule() },
    CloudAction::CloseDoor { .. } => CloudAction::CloseDoor { rule_set: set(), version: String::new(), rule: rule() },
    CloudAction::SnapshotSystemDisk => CloudAction::SnapshotSystemDisk,
    CloudAction::Reboot => CloudAction::Reboot,
    CloudAction::ReleaseAddress { .. } => CloudAction::ReleaseAddress { address: ResourceId::new("eip-1") },
);

each!(own, OwnAction:
    OwnAction::DeleteCertificate => OwnAction::DeleteCertificate,
    OwnAction::RepairKeyAcl { .. } => OwnAction::RepairKeyAcl { third: KeyHolder::SessionEnv, take_ownership: false, folder: false },
    OwnAction::OpenDoors { .. } => OwnAction::OpenDoors { port: 3389, sources: sources() },
    OwnAction::CloseDoors { .. } => OwnAction::CloseDoors { port: 3390 },
);

fn service(name: &str) -> String {
    name.to_owned()
}

fn profile(state: Switch) -> GuestAction {
    GuestAction::SetFirewallProfile { profile: FirewallProfile::Public, state }
}

each!(guest, GuestAction:
    GuestAction::SetRegistry { .. } => value(Setting::Listener),
    GuestAction::DeleteRegistryValue { .. } => no_value(Setting::Listener),
    GuestAction::DeleteRegistryKey { .. } => no_key(Setting::Startup),
    GuestAction::SetServiceStart { .. } => GuestAction::SetServiceStart { service: service("TermService"), start: StartType::Auto },
    GuestAction::StartService { .. } => GuestAction::StartService { service: service("TermService") },
    GuestAction::StopService { .. } => GuestAction::StopService { service: service("nginx") },
    GuestAction::RestartRdp { .. } => GuestAction::RestartRdp { session_env: true },
    GuestAction::EnableRemoteDesktopRules => GuestAction::EnableRemoteDesktopRules,
    GuestAction::AddFirewallRule { .. } => GuestAction::AddFirewallRule { port: 3389, sources: Vec::new() },
    GuestAction::DeleteFirewallRule { .. } => GuestAction::DeleteFirewallRule { port: 3390 },
    GuestAction::SetFirewallProfile { state: Switch::On, .. } => profile(Switch::On),
    GuestAction::SetFirewallProfile { state: Switch::Off, .. } => profile(Switch::Off),
    GuestAction::DeleteBootElement { .. } => GuestAction::DeleteBootElement { element: BootElement::Safeboot },
    GuestAction::EnableSerialConsole => GuestAction::EnableSerialConsole,
    GuestAction::ShowBootMenu { .. } => GuestAction::ShowBootMenu { seconds: 5 },
    GuestAction::RepairKeyAcl { .. } => GuestAction::RepairKeyAcl { file: String::new(), third: KeyHolder::SessionEnv, take_ownership: false, folder: false },
    GuestAction::RetireKey { .. } => GuestAction::RetireKey { file: String::new() },
    GuestAction::HoldGroupPolicy => GuestAction::HoldGroupPolicy,
    GuestAction::ResumeGroupPolicy => GuestAction::ResumeGroupPolicy,
    GuestAction::RefreshPolicy { .. } => GuestAction::RefreshPolicy { keeps: Vec::new() },
    GuestAction::Reboot => GuestAction::Reboot,
    GuestAction::ArmDeadMansSwitch { .. } => GuestAction::ArmDeadMansSwitch { minutes: 15, restore: Vec::new() },
    GuestAction::DisarmDeadMansSwitch => GuestAction::DisarmDeadMansSwitch,
    GuestAction::ClearDeadMansSwitch => GuestAction::ClearDeadMansSwitch,
    GuestAction::BootstrapWinrm { .. } => GuestAction::BootstrapWinrm { sources: sources() },
);

fn value(setting: Setting) -> GuestAction {
    let (key, name, data) = (r"HKLM\K".to_owned(), "N".to_owned(), RegData::Dword(0));
    GuestAction::SetRegistry { key, name, data, setting }
}

fn no_value(setting: Setting) -> GuestAction {
    GuestAction::DeleteRegistryValue { key: r"HKLM\K".to_owned(), name: "N".to_owned(), setting }
}

fn no_key(setting: Setting) -> GuestAction {
    GuestAction::DeleteRegistryKey { key: r"HKLM\K".to_owned(), setting }
}

/// The word by which plan files know an action.
fn word(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap();
    let word = value.get("do").unwrap_or(&value);
    word.as_str().unwrap().to_owned()
}

/// What is to say of an action, in a fixed order; what goes without saying is left out.
fn said(traits: &Traits<'_>) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut say = |words: &str| said.push(words.to_owned());
    match traits.restarts {
        Restarts::Nothing => {}
        Restarts::Rdp { session_env: true } => say("restarts SessionEnv and TermService"),
        Restarts::Rdp { session_env: false } => say("restarts TermService"),
        Restarts::Windows => say("restarts Windows"),
    }
    match traits.may_close {
        Ways::None => {}
        Ways::Network => say("may close the network's way in"),
        Ways::Winrm => say("cuts WinRM's own connection"),
    }
    match traits.security {
        Security::Neutral => {}
        Security::Opens(barrier) => say(&format!("opens: {}", barrier_word(barrier))),
        Security::Closes(barrier) => say(&format!("closes: {}", barrier_word(barrier))),
        Security::AsDeclared => say("weaker or stronger as declared"),
    }
    match traits.port {
        Port::Stays => {}
        Port::Moves => say("moves RDP's port"),
        Port::Frees => say("frees a port"),
    }
    match traits.risk {
        Risk::Low => {}
        Risk::SnapshotFirst => say("snapshot first"),
    }
    match traits.batch {
        Batch::GoesOn => {}
        Batch::Ends => say("ends the batch"),
    }
    match traits.seen_before {
        SeenBefore::Done => say("done if seen before"),
        SeenBefore::Nothing => {}
    }
    match (traits.through, traits.offline) {
        (Through::Guest, Offline::Dropped) => say("dropped on a disk"),
        (Through::Guest, Offline::No) => say("not on a disk"),
        (Through::Guest, Offline::Same)
        | (Through::Cloud | Through::Look | Through::Proof, Offline::No) => {}
        (Through::Cloud | Through::Look | Through::Proof, Offline::Same | Offline::Dropped) => {
            say("on a disk");
        }
    }
    match traits.owner {
        Owner::Machine => {}
        Owner::Shared => say("once for all who share the object"),
    }
    match traits.twice {
        Twice::Harmless => {}
        Twice::Buys => say("repeated only under its token"),
    }
    match traits.sets {
        Sets::Value { .. } => say("sets a registry value"),
        Sets::Key { .. } => say("sets a registry key"),
        Sets::ServiceStart { .. } => say("sets how a service starts"),
        Sets::ServiceRun { .. } => say("sets whether a service runs"),
        Sets::Other => {}
    }
    match traits.policy {
        Policy::Indifferent => {}
        Policy::MayRevert => say("a policy may revert it"),
    }
    for (word, thing) in [("uses", traits.uses), ("makes", traits.makes)] {
        match thing {
            Thing::Nothing => {}
            Thing::FreeAddress => say(&format!("{word} a free address")),
            Thing::BoundAddress => say(&format!("{word} a bound address")),
        }
    }
    match traits.money {
        Money::Nothing => {}
        Money::Instance => say("costs an instance"),
        Money::Address => say("costs an address"),
        Money::Bandwidth => say("costs bandwidth"),
        Money::Snapshot => say("costs a snapshot"),
    }
    said.join("; ")
}

fn barrier_word(barrier: Barrier<'_>) -> String {
    match barrier {
        Barrier::CloudPort { port, sources } => {
            let sources: Vec<String> = sources.iter().map(ToString::to_string).collect();
            format!("cloud port {port} {}", sources.join(" ")).trim_end().to_owned()
        }
        Barrier::PublicAddress => "public address".to_owned(),
        Barrier::RemoteConnections => "remote connections".to_owned(),
        Barrier::Firewall => "Windows firewall".to_owned(),
        Barrier::FirewallRdp => "Windows firewall for RDP".to_owned(),
        Barrier::FirewallPort { port } => format!("Windows firewall for port {port}"),
        Barrier::Winrm { sources } => {
            let sources: Vec<String> = sources.iter().map(ToString::to_string).collect();
            format!("WinRM {}", sources.join(" "))
        }
        Barrier::RdpKey => "RDP key".to_owned(),
    }
}

fn row(text: &mut String, name: &str, traits: &Traits<'_>) {
    let through = format!("{:?}", traits.through).to_lowercase();
    let mut phase = String::new();
    for c in format!("{:?}", traits.phase).chars() {
        if c.is_uppercase() && !phase.is_empty() {
            phase.push(' ');
        }
        phase.extend(c.to_lowercase());
    }
    let _ =
        writeln!(text, "| {name} | {through} | {phase} | {} | {} |", traits.seconds, said(traits));
}

#[test]
fn the_manual_of_actions_says_what_the_table_says() {
    let mut table =
        String::from("| action | through | phase | seconds | what else |\n|---|---|---|---|---|\n");
    for action in cloud() {
        row(&mut table, &format!("`{}`", word(&action)), &Action::Cloud(action.clone()).traits());
    }
    for action in own() {
        row(&mut table, &format!("own `{}`", word(&action)), &Action::Own(action.clone()).traits());
    }
    for action in guest() {
        let mut name = format!("`{}`", word(&action));
        if let GuestAction::SetFirewallProfile { state, .. } = &action {
            name.push_str(&format!(" {}", word(state)));
        }
        row(&mut table, &name, &Action::Guest(action.clone()).traits());
    }
    let stop = GuestAction::StopService { service: "WinRM".to_owned() };
    row(&mut table, "`stop-service` of WinRM", &stop.traits());
    let restart = GuestAction::RestartRdp { session_env: false };
    row(&mut table, "`restart-rdp` without SessionEnv", &restart.traits());
    for setting in settings() {
        let name = format!("`set-registry` of {}", word(&setting));
        row(&mut table, &name, &value(setting).traits());
    }
    let certificate = no_key(Setting::Certificate);
    row(&mut table, "`delete-registry-key` of certificate", &certificate.traits());
    row(&mut table, "`observe`", &Action::Observe { facets: vec![FacetId::Tls] }.traits());
    row(&mut table, "`prove`", &Action::Prove { port: 3389 }.traits());
    let manual = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/actions.md");
    let manual = std::fs::read_to_string(manual).expect("docs/actions.md");
    assert!(manual.ends_with(&table), "docs/actions.md is to end with:\n{table}");
}

#[test]
fn a_key_is_a_record_unless_it_is_a_certificate() {
    for setting in settings() {
        let action = no_key(setting);
        let traits = action.traits();
        let risk = match traits.risk {
            Risk::SnapshotFirst => setting == Setting::Certificate,
            Risk::Low => setting != Setting::Certificate,
        };
        assert!(risk, "{setting:?}");
        assert_eq!((traits.may_close, traits.security), (Ways::None, Security::Neutral));
    }
}

#[test]
fn taking_a_value_away_is_treated_like_writing_it() {
    for setting in settings() {
        assert_eq!(no_value(setting).traits(), value(setting).traits(), "{setting:?}");
    }
}

#[test]
fn to_deny_remote_connections_closes_what_to_allow_them_opens() {
    let deny = |number| {
        let (key, name, data) = (String::new(), String::new(), RegData::Dword(number));
        GuestAction::SetRegistry { key, name, data, setting: Setting::RemoteConnections }
    };
    assert_eq!(deny(0).traits().security, Security::Opens(Barrier::RemoteConnections));
    assert_eq!(deny(1).traits().security, Security::Closes(Barrier::RemoteConnections));
}

#[test]
fn what_each_machine_does_in_the_end_is_what_its_step_said() {
    assert_eq!(OwnAction::DeleteCertificate.traits(), no_key(Setting::Certificate).traits(),);
    for (own, done) in own().iter().zip([
        no_key(Setting::Certificate).traits(),
        guest().iter().find(|it| word(*it) == "repair-key-acl").unwrap().traits(),
    ]) {
        assert_eq!(own.traits(), done);
    }
}

#[test]
fn only_a_refresh_of_policy_has_checks_to_be_filled_in() {
    for mut action in guest() {
        let is_refresh = word(&action) == "refresh-policy";
        assert_eq!(action.keeps_mut().is_some(), is_refresh, "{action:?}");
    }
}
