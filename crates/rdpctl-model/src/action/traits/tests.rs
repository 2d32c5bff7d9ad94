//! `docs/actions.md` says of every action what the table says.

use std::fmt::Write;

use super::*;
use crate::action::check::{RulesAre, RulesOf};
use crate::action::guest::samples as guest;
use crate::action::kinds::BootElement;
use crate::action::{Action, CloudAction, GuestAction, OwnAction};
use crate::facet::FacetId;
use crate::guest::RegData;
use crate::id::ResourceId;
use crate::rules::{NewRule, Place};
use crate::step::KeyHolder;

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
    OwnAction::RetireKey => OwnAction::RetireKey,
    OwnAction::OpenDoors { .. } => OwnAction::OpenDoors { port: 3389, sources: sources() },
    OwnAction::CloseDoors { .. } => OwnAction::CloseDoors { port: 3390 },
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
    match traits.reads {
        Reads::Nothing | Reads::ByItself => {}
        Reads::Bound => say("read back as bound"),
        Reads::Value { data, .. } => say(&format!("read back: {}", value_word(data))),
        Reads::NoKey { .. } => say("read back: no key"),
        Reads::Start { service, start } => say(&format!("read back: {service} starts {start:?}")),
        Reads::Run { service, state } => say(&format!("read back: {service} {}", word(&state))),
        Reads::Kept(_) => say("read back: what was set stands"),
        Reads::Key { .. } => say("read back: the key"),
        Reads::Rules { are: RulesAre::Open, .. } => say("read back: a rule lets TCP in"),
        Reads::Rules { are: RulesAre::Gone, .. } => say("read back: no rule"),
        Reads::BootElement { element, bytes: None } => say(&format!("read back: no {element}")),
        Reads::BootElement { element, .. } => say(&format!("read back: {element}")),
        Reads::BootMenu { .. } => say("read back: the boot menu"),
        Reads::KeyReadable { .. } => say("read back: the key file's list"),
    }
    match traits.offline {
        Offline::Edit(edit) => say(&format!("on a disk: {}", edit_word(edit))),
        Offline::OnDemand(edit) => say(&format!("on a disk on demand: {}", edit_word(edit))),
        Offline::Bound => say("on a disk as bound"),
        Offline::Dropped => say("dropped on a disk"),
        Offline::No => {}
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
        Sets::FirewallProfile { state, .. } => {
            say(&format!("sets a firewall profile {}", word(&state)));
        }
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

fn value_word(data: Option<&RegData>) -> &'static str {
    if data.is_some() { "the value" } else { "no value" }
}

fn edit_word(edit: DiskEdit<'_>) -> String {
    match edit {
        DiskEdit::Value { data, .. } => value_word(data).to_owned(),
        DiskEdit::NoKey { .. } => "no key".to_owned(),
        DiskEdit::ServiceStart { service, start } => format!("{service} starts {start:?}"),
        DiskEdit::RemoteDesktopRules => "rules for Remote Desktop".to_owned(),
        DiskEdit::FirewallRule { port, sources } => {
            format!("rule for port {port} from {sources:?}")
        }
        DiskEdit::NoFirewallRule { port } => format!("no rule for port {port}"),
        DiskEdit::FirewallProfile { profile, state } => {
            format!("{} profile {}", word(&profile), word(&state))
        }
        DiskEdit::NoBootElement { element } => format!("no {}", word(&element)),
        DiskEdit::SerialConsole => "serial console".to_owned(),
        DiskEdit::BootMenu { seconds } => format!("boot menu for {seconds} s"),
        DiskEdit::KeyDescriptor { third, .. } => {
            format!("RDP key's descriptor with {}", word(&third))
        }
        DiskEdit::KeyAside { .. } => "RDP key set aside".to_owned(),
        DiskEdit::OwnDisk => "the boot store names this disk".to_owned(),
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
    let log_on = Action::LogOn { port: 3389, user: String::new(), reference: String::new() };
    row(&mut table, "`log-on`", &log_on.traits());
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
        let (gone, written) = (no_value(setting), value(setting));
        let (gone, written) = (gone.traits(), written.traits());
        let alike = Traits { reads: written.reads, offline: written.offline, ..gone };
        assert_eq!(alike, written, "{setting:?}");
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
    let done = [
        no_key(Setting::Certificate),
        guest().into_iter().find(|it| word(it) == "repair-key-acl").unwrap(),
    ];
    for (own, done) in own().iter().zip(&done) {
        // What differs from machine to machine, nobody can say before it is bound.
        let (own, done) = (own.traits(), done.traits());
        let bound = Traits { reads: done.reads, offline: done.offline, ..own };
        assert_eq!(bound, done);
        assert!(own.offline.is_written() && done.offline.is_written());
    }
}

#[test]
fn what_is_written_to_a_disk_is_what_is_read_back_where_anything_is() {
    for action in guest() {
        let traits = action.traits();
        let Offline::Edit(edit) = traits.offline else { continue };
        let written = match edit {
            DiskEdit::Value { key, name, data } => Reads::Value { key, name, data },
            DiskEdit::NoKey { key } => Reads::NoKey { key },
            DiskEdit::ServiceStart { service, start } => Reads::Start { service, start },
            DiskEdit::FirewallProfile { .. } => {
                let value = matches!(traits.reads, Reads::Value { name: "EnableFirewall", .. });
                assert!(value, "{action:?}");
                continue;
            }
            DiskEdit::RemoteDesktopRules => {
                Reads::Rules { of: RulesOf::RemoteDesktop, are: RulesAre::Open }
            }
            DiskEdit::FirewallRule { port, .. } => {
                Reads::Rules { of: RulesOf::Ours(port), are: RulesAre::Open }
            }
            DiskEdit::NoFirewallRule { port } => {
                Reads::Rules { of: RulesOf::Ours(port), are: RulesAre::Gone }
            }
            DiskEdit::NoBootElement { element: BootElement::Safeboot } => {
                Reads::BootElement { element: "25000080", bytes: None }
            }
            DiskEdit::NoBootElement { element: BootElement::SafebootAlternateShell } => {
                Reads::BootElement { element: "26000081", bytes: None }
            }
            DiskEdit::SerialConsole => {
                Reads::BootElement { element: "260000b0", bytes: Some(&[1]) }
            }
            DiskEdit::BootMenu { seconds } => Reads::BootMenu { seconds },
            DiskEdit::KeyDescriptor { file, .. } => Reads::KeyReadable { file },
            DiskEdit::KeyAside { .. } | DiskEdit::OwnDisk => Reads::ByItself,
        };
        assert_eq!(traits.reads, written, "{action:?}");
    }
}

#[test]
fn only_a_refresh_of_policy_has_checks_to_be_filled_in() {
    for mut action in guest() {
        let is_refresh = word(&action) == "refresh-policy";
        assert_eq!(action.keeps_mut().is_some(), is_refresh, "{action:?}");
    }
}

#[test]
fn whatever_changes_something_has_its_end_read_back() {
    for action in guest() {
        assert_ne!(action.traits().reads, Reads::Nothing, "{action:?}");
    }
    for action in own() {
        assert_ne!(action.traits().reads, Reads::Nothing, "{action:?}");
    }
}
