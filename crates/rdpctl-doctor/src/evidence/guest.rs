//! What the inside of Windows said, under the native commands that asked.

use rdpctl_model::Said;
use rdpctl_model::guest::{Event, GuestSurvey, KeyAnswer, RegData, RunState};

use super::quote::{Saw, saw, typed};
use super::{EVENTS, QUOTES, Selection, Values, say};

impl Values {
    pub(super) fn seen(&self, guest: &GuestSurvey) -> Vec<Saw> {
        let Some(answer) = guest.registry.keys.get(&self.key.to_ascii_lowercase()) else {
            return Vec::new();
        };
        let source = format!("reg query \"{}\"", self.key);
        match answer {
            KeyAnswer::Gap(gap) => vec![typed(source, gap.said())],
            KeyAnswer::Absent if self.absent => vec![typed(source, say::no_such_key())],
            KeyAnswer::Absent => Vec::new(),
            KeyAnswer::Value(name, data) => match data {
                Some(data) => vec![typed(source, say::value(name, self::data(data)))],
                None if self.absent => vec![typed(source, say::not_there(name))],
                None => Vec::new(),
            },
            KeyAnswer::Present(values) if self.names.is_empty() => values
                .iter()
                .take(QUOTES)
                .map(|(name, data)| typed(source.clone(), say::value(name, self::data(data))))
                .collect(),
            KeyAnswer::Present(values) => self
                .names
                .iter()
                .filter_map(|name| match values.get(&name.to_ascii_lowercase()) {
                    Some(data) => Some(typed(source.clone(), say::value(name, self::data(data)))),
                    None if self.absent => Some(typed(source.clone(), say::not_there(name))),
                    None => None,
                })
                .collect(),
        }
    }
}

/// A value as `reg` prints it.
pub(crate) fn data(data: &RegData) -> Said {
    Said::quoted(match data {
        RegData::Dword(number) => format!("REG_DWORD {number}"),
        RegData::Qword(number) => format!("REG_QWORD {number}"),
        RegData::Sz(text) => format!("REG_SZ {text}"),
        RegData::ExpandSz(text) => format!("REG_EXPAND_SZ {text}"),
        RegData::MultiSz(texts) => format!("REG_MULTI_SZ {}", texts.join(", ")),
        RegData::Binary(bytes) => match bytes.len() {
            0..=20 => {
                let hex: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
                format!("REG_BINARY {hex}")
            }
            count => return say::bytes(count),
        },
        RegData::Other(kind, text) => format!("{kind} {text}"),
    })
}

pub(super) fn service(guest: &GuestSurvey, name: &str) -> Option<Saw> {
    let source = format!("sc queryex {name}");
    Some(match guest.services.get(&name.to_ascii_lowercase())? {
        Err(gap) => typed(source, gap.said()),
        Ok(state) => {
            let named = match state.run {
                RunState::Stopped => "1 STOPPED",
                RunState::StartPending => "2 START_PENDING",
                RunState::StopPending => "3 STOP_PENDING",
                RunState::Running => "4 RUNNING",
                RunState::ContinuePending => "5 CONTINUE_PENDING",
                RunState::PausePending => "6 PAUSE_PENDING",
                RunState::Paused => "7 PAUSED",
                RunState::NotInstalled => "",
            };
            let run = match state.run {
                RunState::NotInstalled => say::no_such_service(),
                RunState::Stopped
                | RunState::StartPending
                | RunState::StopPending
                | RunState::Running
                | RunState::ContinuePending
                | RunState::PausePending
                | RunState::Paused => Said::quoted(named),
            };
            let reply = match state.win32_exit {
                0 | 1077 => say::process(run, state.pid),
                code => say::process_ended(run, state.pid, code),
            };
            typed(source, reply)
        }
    })
}

pub(super) fn listeners(guest: &GuestSurvey, port: u16) -> Vec<Saw> {
    let (Ok(listeners), Ok(processes)) = (&guest.listeners, &guest.processes) else {
        return Vec::new();
    };
    let own = guest.services.get("termservice").and_then(|state| state.as_ref().ok());
    let mut quotes: Vec<Saw> = listeners
        .iter()
        .filter(|listener| {
            listener.port == port
                || listener.port == 3389
                || own.is_some_and(|own| own.pid != 0 && own.pid == listener.pid)
        })
        .filter(|listener| listener.address.is_ipv4())
        .map(|listener| {
            let who = processes.iter().find(|process| process.pid == listener.pid).map_or_else(
                || format!("pid {}", listener.pid),
                |process| {
                    format!(
                        "pid {} {} {}",
                        process.pid,
                        process.image,
                        process.services.iter().take(4).cloned().collect::<Vec<_>>().join(",")
                    )
                },
            );
            let (address, port) = (listener.address, listener.port);
            typed(
                "netstat -ano, tasklist /svc",
                Said::quoted(format!("{address}:{port} LISTENING {}", who.trim_end())),
            )
        })
        .collect();
    if quotes.is_empty() {
        quotes.push(typed("netstat -ano", say::nobody_listens(port)));
    }
    quotes
}

