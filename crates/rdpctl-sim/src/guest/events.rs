//! The event log: what the machine wrote down about itself.

use serde::{Deserialize, Serialize};

use super::machine::Guest;
use super::spec::DomainSpec;

/// Who writes an event; each writes to one log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Provider {
    KernelGeneral,
    Schannel,
    TermDd,
    ConnectionManager,
    ConnectionManagerAdmin,
    ServiceControlManager,
    GroupPolicy,
    User32,
    Netlogon,
    SecurityAuditing,
    ConnectionManagerOperational,
}

/// The logs that exist, even if empty.
pub(super) const CHANNELS: [&str; 9] = [
    "System",
    "Application",
    "Security",
    "Setup",
    "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Admin",
    "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
    "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
    "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational",
    "Microsoft-Windows-GroupPolicy/Operational",
];

impl Provider {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::KernelGeneral => "Microsoft-Windows-Kernel-General",
            Self::Schannel => "Schannel",
            Self::TermDd => "TermDD",
            Self::ConnectionManager
            | Self::ConnectionManagerAdmin
            | Self::ConnectionManagerOperational => {
                "Microsoft-Windows-TerminalServices-RemoteConnectionManager"
            }
            Self::SecurityAuditing => "Microsoft-Windows-Security-Auditing",
            Self::ServiceControlManager => "Service Control Manager",
            Self::GroupPolicy => "Microsoft-Windows-GroupPolicy",
            Self::User32 => "User32",
            Self::Netlogon => "NETLOGON",
        }
    }

    pub(super) fn guid(self) -> &'static str {
        match self {
            Self::KernelGeneral => "{a68ca8b7-004f-d7b6-a698-07e2de0f1f5d}",
            Self::Schannel => "{1f678132-5938-4686-9fdc-c8ff68f15c85}",
            Self::TermDd | Self::Netlogon => "",
            Self::SecurityAuditing => "{54849625-5478-4994-a5ba-3e3b0328c30d}",
            Self::ConnectionManager
            | Self::ConnectionManagerAdmin
            | Self::ConnectionManagerOperational => "{c76baa63-ae81-421c-b425-340b4b24157f}",
            Self::ServiceControlManager => "{555908d1-a6d7-4695-8e1e-26931d2012f4}",
            Self::GroupPolicy => "{aea1b4fa-97d1-45f2-a64c-4d69fffd92c9}",
            Self::User32 => "{b0aa8734-56f7-41cc-b2f4-de228e98b946}",
        }
    }

    /// The upper half of the ids of providers that have no manifest.
    pub(super) const fn qualifiers(self) -> Option<u32> {
        match self {
            Self::TermDd => Some(49_162),
            Self::ServiceControlManager => Some(49_152),
            Self::User32 => Some(32_768),
            Self::Netlogon => Some(0),
            Self::KernelGeneral
            | Self::Schannel
            | Self::ConnectionManager
            | Self::ConnectionManagerAdmin
            | Self::ConnectionManagerOperational
            | Self::GroupPolicy
            | Self::SecurityAuditing => None,
        }
    }

    /// Whether it writes elements of its own instead of named data.
    pub(super) const fn writes_user_data(self) -> bool {
        matches!(self, Self::ConnectionManagerOperational)
    }

    pub(super) fn channel(self) -> &'static str {
        match self {
            Self::SecurityAuditing => CHANNELS[2],
            Self::ConnectionManagerAdmin => CHANNELS[4],
            Self::ConnectionManagerOperational => CHANNELS[5],
            Self::KernelGeneral
            | Self::Schannel
            | Self::TermDd
            | Self::ConnectionManager
            | Self::ServiceControlManager
            | Self::GroupPolicy
            | Self::User32
            | Self::Netlogon => CHANNELS[0],
        }
    }
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Event {
    /// Unix milliseconds.
    pub(super) time: u64,
    pub(super) provider: Provider,
    pub(super) id: u32,
    pub(super) level: u8,
    pub(super) data: Vec<(Box<str>, Box<str>)>,
}

/// The most events that a machine keeps of its own.
const MOST_EVENTS: usize = 256;

impl Event {
    pub(super) fn new(
        time: u64,
        provider: Provider,
        id: u32,
        level: u8,
        data: &[(&str, &str)],
    ) -> Self {
        let data = data.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Self { time, provider, id, level, data }
    }
}

impl Guest {
    pub(super) fn log(&mut self, event: Event) {
        if self.state.events.len() >= MOST_EVENTS {
            self.state.events.remove(0);
        }
        self.state.events.push(event);
    }

