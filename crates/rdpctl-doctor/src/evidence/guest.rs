//! What the inside of Windows said, under the native commands that asked.

use rdpctl_model::guest::{Event, GuestSurvey, KeyAnswer, RegData, RunState};

use super::quote::quote;
use super::{EVENTS, QUOTES, Selection, Values};
use crate::diagnosis::Quote;

impl Values {
    pub(super) fn quotes(&self, guest: &GuestSurvey) -> Vec<Quote> {
        let Some(answer) = guest.registry.keys.get(&self.key.to_ascii_lowercase()) else {
            return Vec::new();
        };
        let source = format!("reg query \"{}\"", self.key);
        match answer {
            KeyAnswer::Gap(gap) => vec![quote(source, rdpctl_words::english(&gap.said()))],
            KeyAnswer::Absent if self.absent => vec![quote(source, "no such key")],
            KeyAnswer::Absent => Vec::new(),
            KeyAnswer::Value(name, data) => match data {
                Some(data) => vec![quote(source, format!("{name} {}", words(data)))],
                None if self.absent => vec![quote(source, format!("{name} is not there"))],
                None => Vec::new(),
            },
            KeyAnswer::Present(values) if self.names.is_empty() => values
                .iter()
                .take(QUOTES)
                .map(|(name, data)| quote(source.clone(), format!("{name} {}", words(data))))
                .collect(),
            KeyAnswer::Present(values) => self
                .names
                .iter()
                .filter_map(|name| match values.get(&name.to_ascii_lowercase()) {
                    Some(data) => Some(quote(source.clone(), format!("{name} {}", words(data)))),
                    None if self.absent => {
                        Some(quote(source.clone(), format!("{name} is not there")))
                    }
                    None => None,
                })
                .collect(),
        }
    }
}

pub(crate) fn words(data: &RegData) -> String {
    match data {
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
            length => format!("REG_BINARY, {length} bytes"),
        },
        RegData::Other(kind, text) => format!("{kind} {text}"),
    }
}

pub(super) fn service(guest: &GuestSurvey, name: &str) -> Option<Quote> {
    let source = format!("sc queryex {name}");
    Some(match guest.services.get(&name.to_ascii_lowercase())? {
        Err(gap) => quote(source, rdpctl_words::english(&gap.said())),
        Ok(state) => {
            let run = match state.run {
                RunState::Stopped => "1 STOPPED",
                RunState::StartPending => "2 START_PENDING",
                RunState::StopPending => "3 STOP_PENDING",
                RunState::Running => "4 RUNNING",
                RunState::ContinuePending => "5 CONTINUE_PENDING",
                RunState::PausePending => "6 PAUSE_PENDING",
                RunState::Paused => "7 PAUSED",
                RunState::NotInstalled => "1060: no such service",
            };
            let exit = match state.win32_exit {
                0 | 1077 => String::new(),
                code => format!(", last exit {code}"),
            };
            quote(source, format!("{run}, pid {}{exit}", state.pid))
        }
    })
}

pub(super) fn listeners(guest: &GuestSurvey, port: u16) -> Vec<Quote> {
    let (Ok(listeners), Ok(processes)) = (&guest.listeners, &guest.processes) else {
        return Vec::new();
    };
    let own = guest.services.get("termservice").and_then(|state| state.as_ref().ok());
    let mut quotes: Vec<Quote> = listeners
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
            quote(
                "netstat -ano, tasklist /svc",
                format!("{}:{} LISTENING {}", listener.address, listener.port, who.trim_end()),
            )
        })
        .collect();
    if quotes.is_empty() {
        quotes.push(quote("netstat -ano", format!("nobody listens on {port}")));
    }
    quotes
}

pub(super) fn firewall_rules(guest: &GuestSurvey, port: u16) -> Vec<Quote> {
    const SHOWN: usize = 6;
    let Ok(rules) = &guest.firewall_rules else { return Vec::new() };
    let named = format!("|LPort={port}|");
    let mut quotes: Vec<Quote> = rules
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
            quote(format!("firewall rule {}", clipped(id)), short.join("|"))
        })
        .collect();
    if quotes.is_empty() {
        quotes.push(quote("reg query …\\FirewallRules", "no rule for Remote Desktop"));
    }
    quotes
}

fn clipped(text: &str) -> String {
    text.chars().take(80).collect()
}

pub(super) fn key_acl(guest: &GuestSurvey) -> Vec<Quote> {
    match &guest.acl_keys {
        Err(gap) => vec![quote("icacls MachineKeys", rdpctl_words::english(&gap.said()))],
        Ok(keys) if keys.is_empty() => vec![quote("icacls MachineKeys", "no RDP key file")],
        Ok(keys) => keys
            .iter()
            .take(3)
            .map(|(file, sddl)| quote(format!("icacls {} /save", clipped(file)), sddl))
            .collect(),
    }
}

pub(super) fn boot_entry(guest: &GuestSurvey) -> Vec<Quote> {
    [
        (r"\elements\25000080", "safeboot is set"),
        (r"\elements\26000081", "safebootalternateshell is set"),
        (r"\elements\260000b0", "ems"),
    ]
    .into_iter()
    .filter_map(|(suffix, words)| {
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
        match (words, present) {
            ("ems", _) => {
                Some(quote("bcdedit, by its hive", if on { "ems yes" } else { "ems no" }))
            }
            (words, true) => Some(quote("bcdedit, by its hive", words)),
            (_, false) => None,
        }
    })
    .collect()
}

/// The newest events of a selection that fit, each with its data.
pub(crate) fn events(
    guest: &GuestSurvey,
    selection: &Selection,
    fits: impl Fn(&Event) -> bool,
) -> Vec<Quote> {
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
            quote(
                format!("event {} of {}", event.id, selection.provider),
                format!("{}  {}", event.time, data.join(" ")).trim_end(),
            )
        })
        .collect()
}

/// What the domain's policies write, as `gpresult` names them; asked for only where it matters.
pub(super) fn policies(guest: &GuestSurvey) -> Vec<Quote> {
    const SHOWN: usize = 6;
    let Ok(policies) = &guest.policies else { return Vec::new() };
    policies
        .enforced
        .iter()
        .take(SHOWN)
        .map(|one| quote("gpresult", format!("{} writes {}\\{}", one.policy, one.key, one.name)))
        .collect()
}

/// Who holds the rights that decide about Remote Desktop, as `secedit` writes them.
pub(super) fn rights(guest: &GuestSurvey) -> Vec<Quote> {
    let Ok(rights) = &guest.rights else { return Vec::new() };
    rights
        .iter()
        .filter(|(right, _)| right.contains("NetworkLogon") || right.contains("RemoteInteractive"))
        .map(|(right, holders)| {
            quote("secedit /export", format!("{right} = {}", holders.join(",")))
        })
        .collect()
}
