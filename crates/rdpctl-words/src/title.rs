//! What a step does, in a few words.

use rdpctl_model::Said;
use rdpctl_model::guest::RegData;
use rdpctl_model::said::Arg;
use rdpctl_model::step::{
    Action, CloudAction, Deed, FirewallProfile, GuestAction, OwnAction, Switch,
};

/// What an action does.
#[must_use]
pub fn title(action: &Action) -> Said {
    match action {
        Action::Cloud(action) => cloud(action),
        Action::Guest(action) => guest(action),
        Action::Own(action) => own(action),
        Action::Observe { facets } => {
            say::observe(facets.iter().map(|facet| facet.name()).collect::<Vec<_>>())
        }
        Action::Prove { port } => say::prove(*port),
        Action::LogOn { port, user, .. } => say::log_on(user, *port),
    }
}

/// What is really done to one machine; nothing where that is only looked at.
#[must_use]
pub fn deed(deed: &Deed) -> Said {
    match deed {
        Deed::Cloud(actions) => actions.iter().map(cloud).reduce(say::and_then).unwrap_or_default(),
        Deed::Guest { action, .. } => guest(action),
        Deed::Look | Deed::Proof => Said::default(),
    }
}

/// The same, of something that so many instances share.
#[must_use]
pub fn concerns(what: Said, instances: u32) -> Said {
    say::concerns(what, instances)
}

fn own(action: &OwnAction) -> Said {
    match action {
        OwnAction::DeleteCertificate => say::delete_certificate(),
        OwnAction::RepairKeyAcl { .. } => say::repair_key(),
        OwnAction::RetireKey => say::retire_key(),
        OwnAction::OpenDoors { port, sources } => say::open_doors(*port, list(sources)),
        OwnAction::CloseDoors { port } => say::close_doors(*port),
    }
}

fn cloud(action: &CloudAction) -> Said {
    match action {
        CloudAction::Start => say::start_instance(),
        CloudAction::AllocateAddress { mbps } => say::obtain_address(*mbps),
        CloudAction::AssociateAddress => say::bind_address(),
        CloudAction::TransformAddress => say::transform_address(),
        CloudAction::SetAddressBandwidth { mbps } => say::set_address(*mbps),
        CloudAction::SetInstanceBandwidth { mbps } => say::set_instance(*mbps),
        CloudAction::OpenDoor { rule_set, rule, .. } => say::insert_rule(
            rule_set.short(),
            rule.port,
            list(&rule.sources),
            rule.place.to_string(),
        ),
        CloudAction::CloseDoor { rule_set, rule, .. } => {
            say::delete_rule(rule_set.short(), rule.port)
        }
        CloudAction::SnapshotSystemDisk => say::snapshot_disk(),
        CloudAction::Reboot => say::reboot_by_cloud(),
        CloudAction::ReleaseAddress { address } => say::give_back(address.to_string()),
    }
}

fn guest(action: &GuestAction) -> Said {
    match action {
        GuestAction::SetRegistry { key, name, data, .. } => {
            say::set_value(last(key), name, data_words(data))
        }
        GuestAction::DeleteRegistryValue { key, name, .. } => say::delete_value(last(key), name),
        GuestAction::DeleteRegistryKey { key, .. } => match note_of_msconfig(key) {
            Some(about) => say::forget_note(about),
            None => say::delete_key(last(key)),
        },
        GuestAction::SetServiceStart { service, start } => say::set_start(service, start.name()),
        GuestAction::StartService { service } => say::start_service(service),
        GuestAction::StopService { service } => say::stop_service(service),
        GuestAction::RestartRdp { session_env: true } => say::restart_both(),
        GuestAction::RestartRdp { session_env: false } => say::restart_rdp(),
        GuestAction::EnableRemoteDesktopRules => say::enable_rules(),
        GuestAction::AddFirewallRule { port, .. } => say::add_rule(*port),
        GuestAction::DeleteFirewallRule { port } => say::delete_own_rule(*port),
        GuestAction::SetFirewallProfile { profile, state } => {
            let networks = match profile {
                FirewallProfile::Domain => say::domain(),
                FirewallProfile::Private => say::private(),
                FirewallProfile::Public => say::public(),
            };
            match state {
                Switch::On => say::firewall_on(networks),
                Switch::Off => say::firewall_off(networks),
            }
        }
        GuestAction::DeleteBootElement { .. } => say::leave_safe_mode(),
        GuestAction::EnableSerialConsole => say::console_on(),
        GuestAction::ShowBootMenu { seconds } => say::boot_menu(*seconds),
        GuestAction::RepairKeyAcl { file, .. } => say::repair_file(file),
        GuestAction::NameThisDisk => say::name_this_disk(),
        GuestAction::RetireKey { file } => say::retire_file(file),
        GuestAction::HoldGroupPolicy => say::hold_policy(),
        GuestAction::ResumeGroupPolicy => say::resume_policy(),
        GuestAction::RefreshPolicy { keeps } if keeps.is_empty() => say::refresh_policy(),
        GuestAction::RefreshPolicy { .. } => say::refresh_and_see(),
        GuestAction::Reboot => say::reboot(),
        GuestAction::ArmDeadMansSwitch { minutes, .. } => say::arm_switch(*minutes),
        GuestAction::DisarmDeadMansSwitch => say::disarm_switch(),
        GuestAction::ClearDeadMansSwitch => say::clear_switch(),
        GuestAction::BootstrapWinrm { .. } => say::set_up_winrm(),
        GuestAction::CloseWinrm => say::take_winrm_back(),
        GuestAction::RemoveRemains { .. } => say::remove_remains(),
    }
}