    /// Events of the service control manager about a service that did not start or died.
    pub(super) fn log_service_failure(&mut self, service: &str, id: u32, now: u64) {
        let display = self
            .template
            .services
            .iter()
            .find(|known| known.name.eq_ignore_ascii_case(service))
            .map_or_else(|| service.to_owned(), |known| known.display.to_string());
        let data = [("param1", display.as_str()), ("param2", service)];
        self.log(Event::new(now, Provider::ServiceControlManager, id, 2, &data));
    }

    /// What scanners and other people's programs leave in the logs of a host that anybody can reach: several floods, none
    /// of which says anything of this Windows.
    fn log_noise(&mut self, now: u64) {
        for number in (0..u64::from(self.template.noise)).rev() {
            let at = now.saturating_sub(1_000 + number * 1_000);
            let caller = format!("192.0.2.{}", number % 250 + 1);
            let kinds = [
                Event::new(at, Provider::Schannel, 36874, 2, &[("Protocol", "TLS 1.2")]),
                Event::new(
                    at,
                    Provider::Schannel,
                    36888,
                    2,
                    &[("AlertDesc", "40"), ("ErrorState", "1205")],
                ),
                // A program of somebody's, as a client: it is no fault of the listener.
                Event::new(
                    at,
                    Provider::Schannel,
                    36871,
                    2,
                    &[("Type", "client"), ("ErrorState", "10013")],
                ),
                Event::new(
                    at,
                    Provider::TermDd,
                    56,
                    2,
                    &[("", r"\Device\Termdd"), ("", caller.as_str())],
                ),
            ];
            for event in kinds {
                self.log(event);
            }
        }
    }

    /// What Windows complains of after a start: of its domain, and of licences that it does not get.
    pub(super) fn log_complaints(&mut self, now: u64) {
        self.log_noise(now);
        // A machine starts sooner than its network, so that one whose domain answers complains as well, once; then it
        // applies the domain's policies.
        let domain = match self.template.domain {
            Some(DomainSpec::TrustBroken) => Some((3210, (1129, 2))),
            Some(DomainSpec::Unreachable) => Some((5719, (1129, 2))),
            Some(DomainSpec::Joined) => Some((5719, (1500, 4))),
            None => None,
        };
        if let Some((id, (policy, level))) = domain {
            // Names without data beside them: the log of old has no names for its parts.
            let data = [("", "CORP"), ("", r"\\DC01.corp.example")];
            self.log(Event::new(now, Provider::Netlogon, id, 2, &data));
            self.log(Event::new(now + 2_000, Provider::GroupPolicy, policy, level, &[]));
        }
        let template = std::sync::Arc::clone(&self.template);
        let Some(host) = &template.session_host else { return };
        let over = host.grace_days == 0;
        // How licences are counted was not chosen, before the end of the days and after it; nobody serves any.
        let mode = (host.mode() == 5).then_some(if over { 1069 } else { 1068 });
        let unserved = (over && host.licence_servers.is_empty()).then_some(1128);
        for id in mode.into_iter().chain(unserved) {
            self.log(Event::new(now, Provider::ConnectionManagerAdmin, id, 3, &[]));
        }
    }

    /// Every event of a log, oldest first, with its record number.
    pub(super) fn events_of(&self, channel: &str) -> Vec<(u64, Event)> {
        let boot = self.state.booted_at.unwrap_or(0);
        let mut events = Vec::new();
        if self.state.booted_at.is_some() {
            let start = super::moment::system_time(boot.saturating_sub(9_000));
            let data = [
                ("MajorVersion", "10"),
                ("MinorVersion", "0"),
                ("BuildVersion", ""),
                ("BootMode", "0"),
                ("StartTime", start.as_str()),
            ];
            events.push(Event::new(
                boot.saturating_sub(8_000),
                Provider::KernelGeneral,
                12,
                4,
                &data,
            ));
        }
        if self.state.boots <= 1 {
            events.extend(self.template.first_events().iter().map(|event| Event {
                time: boot.saturating_sub(4_000) + event.time,
                ..event.clone()
            }));
        }
        events.extend(self.state.events.iter().cloned());
        events.sort_by_key(|event| event.time);
        let first = 5000 + 40 * u64::from(self.state.boots);
        (first..)
            .zip(events)
            .filter(|(_, event)| event.provider.channel().eq_ignore_ascii_case(channel))
            .collect()
    }
}
