//! Steps, verdicts and reasons in words.

use rdpctl_model::action::traits::Owner;
use rdpctl_model::facet::World;
use rdpctl_model::plan::{Group, Held, Member, Plan};
use rdpctl_model::step::{
    Action, CloudAction, Deed, FirewallProfile, GuestAction, OwnAction, Step, Switch,
};
use rdpctl_model::{Stage, Verdict};
pub(crate) use rdpctl_page::grouped;
use rdpctl_words::english;

/// What a step does, in a few words.
pub(crate) fn action(action: &Action) -> String {
    match action {
        Action::Cloud(action) => cloud(action),
        Action::Guest(action) => guest(action),
        Action::Own(action) => own(action),
        Action::Observe { facets } => {
            let names: Vec<&str> = facets.iter().map(|facet| facet.name()).collect();
            format!("look into the guest; decides {}", names.join(", "))
        }
        Action::Prove { port } => format!("prove it: RDP handshake from outside on port {port}"),
        Action::LogOn { port, user, .. } => format!(
            "log on as {user} on port {port}, once: a wrong password counts towards its lock-out; the password is not handed over"
        ),
    }
}

/// What a step does to a group's members: to what is their own, where that is known of them and can be said in a line.
pub(crate) fn on_members(step: &Step, group: Option<&Group>) -> String {
    let plain = action(&step.action);
    if !step.action.is_own() {
        return plain;
    }
    let members = group.map(|group| group.members.as_slice()).unwrap_or_default();
    let bound = |member: &Member| {
        let binds = member.binds.as_deref()?;
        let said = concrete(&step.deed(binds).ok()?);
        // An edit of a shared rule set concerns whoever else is behind it.
        let edits = binds.openings.iter().chain(&binds.closings);
        let concerned = edits.filter_map(|edit| edit.affects).max().filter(|all| *all > 1);
        let shared = step.action.traits().owner == Owner::Shared;
        Some(match concerned.filter(|_| shared) {
            Some(all) => format!("{said} (concerns {all} instances)"),
            None => said,
        })
    };
    let mut said: Vec<String> = members.iter().filter_map(bound).collect();
    let all = said.len() == members.len();
    said.dedup();
    match said.as_slice() {
        [one] if all => one.clone(),
        _ => plain,
    }
}

fn concrete(deed: &Deed) -> String {
    match deed {
        Deed::Cloud(actions) => actions.iter().map(cloud).collect::<Vec<_>>().join("; "),
        Deed::Guest { action, .. } => guest(action),
        Deed::Look | Deed::Proof => String::new(),
    }
}

fn own(action: &OwnAction) -> String {
    match action {
        OwnAction::DeleteCertificate => "delete the RDP certificate in use".to_owned(),
        OwnAction::RepairKeyAcl { .. } => "repair the ACL of the RDP key".to_owned(),
        OwnAction::RetireKey => "set the RDP key aside".to_owned(),
        OwnAction::OpenDoors { port, sources } => {
            let sources: Vec<String> = sources.iter().map(ToString::to_string).collect();
            format!("let tcp {port} in from {}, in each machine's rule set", sources.join(", "))
        }
        OwnAction::CloseDoors { port } => {
            format!("delete our rule for port {port} in each machine's rule set")
        }
    }
}

