//! What is read before a change, and the actions that would put it back.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use rdpctl_model::GuestAction;
use rdpctl_model::guest::{RegData, RunState};
use rdpctl_model::step::{FirewallProfile, Setting, StartType, Switch, service_key};

use crate::frame::Frame;
use crate::read::{registry, service};
use crate::refusal::Unrenderable;

use super::questions::{query_key, query_service, query_tree, query_value};
use super::{action, firewall, switch, winrm};

/// The questions whose answers are kept, each with its output.
pub(super) fn questions(action: &GuestAction) -> Result<Vec<String>, Unrenderable> {
    let rules = |pattern: &str| {
        format!(
            "%SystemRoot%\\System32\\reg.exe query \"{}\" /reg:64 >q 2>nul&%SystemRoot%\\System32\\findstr.exe /i /c:\"{pattern}\" q",
            firewall::RULES
        )
    };
    match action {
        GuestAction::SetRegistry { key, name, .. }
        | GuestAction::DeleteRegistryValue { key, name, .. } => Ok(vec![query_value(key, name)?]),
        GuestAction::DeleteRegistryKey { key, .. } => Ok(vec![query_tree(key)?]),
        GuestAction::SetServiceStart { service, .. } => {
            Ok(vec![query_value(&service_key(service), "Start")?])
        }
        GuestAction::StopService { service } => Ok(vec![query_service(service)?]),
        GuestAction::EnableRemoteDesktopRules => Ok(vec![rules("-28752|")]),
        GuestAction::AddFirewallRule { port, .. } | GuestAction::DeleteFirewallRule { port } => {
            Ok(vec![rules(&format!("|Name={}|", firewall::rule_name("TCP", *port)))])
        }
        GuestAction::SetFirewallProfile { profile, .. } => {
            Ok(vec![query_value(firewall::profile_key(*profile), "EnableFirewall")?])
        }
        GuestAction::BootstrapWinrm { .. } => {
            winrm::values().iter().map(|(key, name, _)| query_value(key, name)).collect()
        }
        GuestAction::DisarmDeadMansSwitch => Ok(vec![query_key(switch::MARKS)?]),
        GuestAction::StartService { .. }
        | GuestAction::RestartRdp { .. }
        | GuestAction::DeleteBootElement { .. }
        | GuestAction::EnableSerialConsole
        | GuestAction::ShowBootMenu { .. }
        | GuestAction::RepairKeyAcl { .. }
        | GuestAction::RetireKey { .. }
        | GuestAction::HoldGroupPolicy
        | GuestAction::ResumeGroupPolicy
        | GuestAction::RefreshPolicy { .. }
        | GuestAction::Reboot
        | GuestAction::ClearDeadMansSwitch
        | GuestAction::ArmDeadMansSwitch { .. } => Ok(Vec::new()),
    }
}

/// What stood there before is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lost;

/// The way back from an action, by what was answered before it.
pub(super) fn way_back(action: &GuestAction, before: &[&Frame]) -> Result<Vec<GuestAction>, Lost> {
    let first = || before.first().copied().ok_or(Lost);
    let back = match action {
        GuestAction::SetRegistry { key, name, setting, .. } => {
            vec![value(key, name, *setting, first()?)?]
        }
        GuestAction::DeleteRegistryValue { key, name, setting } => {
            match read_value(key, name, first()?)? {
                None => Vec::new(),
                Some(_) => vec![value(key, name, *setting, first()?)?],
            }
        }
        GuestAction::DeleteRegistryKey { key, setting } => tree(key, *setting, first()?)?,
        GuestAction::SetServiceStart { service, .. } => start(service, first()?)?,
        GuestAction::StopService { service } => running(service, first()?)?,
        GuestAction::EnableRemoteDesktopRules => group(first()?),
        GuestAction::AddFirewallRule { port, .. } => match own_sources(first()?)? {
            None => vec![GuestAction::DeleteFirewallRule { port: *port }],
            Some(sources) => vec![GuestAction::AddFirewallRule { port: *port, sources }],
        },
        GuestAction::DeleteFirewallRule { port } => match own_sources(first()?)? {
            None => Vec::new(),
            Some(sources) => vec![GuestAction::AddFirewallRule { port: *port, sources }],
        },
        GuestAction::SetFirewallProfile { profile, state } => {
            profile_state(*profile, *state, first()?)?
        }
        GuestAction::BootstrapWinrm { .. } => winrm::values()
            .iter()
            .zip(before)
            .map(|((key, name, _), frame)| value(key, name, Setting::Winrm, frame))
            .collect::<Result<Vec<_>, Lost>>()?,
        GuestAction::ArmDeadMansSwitch { .. } => vec![GuestAction::DisarmDeadMansSwitch],
        GuestAction::HoldGroupPolicy => vec![GuestAction::ResumeGroupPolicy],
        // Running services stay running; what these save lies in files that their commands name.
        GuestAction::StartService { .. }
        | GuestAction::RestartRdp { .. }
        | GuestAction::DeleteBootElement { .. }
        | GuestAction::EnableSerialConsole
        | GuestAction::ShowBootMenu { .. }
        | GuestAction::RepairKeyAcl { .. }
        | GuestAction::RetireKey { .. }
        | GuestAction::ResumeGroupPolicy
        | GuestAction::RefreshPolicy { .. }
        | GuestAction::Reboot
        | GuestAction::ClearDeadMansSwitch
        | GuestAction::DisarmDeadMansSwitch => Vec::new(),
    };
    // A way back that has no safe spelling is none.
    let spelled = back.iter().all(|step| action::commands(step, "t").is_ok());
    if spelled { Ok(back) } else { Err(Lost) }
}

