//! The event log: what the machine wrote down about itself.

use super::events::{Event, Provider};
use super::machine::Guest;
use super::spec::DomainSpec;

/// The most events that a machine keeps of its own.
const MOST_EVENTS: usize = 256;

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
