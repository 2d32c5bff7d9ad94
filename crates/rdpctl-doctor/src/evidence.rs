//! Evidence as a tree names it, quoted from the survey: who was asked, and what came back.
//!
//! Quotes are bounded, and untrusted: whoever shows them escapes them.

use rdpctl_model::cloud::{
    AddressFact, AgentFact, BandwidthFact, Blocker, CloudSurvey, PowerState,
};
use rdpctl_model::declaration::ProviderKind;
use rdpctl_model::guest::{GuestSurvey, KeyAnswer, RegData, RunState};
use rdpctl_model::rules::{RuleAction, RuleService, RuleSource, SourceRange};
use serde::Deserialize;

use crate::case::Case;
use crate::diagnosis::Quote;

/// Quotes of one node.
const QUOTES: usize = 12;
/// Characters of one quote.
const LENGTH: usize = 240;
/// Events of one selection.
const EVENTS: usize = 4;

/// What is to be shown.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Exhibit {
    /// A part of what the cloud's API said.
    Cloud(CloudPart),
    /// Values of a key, all when none is named.
    Registry(Values),
    /// A service's state and process.
    Service(String),
    /// Who listens on the port and on 3389.
    Listeners,
    /// Firewall rules that may concern RDP.
    FirewallRules,
    /// The RDP key's access list.
    KeyAcl,
    /// Marks of safe mode and EMS in the boot configuration.
    BootEntry,
    /// Events of one provider with these ids.
    Events(Selection),
    /// A part of what the handshake showed.
    Outside(OutsidePart),
}

/// Parts of a cloud's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CloudPart {
    Power,
    Address,
    Bandwidth,
    Rules,
    Agent,
}

/// Parts of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OutsidePart {
    Verdict,
    Tls,
    Nla,
    Certificate,
}

/// Values of a registry key.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Values {
    key: String,
    #[serde(default)]
    names: Vec<String>,
    /// Whether what is not there is worth a line.
    #[serde(default)]
    absent: bool,
}

/// Events by provider and ids.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Selection {
    pub(crate) provider: String,
    pub(crate) ids: Vec<u32>,
}

/// The quotes that some exhibits give of a case.
pub(crate) fn quotes(exhibits: &[Exhibit], case: &Case<'_>) -> Vec<Quote> {
    let mut quotes: Vec<Quote> = exhibits.iter().flat_map(|exhibit| exhibit.quotes(case)).collect();
    quotes.truncate(QUOTES);
    quotes
}

fn quote(source: impl Into<String>, reply: impl AsRef<str>) -> Quote {
    let reply = reply.as_ref();
    let mut short: String = reply.chars().take(LENGTH).collect();
    if short.len() < reply.len() {
        short.push('…');
    }
    Quote { source: source.into(), reply: short }
}

impl Exhibit {
    fn quotes(&self, case: &Case<'_>) -> Vec<Quote> {
        let guest = case.survey.guest.as_ref().ok();
        match self {
            Self::Cloud(part) => case
                .survey
                .cloud
                .as_ref()
                .map(|cloud| cloud_quotes(*part, cloud, case))
                .unwrap_or_default(),
            Self::Registry(values) => guest.map(|guest| values.quotes(guest)).unwrap_or_default(),
            Self::Service(name) => {
                guest.and_then(|guest| service(guest, name)).into_iter().collect()
            }
            Self::Listeners => guest.map(|guest| listeners(guest, case.port)).unwrap_or_default(),
            Self::FirewallRules => guest.map(firewall_rules).unwrap_or_default(),
            Self::KeyAcl => guest.map(key_acl).unwrap_or_default(),
            Self::BootEntry => guest.map(boot_entry).unwrap_or_default(),
            Self::Events(selection) => {
                guest.map(|guest| events(guest, selection)).unwrap_or_default()
            }
            Self::Outside(part) => outside(*part, case),
        }
    }
}