/// Whether a dead man's switch had put values back before it was removed.
pub(super) fn has_fired(frame: &Frame) -> bool {
    let marks = registry::dump(&frame.text, switch::MARKS);
    marks.sections.values().any(|values| values.contains_key("restored"))
}

/// The value as it was, when it can be read to its end.
fn read_value(key: &str, name: &str, frame: &Frame) -> Result<Option<RegData>, Lost> {
    match frame.exit {
        1 => Ok(None),
        0 => {
            let dump = registry::dump(&frame.text, key);
            let values = dump.sections.get(&key.to_ascii_lowercase()).filter(|_| dump.clean);
            let data = values.and_then(|values| values.get(&name.to_ascii_lowercase()));
            data.cloned().map(Some).ok_or(Lost)
        }
        _ => Err(Lost),
    }
}

fn value(key: &str, name: &str, setting: Setting, frame: &Frame) -> Result<GuestAction, Lost> {
    let former = read_value(key, name, frame)?;
    let (key, name) = (key.to_owned(), name.to_owned());
    Ok(match former {
        None => GuestAction::DeleteRegistryValue { key, name, setting },
        Some(data) => GuestAction::SetRegistry { key, name, data, setting },
    })
}

fn tree(key: &str, setting: Setting, frame: &Frame) -> Result<Vec<GuestAction>, Lost> {
    if frame.exit == 1 {
        return Ok(Vec::new());
    }
    let dump = registry::dump(&frame.text, key);
    if frame.exit != 0 || !dump.clean {
        return Err(Lost);
    }
    let mut back = Vec::new();
    for (path, values) in dump.sections {
        for (name, data) in values {
            back.push(GuestAction::SetRegistry { key: machine(&path), name, data, setting });
        }
    }
    Ok(back)
}

/// A path as actions spell it, with its root in capitals.
fn machine(path: &str) -> String {
    path.strip_prefix("hklm\\").map_or_else(|| path.to_owned(), |rest| format!("HKLM\\{rest}"))
}

fn start(service: &str, frame: &Frame) -> Result<Vec<GuestAction>, Lost> {
    let Some(RegData::Dword(number)) = read_value(&service_key(service), "Start", frame)? else {
        return Err(Lost);
    };
    let start = StartType::from_number(number).ok_or(Lost)?;
    Ok(vec![GuestAction::SetServiceStart { service: service.to_owned(), start }])
}

fn running(service: &str, frame: &Frame) -> Result<Vec<GuestAction>, Lost> {
    let state = service::state(service, frame.exit, &frame.text).map_err(|_| Lost)?;
    let start = GuestAction::StartService { service: service.to_owned() };
    Ok(if state.run == RunState::Running { vec![start] } else { Vec::new() })
}

/// The rules of the group that were not what they will be.
fn group(frame: &Frame) -> Vec<GuestAction> {
    let changed = |rule: &str| rule.contains("|Active=FALSE|") || rule.contains("|Action=Block|");
    let rules: BTreeMap<&str, RegData> = registry::value_lines(&frame.text).collect();
    rules
        .into_iter()
        .filter(|(_, data)| matches!(data, RegData::Sz(rule) if changed(rule)))
        .map(|(id, data)| GuestAction::SetRegistry {
            key: firewall::RULES.to_owned(),
            name: id.to_owned(),
            data,
            setting: Setting::FirewallRule,
        })
        .collect()
}

/// The sources of our own rules for a port, none of which mean any: `None` when there is no such rule.
fn own_sources(frame: &Frame) -> Result<Option<Vec<IpNet>>, Lost> {
    match frame.exit {
        1 => return Ok(None),
        0 => {}
        _ => return Err(Lost),
    }
    let mut sources = Vec::new();
    let mut any = false;
    for (_, data) in registry::value_lines(&frame.text) {
        let RegData::Sz(rule) = data else { return Err(Lost) };
        let fields = rule.split('|').filter_map(|field| field.split_once('='));
        let addresses: Vec<&str> = fields
            .filter(|(name, _)| matches!(*name, "RA4" | "RA6"))
            .map(|(_, address)| address)
            .collect();
        any |= addresses.is_empty();
        for address in addresses {
            sources.push(network(address).ok_or(Lost)?);
        }
    }
    Ok(Some(if any { Vec::new() } else { sources }))
}

/// An address as a rule string holds it: alone, or with a mask or a length.
fn network(text: &str) -> Option<IpNet> {
    match text.split_once('/') {
        None => text.parse::<IpAddr>().ok().map(IpNet::from),
        Some((address, mask)) if mask.contains(['.', ':']) => {
            IpNet::with_netmask(address.parse().ok()?, mask.parse().ok()?).ok()
        }
        Some(_) => text.parse().ok(),
    }
}

fn profile_state(
    profile: FirewallProfile,
    now: Switch,
    frame: &Frame,
) -> Result<Vec<GuestAction>, Lost> {
    let before = match read_value(firewall::profile_key(profile), "EnableFirewall", frame)? {
        Some(RegData::Dword(0)) => Switch::Off,
        Some(RegData::Dword(_)) | None => Switch::On,
        Some(_) => return Err(Lost),
    };
    let step = GuestAction::SetFirewallProfile { profile, state: before };
    Ok(if before == now { Vec::new() } else { vec![step] })
}