pub(super) fn firewall_rules(guest: &GuestSurvey, port: u16) -> Vec<Saw> {
    const SHOWN: usize = 6;
    let Ok(rules) = &guest.firewall_rules else { return Vec::new() };
    let named = format!("|LPort={port}|");
    let mut quotes: Vec<Saw> = rules
        .iter()
        .filter(|(id, rule)| {
            let id = id.to_ascii_lowercase();
            id.contains("remotedesktop")
                || rule.contains("Action=Block")
                || rule.contains(&named)
                || id.contains("rdpctl")
        })
        .take(SHOWN)
        .map(|(id, rule)| {
            let short: Vec<&str> = rule
                .split('|')
                .filter(|part| {
                    [
                        "Action=",
                        "Active=",
                        "Dir=",
                        "Protocol=",
                        "LPort",
                        "Profile=",
                        "RA4",
                        "RA6",
                        "LUAuth=",
                    ]
                    .iter()
                    .any(|key| part.starts_with(key))
                })
                .collect();
            saw(say::firewall_rule(clipped(id)), Said::quoted(short.join("|")))
        })
        .collect();
    if quotes.is_empty() {
        quotes.push(typed("reg query …\\FirewallRules", say::no_rdp_rule()));
    }
    quotes
}

fn clipped(text: &str) -> String {
    text.chars().take(80).collect()
}

pub(super) fn key_acl(guest: &GuestSurvey) -> Vec<Saw> {
    match &guest.acl_keys {
        Err(gap) => vec![typed("icacls MachineKeys", gap.said())],
        Ok(keys) if keys.is_empty() => vec![typed("icacls MachineKeys", say::no_key_file())],
        Ok(keys) => keys
            .iter()
            .take(3)
            .map(|(file, sddl)| {
                typed(format!("icacls {} /save", clipped(file)), Said::quoted(sddl))
            })
            .collect(),
    }
}

/// Elements of a boot entry that are told.
#[derive(Clone, Copy)]
enum Element {
    SafeMode,
    SafeShell,
    Ems,
}

pub(super) fn boot_entry(guest: &GuestSurvey) -> Vec<Saw> {
    [
        (r"\elements\25000080", Element::SafeMode),
        (r"\elements\26000081", Element::SafeShell),
        (r"\elements\260000b0", Element::Ems),
    ]
    .into_iter()
    .filter_map(|(suffix, element)| {
        let found = guest.registry.keys.iter().find(|(key, answer)| {
            key.starts_with(r"hklm\bcd00000000\objects\")
                && key.ends_with(suffix)
                && matches!(answer, KeyAnswer::Present(_) | KeyAnswer::Absent)
        })?;
        let present = matches!(found.1, KeyAnswer::Present(_));
        let on = match found.1 {
            KeyAnswer::Present(values) => {
                values.values().any(|data| *data == RegData::Binary(vec![1]))
            }
            KeyAnswer::Value(..) | KeyAnswer::Absent | KeyAnswer::Gap(_) => false,
        };
        let reply = match element {
            Element::Ems => Said::quoted(if on { "ems yes" } else { "ems no" }),
            Element::SafeMode | Element::SafeShell if !present => return None,
            Element::SafeMode => say::safe_mode(),
            Element::SafeShell => say::safe_shell(),
        };
        Some(saw(say::boot_store(), reply))
    })
    .collect()
}

/// The newest events of a selection that fit, each with its data.
pub(crate) fn events(
    guest: &GuestSurvey,
    selection: &Selection,
    fits: impl Fn(&Event) -> bool,
) -> Vec<Saw> {
    let Ok(events) = &guest.events else { return Vec::new() };
    events
        .iter()
        .filter(|event| event.provider.eq_ignore_ascii_case(&selection.provider))
        .filter(|event| selection.ids.contains(&event.id))
        .filter(|event| fits(event))
        .take(EVENTS)
        .map(|event| {
            let data: Vec<String> = event
                .data
                .iter()
                .filter(|(_, value)| !value.is_empty())
                .take(4)
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            saw(
                say::event(event.id, &selection.provider),
                Said::quoted(format!("{}  {}", event.time, data.join(" ")).trim_end()),
            )
        })
        .collect()
}

/// What the domain's policies write, as `gpresult` names them; asked for only where it matters.
pub(super) fn policies(guest: &GuestSurvey) -> Vec<Saw> {
    const SHOWN: usize = 6;
    let Ok(policies) = &guest.policies else { return Vec::new() };
    policies
        .enforced
        .iter()
        .take(SHOWN)
        .map(|one| {
            let value = format!("{}\\{}", one.key, one.name);
            typed("gpresult", say::writes(&one.policy, value))
        })
        .collect()
}

/// Who holds the rights that decide about Remote Desktop, as `secedit` writes them.
pub(super) fn rights(guest: &GuestSurvey) -> Vec<Saw> {
    let Ok(rights) = &guest.rights else { return Vec::new() };
    rights
        .iter()
        .filter(|(right, _)| right.contains("NetworkLogon") || right.contains("RemoteInteractive"))
        .map(|(right, holders)| {
            typed("secedit /export", Said::quoted(format!("{right} = {}", holders.join(","))))
        })
        .collect()
}
