//! What an action replaces: what is read of it before, and the actions that would put it back.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use rdpctl_model::GuestAction;
use rdpctl_model::guest::{RegData, RunState};
use rdpctl_model::step::{FirewallProfile, SWITCH_MARKS, Setting, StartType, Switch, service_key};

use crate::frame::Frame;
use crate::read::{registry, service};
use crate::refusal::Unrenderable;

use super::questions::{query_key, query_service, query_tree, query_value};
use super::{firewall, winrm};

/// What an action replaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Former {
    /// Nothing, or what its commands save in files of the guest.
    Nothing,
    /// Nothing; this action takes it back.
    Opposite(GuestAction),
    /// Values, each written or deleted on the way back.
    Values(Vec<Value>),
    /// A value that goes: where there was none, nothing is to be put back.
    Gone(Value),
    /// A key with all below it.
    Key { key: String, setting: Setting },
    /// How a service started.
    ServiceStart(String),
    /// Whether a service ran.
    ServiceRun(String),
    /// The rules of Windows' own group for Remote Desktop.
    RemoteDesktopRules,
    /// Our own rule for a port, and what follows where there was none.
    Rule { port: u16, absent: Vec<GuestAction> },
    /// Whether `WinRM` was set up before, by our rule; the values by which it answers from elsewhere, and how it started.
    Winrm(Vec<Value>),
    /// A firewall profile that will be in this state.
    Profile { profile: FirewallProfile, now: Switch },
    /// The marks of a dead man's switch, which say whether it fired.
    SwitchMarks,
}

/// A registry value and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) setting: Setting,
}

/// What stood there before is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lost;

impl Former {
    /// One value, which is replaced.
    pub(super) fn value(key: &str, name: &str, setting: Setting) -> Self {
        Self::Values(vec![Value::new(key, name, setting)])
    }

    /// The questions whose answers are kept, each with its output.
    pub(super) fn questions(&self) -> Result<Vec<String>, Unrenderable> {
        Ok(match self {
            Self::Nothing | Self::Opposite(_) => Vec::new(),
            Self::Values(values) => {
                values.iter().map(Value::question).collect::<Result<_, Unrenderable>>()?
            }
            Self::Gone(value) => vec![value.question()?],
            Self::Key { key, .. } => vec![query_tree(key)?],
            Self::ServiceStart(service) => vec![query_value(&service_key(service), "Start")?],
            Self::ServiceRun(service) => vec![query_service(service)?],
            Self::RemoteDesktopRules => vec![rules("-28752|")],
            Self::Rule { port, .. } => {
                vec![rules(&format!("|Name={}|", firewall::rule_name("TCP", *port)))]
            }
            Self::Winrm(values) => {
                let own = [
                    rules(&format!("|Name={}|", winrm::RULE)),
                    query_value(&service_key("WinRM"), "Start")?,
                ];
                let values = values.iter().map(Value::question);
                own.into_iter().map(Ok).chain(values).collect::<Result<_, Unrenderable>>()?
            }
            Self::Profile { profile, .. } => {
                vec![query_value(firewall::profile_key(*profile), "EnableFirewall")?]
            }
            Self::SwitchMarks => vec![query_key(SWITCH_MARKS)?],
        })
    }

    /// The way back, by what was answered before.
    pub(super) fn way_back(&self, before: &[&Frame]) -> Result<Vec<GuestAction>, Lost> {
        let first = || before.first().copied().ok_or(Lost);
        Ok(match self {
            Self::Nothing | Self::SwitchMarks => Vec::new(),
            Self::Opposite(action) => vec![action.clone()],
            Self::Values(values) => restored(values, before)?,
            Self::Winrm(values) => {
                let [rule, starts, rest @ ..] = before else { return Err(Lost) };
                let mut back = vec![match own_sources(rule)? {
                    None => GuestAction::CloseWinrm,
                    Some(sources) => GuestAction::BootstrapWinrm { sources },
                }];
                back.extend(restored(values, rest)?);
                // A way in is not disabled: one that was starts by itself from now on.
                let disabled = |step: &GuestAction| {
                    matches!(step, GuestAction::SetServiceStart { start: StartType::Disabled, .. })
                };
                back.extend(start("WinRM", starts)?.into_iter().filter(|step| !disabled(step)));
                back
            }
            Self::Gone(value) => match read_value(&value.key, &value.name, first()?)? {
                None => Vec::new(),
                Some(_) => vec![value.restored(first()?)?],
            },
            Self::Key { key, setting } => tree(key, *setting, first()?)?,
            Self::ServiceStart(service) => start(service, first()?)?,
            Self::ServiceRun(service) => running(service, first()?)?,
            Self::RemoteDesktopRules => group(first()?),
            Self::Rule { port, absent } => match own_sources(first()?)? {
                None => absent.clone(),
                Some(sources) => vec![GuestAction::AddFirewallRule { port: *port, sources }],
            },
            Self::Profile { profile, now } => profile_state(*profile, *now, first()?)?,
        })
    }

    /// Whether a dead man's switch had put values back before it was removed.
    pub(super) fn has_fired(&self, before: &[&Frame]) -> bool {
        *self == Self::SwitchMarks
            && before.iter().any(|frame| {
                let marks = registry::dump(&frame.text, SWITCH_MARKS);
                marks.sections.values().any(|values| values.contains_key("restored"))
            })
    }
}

impl Value {
    pub(super) fn new(key: &str, name: &str, setting: Setting) -> Self {
        Self { key: key.to_owned(), name: name.to_owned(), setting }
    }

    fn question(&self) -> Result<String, Unrenderable> {
        query_value(&self.key, &self.name)
    }

    fn restored(&self, frame: &Frame) -> Result<GuestAction, Lost> {
        let former = read_value(&self.key, &self.name, frame)?;
        let Self { key, name, setting } = self.clone();
        Ok(match former {
            None => GuestAction::DeleteRegistryValue { key, name, setting },
            Some(data) => GuestAction::SetRegistry { key, name, data, setting },
        })
    }
}

/// Values as they were.
fn restored(values: &[Value], before: &[&Frame]) -> Result<Vec<GuestAction>, Lost> {
    if before.len() < values.len() {
        return Err(Lost);
    }
    values.iter().zip(before).map(|(value, frame)| value.restored(frame)).collect()
}

fn rules(pattern: &str) -> String {
    format!(
        "%SystemRoot%\\System32\\reg.exe query \"{}\" /reg:64 >q 2>nul&%SystemRoot%\\System32\\findstr.exe /i /c:\"{pattern}\" q",
        firewall::RULES
    )
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