fn cloud(action: &CloudAction) -> String {
    match action {
        CloudAction::Start => "start the instance".to_owned(),
        CloudAction::AllocateAddress { mbps } => {
            format!("obtain an elastic address with {mbps} Mbps, or reuse a free one of ours")
        }
        CloudAction::AssociateAddress => "bind the address".to_owned(),
        CloudAction::TransformAddress => "turn the ordinary address into an elastic one".to_owned(),
        CloudAction::SetAddressBandwidth { mbps } => format!("set the address to {mbps} Mbps"),
        CloudAction::SetInstanceBandwidth { mbps } => format!("set the instance to {mbps} Mbps"),
        CloudAction::OpenDoor { rule_set, rule, .. } => {
            let sources: Vec<String> = rule.sources.iter().map(ToString::to_string).collect();
            format!(
                "{}: insert ACCEPT tcp {} from {} at {}",
                rule_set.short(),
                rule.port,
                sources.join(", "),
                rule.place
            )
        }
        CloudAction::CloseDoor { rule_set, rule, .. } => {
            format!("{}: delete our rule for port {}", rule_set.short(), rule.port)
        }
        CloudAction::SnapshotSystemDisk => "snapshot the system disk".to_owned(),
        CloudAction::Reboot => "reboot through the cloud".to_owned(),
        CloudAction::ReleaseAddress { address } => format!("give {address} back"),
    }
}

fn guest(action: &GuestAction) -> String {
    match action {
        GuestAction::SetRegistry { key, name, data, .. } => {
            format!("set {}\\{name} to {}", last(key), data_words(data))
        }
        GuestAction::DeleteRegistryValue { key, name, .. } => {
            format!("delete {}\\{name}", last(key))
        }
        GuestAction::DeleteRegistryKey { key, .. } => format!("delete the key {}", last(key)),
        GuestAction::SetServiceStart { service, start } => {
            format!("set {service} to start {}", start.name())
        }
        GuestAction::StartService { service } => format!("start {service}"),
        GuestAction::StopService { service } => format!("stop {service}"),
        GuestAction::RestartRdp { session_env: true } => {
            "restart SessionEnv and TermService".to_owned()
        }
        GuestAction::RestartRdp { session_env: false } => "restart TermService".to_owned(),
        GuestAction::EnableRemoteDesktopRules => {
            "enable the firewall's rule group for Remote Desktop".to_owned()
        }
        GuestAction::AddFirewallRule { port, .. } => {
            format!("add a firewall rule for port {port}, TCP and UDP")
        }
        GuestAction::DeleteFirewallRule { port } => {
            format!("delete our firewall rule for port {port}")
        }
        GuestAction::SetFirewallProfile { profile, state } => {
            let networks = match profile {
                FirewallProfile::Domain => "domain",
                FirewallProfile::Private => "private",
                FirewallProfile::Public => "public",
            };
            let state = match state {
                Switch::On => "on",
                Switch::Off => "off",
            };
            format!("turn the firewall {state} for {networks} networks")
        }
        GuestAction::DeleteBootElement { .. } => "leave safe mode at the next start".to_owned(),
        GuestAction::EnableSerialConsole => "turn the serial console on".to_owned(),
        GuestAction::ShowBootMenu { seconds } => {
            format!("show the boot menu for {seconds} s, on the serial console as well")
        }
        GuestAction::RepairKeyAcl { file, .. } => format!("repair the ACL of {file}"),
        GuestAction::NameThisDisk => "make the boot store name this disk".to_owned(),
        GuestAction::RetireKey { file } => format!("set the key {file} aside"),
        GuestAction::HoldGroupPolicy => "hold group policy from the next boot on".to_owned(),
        GuestAction::ResumeGroupPolicy => "resume group policy".to_owned(),
        GuestAction::RefreshPolicy { keeps } if keeps.is_empty() => {
            "refresh group policy".to_owned()
        }
        GuestAction::RefreshPolicy { .. } => {
            "refresh group policy, and see whether it puts anything back".to_owned()
        }
        GuestAction::Reboot => "reboot".to_owned(),
        GuestAction::ArmDeadMansSwitch { minutes, .. } => {
            format!("arm a dead man's switch of {minutes} minutes")
        }
        GuestAction::DisarmDeadMansSwitch => "disarm the dead man's switch".to_owned(),
        GuestAction::ClearDeadMansSwitch => {
            "remove the dead man's switch that an earlier run left".to_owned()
        }
        GuestAction::RemoveRemains { .. } => {
            "remove what earlier runs left and undo needs no more".to_owned()
        }
        GuestAction::BootstrapWinrm { .. } => "set up WinRM".to_owned(),
    }
}