fn list(sources: &[impl ToString]) -> Arg {
    sources.iter().map(ToString::to_string).collect::<Vec<_>>().into()
}

fn data_words(data: &RegData) -> Arg {
    match data {
        RegData::Dword(number) => (*number).into(),
        RegData::Qword(number) => number.to_string().into(),
        RegData::Sz(text) | RegData::ExpandSz(text) => format!("“{text}”").into(),
        RegData::MultiSz(texts) => texts.clone().into(),
        RegData::Binary(bytes) => say::bytes(bytes.len()).into(),
        RegData::Other(kind, text) => format!("{kind} {text}").into(),
    }
}

/// A key by its hive and its last two parts, which people know; a policy's is told from a setting's.
fn last(key: &str) -> String {
    const POLICIES: &str = r"SOFTWARE\Policies";
    const KNOWN: usize = 2;
    let Some((hive, rest)) = key.split_once('\\') else { return key.to_owned() };
    let is_policy = rest.get(..POLICIES.len()).is_some_and(|it| it.eq_ignore_ascii_case(POLICIES));
    let before = if is_policy { format!("{hive}\\{POLICIES}") } else { hive.to_owned() };
    let parts: Vec<&str> = rest.split('\\').collect();
    match parts.len().checked_sub(KNOWN) {
        None | Some(0) => key.to_owned(),
        Some(left) => format!("{before}\\...\\{}", parts[left..].join("\\")),
    }
}

/// What `MSConfig` keeps a note about, if that is what a key is: what it switched off, so that it can be switched on again.
fn note_of_msconfig(key: &str) -> Option<&str> {
    let (before, about) = key.rsplit_once('\\')?;
    let (tool, _) = before.rsplit_once('\\')?;
    tool.to_ascii_lowercase().ends_with(r"\shared tools\msconfig").then_some(about)
}

rdpctl_model::says! { "title":
    log_on(user, port);
    remove_remains();
    observe(facets);
    prove(port);
    and_then(first, then);
    concerns(what, instances);
    delete_certificate();
    repair_key();
    retire_key();
    open_doors(port, networks);
    close_doors(port);
    start_instance();
    obtain_address(mbps);
    bind_address();
    transform_address();
    set_address(mbps);
    set_instance(mbps);
    insert_rule(set, port, networks, place);
    delete_rule(set, port);
    snapshot_disk();
    reboot_by_cloud();
    give_back(address);
    set_value(key, name, value);
    delete_value(key, name);
    delete_key(key);
    forget_note(about);
    set_start(service, start);
    start_service(service);
    stop_service(service);
    restart_both();
    restart_rdp();
    enable_rules();
    add_rule(port);
    delete_own_rule(port);
    domain();
    private();
    public();
    firewall_on(networks);
    firewall_off(networks);
    leave_safe_mode();
    console_on();
    boot_menu(seconds);
    repair_file(file);
    name_this_disk();
    retire_file(file);
    hold_policy();
    resume_policy();
    refresh_policy();
    refresh_and_see();
    reboot();
    arm_switch(minutes);
    disarm_switch();
    clear_switch();
    set_up_winrm();
    take_winrm_back();
    bytes(count);
}