/// The vendor's call and field in which a part of the answer stands.
const fn asked(part: CloudPart, provider: ProviderKind) -> &'static str {
    match (provider, part) {
        (ProviderKind::Tencent, CloudPart::Power) => "cvm DescribeInstances: InstanceState",
        (ProviderKind::Tencent, CloudPart::Address) => "vpc DescribeAddresses",
        (ProviderKind::Tencent, CloudPart::Bandwidth) => {
            "cvm DescribeInstances, vpc DescribeAddresses: bandwidth"
        }
        (ProviderKind::Tencent, CloudPart::Rules) => "vpc DescribeSecurityGroupPolicies",
        (ProviderKind::Tencent, CloudPart::Agent) => "tat DescribeAutomationAgentStatus",
        (ProviderKind::Azure, CloudPart::Power) => "virtualMachines instanceView: PowerState",
        (ProviderKind::Azure, CloudPart::Address) => "publicIPAddresses",
        (ProviderKind::Azure, CloudPart::Bandwidth) => "virtualMachines: hardwareProfile",
        (ProviderKind::Azure, CloudPart::Rules) => "networkSecurityGroups: securityRules",
        (ProviderKind::Azure, CloudPart::Agent) => "virtualMachines instanceView: vmAgent",
        (ProviderKind::Static, _) => "the cloud",
    }
}

fn cloud_quotes(part: CloudPart, cloud: &CloudSurvey, case: &Case<'_>) -> Vec<Quote> {
    let source = asked(part, case.provider);
    let blocked = |blocker: &Option<Blocker>| {
        blocker.iter().map(|blocker| quote(source, &blocker.by)).collect::<Vec<_>>()
    };
    match part {
        CloudPart::Power => {
            let state = match &cloud.power.state {
                PowerState::Running => "running",
                PowerState::Stopped => "stopped",
                PowerState::StoppedNotCharged => "stopped, not charged",
                PowerState::Transitional(word) | PowerState::Unusable(word) => word,
            };
            let mut quotes = vec![quote(source, state)];
            quotes.extend(blocked(&cloud.power.blocker));
            quotes
        }
        CloudPart::Address => {
            let number = cloud
                .handles
                .public_ip
                .map_or_else(|| "no public address".to_owned(), |ip| ip.to_string());
            let (kind, blocker) = match &cloud.address {
                AddressFact::None => ("", &None),
                AddressFact::Elastic { blocker } => (" (elastic)", blocker),
                AddressFact::Ordinary => (" (ordinary)", &None),
                AddressFact::SecondaryInterface => (" (on a secondary interface)", &None),
                AddressFact::Transitional { .. } => (" (on its way)", &None),
            };
            let mut quotes = vec![quote(source, format!("{number}{kind}"))];
            quotes.extend(blocked(blocker));
            quotes
        }
        CloudPart::Bandwidth => {
            let text = match &cloud.bandwidth {
                BandwidthFact::NoAddress => "no address, so none".to_owned(),
                BandwidthFact::Unmetered => "not metered".to_owned(),
                BandwidthFact::Address { mbps, .. } => format!("{mbps} Mbps, on the address"),
                BandwidthFact::Package { mbps, cap } => format!(
                    "{mbps} Mbps, in a package{}",
                    cap.map_or_else(String::new, |cap| format!(" capped at {cap} Mbps"))
                ),
                BandwidthFact::Instance { mbps, .. } => format!("{mbps} Mbps, on the instance"),
            };
            vec![quote(source, text)]
        }
        CloudPart::Rules => rules(source, cloud, case.port),
        CloudPart::Agent => vec![quote(
            source,
            match &cloud.agent {
                AgentFact::Online => "online",
                AgentFact::Offline => "offline",
                AgentFact::Absent => "not installed, or never seen",
                AgentFact::Unsupported { reason } => reason,
                AgentFact::NotAsked => "not asked",
            },
        )],
    }
}

/// Rules that concern the port, in their order, with the group to which each belongs.
fn rules(source: &str, cloud: &CloudSurvey, port: u16) -> Vec<Quote> {
    const SHOWN: usize = 6;
    let mut quotes = Vec::new();
    for stage in &cloud.doors.stages {
        if stage.sets.is_empty() {
            quotes.push(quote(source, "no security group is bound"));
        }
        for set in &stage.sets {
            let concerned = set.rules.iter().filter(|rule| match &rule.service {
                RuleService::AllPorts => true,
                RuleService::Ports(ranges) => {
                    ranges.iter().any(|(first, last)| (*first..=*last).contains(&port))
                }
                RuleService::NotTcp => false,
            });
            let before = quotes.len();
            for rule in concerned.take(SHOWN) {
                let action = match rule.action {
                    RuleAction::Accept => "ACCEPT",
                    RuleAction::Drop => "DROP",
                };
                let from = match &rule.source {
                    RuleSource::Group(group) => group.to_string(),
                    RuleSource::Nets(ranges) => {
                        ranges.iter().take(4).map(range).collect::<Vec<_>>().join(", ")
                    }
                };
                let note = if rule.description.is_empty() {
                    String::new()
                } else {
                    format!("  # {}", rule.description)
                };
                quotes.push(quote(
                    format!("{source} {}", set.id),
                    format!("{}: {action} tcp {port} from {from}{note}", rule.index),
                ));
            }
            if quotes.len() == before {
                quotes.push(quote(
                    format!("{source} {}", set.id),
                    format!("no rule for tcp {port}; without a match it is dropped"),
                ));
            }
        }
    }
    quotes
}

