//! What an action changes in the guest of a [`super::Machine`]: it makes true what it says of itself, and no more.

use rdpctl_model::action::traits::Sets;
use rdpctl_model::guest::{KeyAnswer, RegData, RunState, ServiceState};
use rdpctl_model::outcome::Receipt;
use rdpctl_model::step::{Check, Setting};
use rdpctl_model::{Gap, GuestAction, Said};

use super::Machine;
use crate::channel::Finding;

/// Does one action to a guest. Nothing can be done with a service that was never put there.
pub(super) fn perform(machine: &mut Machine, action: &GuestAction) -> Result<Receipt, String> {
    let checks = action.proves();
    for check in &checks {
        if let Check::Service { service, .. } = check
            && !machine.guest.services.contains_key(&service.to_ascii_lowercase())
        {
            return Err(format!("{service} is not there"));
        }
    }
    let already = !checks.is_empty() && checks.iter().all(|it| find(machine, it) == Finding::Holds);
    let setting = match action.traits().sets {
        Sets::Value { setting, .. } | Sets::Key { setting } => setting,
        Sets::ServiceStart { .. }
        | Sets::ServiceRun { .. }
        | Sets::FirewallProfile { .. }
        | Sets::Other => Setting::Startup,
    };
    let undo = checks.iter().filter_map(|check| way_back(machine, check, setting)).collect();
    for check in &checks {
        fulfil(machine, check);
    }
    if *action == GuestAction::Reboot
        && let Ok((_, record)) = &mut machine.guest.booted
    {
        *record += 1;
    }
    Ok(Receipt { already, undo, ..Receipt::default() })
}

fn differs(found: impl Into<String>) -> Finding {
    Finding::Differs(Said::quoted(found))
}

/// What is found for a check.
pub(super) fn find(machine: &Machine, check: &Check) -> Finding {
    let registry = &machine.guest.registry;
    match check {
        Check::Registry { key, name, data } => match registry.value(key, name) {
            Ok(found) if found == data.as_ref() => Finding::Holds,
            Ok(Some(found)) => differs(format!("{name} is {found:?}")),
            Ok(None) => differs(format!("{name} is absent")),
            // The world is whole: what nobody put is not there.
            Err(Gap::NotAsked) if data.is_none() => Finding::Holds,
            Err(Gap::NotAsked) => differs(format!("{name} is absent")),
            Err(gap) => Finding::Unknown(gap),
        },
        Check::KeyAbsent { key } => match registry.key(key) {
            Ok(None) | Err(Gap::NotAsked) => Finding::Holds,
            Ok(Some(_)) => differs("the key is there"),
            Err(gap) => Finding::Unknown(gap),
        },
        Check::KeyPresent { key } => match registry.key(key) {
            Ok(Some(_)) => Finding::Holds,
            Ok(None) | Err(Gap::NotAsked) => differs("the key is not there"),
            Err(gap) => Finding::Unknown(gap),
        },
        // It has no firewall, boot store or key files of which anything could be told.
        Check::FirewallRules { .. } | Check::BootElement { .. } | Check::KeyReadable { .. } => {
            differs("it was not so before")
        }
        Check::Service { service, running } => {
            match machine.guest.services.get(&service.to_ascii_lowercase()) {
                Some(Ok(state)) if (state.run == RunState::Running) == *running => Finding::Holds,
                Some(Ok(state)) => differs(format!("{service} is {:?}", state.run)),
                Some(Err(gap)) => Finding::Unknown(gap.clone()),
                None => differs(format!("{service} is not there")),
            }
        }
    }
}

fn fulfil(machine: &mut Machine, check: &Check) {
    match check {
        Check::Registry { key, name, data: Some(data) } => {
            machine.values(key).insert(name.to_ascii_lowercase(), data.clone());
        }
        Check::Registry { key, name, data: None } => {
            machine.values(key).remove(&name.to_ascii_lowercase());
        }
        Check::KeyAbsent { key } => {
            let path = key.to_ascii_lowercase();
            let below = format!("{path}\\");
            machine.guest.registry.keys.retain(|key, _| !key.starts_with(&below));
            machine.guest.registry.keys.insert(path, KeyAnswer::Absent);
        }
        Check::KeyPresent { key } => {
            machine.values(key);
        }
        Check::FirewallRules { .. } | Check::BootElement { .. } | Check::KeyReadable { .. } => {}
        Check::Service { service, running } => {
            let run = if *running { RunState::Running } else { RunState::Stopped };
            let state = ServiceState { run, pid: 0, win32_exit: 0, pending: None };
            machine.guest.services.insert(service.to_ascii_lowercase(), Ok(state));
        }
    }
}

/// What puts back what fulfilling a check replaces, as far as one action can.
fn way_back(machine: &Machine, check: &Check, setting: Setting) -> Option<GuestAction> {
    match check {
        Check::Registry { key, name, .. } => {
            let (key, name) = (key.clone(), name.clone());
            let found: Option<RegData> =
                machine.guest.registry.value(&key, &name).ok().flatten().cloned();
            Some(match found {
                Some(data) => GuestAction::SetRegistry { key, name, data, setting },
                None => GuestAction::DeleteRegistryValue { key, name, setting },
            })
        }
        Check::KeyAbsent { .. }
        | Check::KeyPresent { .. }
        | Check::Service { .. }
        | Check::FirewallRules { .. }
        | Check::BootElement { .. }
        | Check::KeyReadable { .. } => None,
    }
}