fn data_words(data: &rdpctl_model::guest::RegData) -> String {
    use rdpctl_model::guest::RegData;
    match data {
        RegData::Dword(number) => number.to_string(),
        RegData::Qword(number) => number.to_string(),
        RegData::Sz(text) | RegData::ExpandSz(text) => format!("“{text}”"),
        RegData::MultiSz(texts) => texts.join(", "),
        RegData::Binary(bytes) => format!("{} bytes", bytes.len()),
        RegData::Other(kind, text) => format!("{kind} {text}"),
    }
}

/// The last two parts of a key, which people know.
fn last(key: &str) -> String {
    let parts: Vec<&str> = key.rsplit('\\').take(2).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join("\\")
}

/// The worlds, by the keys of their names.
pub(crate) const fn world(world: World) -> &'static str {
    match world {
        World::Cloud => "cloud",
        World::Guest => "guest",
        World::Outside => "outside",
    }
}

/// Why a step is held.
pub(crate) fn held(plan: &Plan, held: &Held) -> String {
    match held {
        Held::Asks { guards } => {
            let names: Vec<&str> = guards.iter().map(|guard| guard.name()).collect();
            format!("held: asks for {}", names.join(", "))
        }
        Held::Denied { guard } => format!("held: the guard {} says no", guard.name()),
        Held::Window { opens } => format!("held: the maintenance window opens {opens}"),
        Held::LockOut { why } => format!("held: {why}"),
        Held::Behind { step } => format!("held behind {}", plan.number(*step)),
    }
}

/// A verdict's mark, as in a diff.
pub(crate) const fn mark(verdict: &Verdict) -> char {
    match verdict {
        Verdict::Healthy { .. } => ' ',
        Verdict::Drifted { .. } => '~',
        Verdict::Unknown { .. } => '?',
        Verdict::Blocked { .. } => '!',
        Verdict::NotApplicable { .. } => '-',
    }
}

/// A verdict in one line.
pub(crate) fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Healthy { seen } => english(seen),
        Verdict::Drifted { from, to } => format!("{} -> {}", english(from), english(to)),
        Verdict::Unknown { gap } => format!("unknown: {gap}"),
        Verdict::Blocked { from, to, by, .. } => {
            format!("{} -> {}, blocked by {}", english(from), english(to), english(by))
        }
        Verdict::NotApplicable { reason } => format!("not applicable: {}", english(reason)),
    }
}

/// Who a group is.
pub(crate) fn members(group: &Group) -> String {
    const SHOWN: usize = 3;
    let names: Vec<&str> =
        group.members.iter().take(SHOWN).map(|member| member.name.as_str()).collect();
    match group.members.len() {
        0..=SHOWN => names.join(", "),
        count => format!(
            "{} instances: {} and {} more",
            grouped(count),
            names.join(", "),
            grouped(count - SHOWN)
        ),
    }
}

/// `1 instance`, `2 instances`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{} {noun}s", grouped(number)) }
}

/// Seconds as people say them.
pub(crate) fn duration(seconds: u64) -> String {
    match seconds {
        0..=90 => format!("{seconds} s"),
        _ => format!("{} min", seconds.div_ceil(60)),
    }
}

/// A moment as people write it, in UTC.
pub(crate) fn moment(at: jiff::Timestamp) -> String {
    at.strftime("%-d %b %Y %H:%M UTC").to_string()
}

/// Where in a connection a stage is.
pub(crate) const fn place(stage: Stage) -> &'static str {
    match stage {
        Stage::Way => "on the way",
        Stage::Tcp => "at TCP",
        Stage::Negotiation => "at the negotiation",
        Stage::Tls => "at TLS",
        Stage::LogOn => "at the log-on",
        Stage::Session => "in the session",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1234), "1,234");
        assert_eq!(grouped(1_000_000), "1,000,000");
    }
}