fn range(range: &SourceRange) -> String {
    match range {
        SourceRange::Net(net) => net.to_string(),
        SourceRange::Range(first, last) => format!("{first}-{last}"),
    }
}

impl Values {
    fn quotes(&self, guest: &GuestSurvey) -> Vec<Quote> {
        let Some(answer) = guest.registry.keys.get(&self.key.to_ascii_lowercase()) else {
            return Vec::new();
        };
        let source = format!("reg query \"{}\"", self.key);
        match answer {
            KeyAnswer::Gap(gap) => vec![quote(source, gap.to_string())],
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

fn words(data: &RegData) -> String {
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

fn service(guest: &GuestSurvey, name: &str) -> Option<Quote> {
    let source = format!("sc queryex {name}");
    Some(match guest.services.get(&name.to_ascii_lowercase())? {
        Err(gap) => quote(source, gap.to_string()),
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

fn listeners(guest: &GuestSurvey, port: u16) -> Vec<Quote> {
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

fn firewall_rules(guest: &GuestSurvey) -> Vec<Quote> {
    const SHOWN: usize = 6;
    let Ok(rules) = &guest.firewall_rules else { return Vec::new() };
    let mut quotes: Vec<Quote> = rules
        .iter()
        .filter(|(id, rule)| {
            let id = id.to_ascii_lowercase();
            id.contains("remotedesktop") || rule.contains("Action=Block") || id.contains("rdpctl")
        })
        .take(SHOWN)
        .map(|(id, rule)| {
            let short: Vec<&str> = rule
                .split('|')
                .filter(|part| {
                    ["Action=", "Active=", "Dir=", "Protocol=", "LPort=", "Profile="]
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

fn key_acl(guest: &GuestSurvey) -> Vec<Quote> {
    match &guest.acl_keys {
        Err(gap) => vec![quote("icacls MachineKeys", gap.to_string())],
        Ok(keys) if keys.is_empty() => vec![quote("icacls MachineKeys", "no RDP key file")],
        Ok(keys) => keys
            .iter()
            .take(3)
            .map(|(file, sddl)| quote(format!("icacls {} /save", clipped(file)), sddl))
            .collect(),
    }
}

fn boot_entry(guest: &GuestSurvey) -> Vec<Quote> {
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

/// The newest events of a selection, each with its data.
pub(crate) fn events(guest: &GuestSurvey, selection: &Selection) -> Vec<Quote> {
    let Ok(events) = &guest.events else { return Vec::new() };
    events
        .iter()
        .filter(|event| event.provider.eq_ignore_ascii_case(&selection.provider))
        .filter(|event| selection.ids.contains(&event.id))
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

fn outside(part: OutsidePart, case: &Case<'_>) -> Vec<Quote> {
    let Ok(outside) = &case.survey.outside else { return Vec::new() };
    let source = format!("RDP handshake on port {}", outside.port);
    let list = |list: &[String]| if list.is_empty() { "none".to_owned() } else { list.join(", ") };
    let text = match part {
        OutsidePart::Verdict if outside.problems.is_empty() => outside.verdict.clone(),
        OutsidePart::Verdict => format!("{} ({})", outside.verdict, list(&outside.problems)),
        OutsidePart::Tls if outside.tls.is_empty() && outside.tls_refused.is_empty() => {
            return Vec::new();
        }
        OutsidePart::Tls => {
            format!("TLS accepted {}; refused {}", list(&outside.tls), list(&outside.tls_refused))
        }
        OutsidePart::Nla => format!("NLA {}", outside.nla),
        OutsidePart::Certificate => match &outside.certificate_not_after {
            Some(end) => format!("certificate until {end}"),
            None => return Vec::new(),
        },
    };
    vec![quote(source, text)]
}
