//! Domain policy: values that are written again at every refresh.

use super::events::{Event, Provider};
use super::machine::Guest;
pub(super) use super::policy_report::Enforced;
use super::spec::DomainSpec;

/// Ninety minutes, and up to thirty more.
const INTERVAL: u64 = 90 * 60_000;

impl Guest {
    /// How long until the next refresh; machines differ so that they do not all refresh at once.
    pub(super) fn policy_interval(&self) -> u64 {
        let jitter: u64 = self.machine_guid().bytes().map(u64::from).sum();
        INTERVAL + jitter % 30 * 60_000
    }

    /// Writes what the domain enforces, unless the client is switched off.
    pub(super) fn apply_domain_policy(&mut self, now: u64) -> bool {
        if !self.runs("gpsvc") {
            return false;
        }
        let template = std::sync::Arc::clone(&self.template);
        if matches!(template.domain, Some(DomainSpec::TrustBroken | DomainSpec::Unreachable)) {
            // What was applied before stays.
            self.log(Event::new(now, Provider::GroupPolicy, 1129, 2, &[]));
            return false;
        }
        for Enforced { key, name, value, .. } in &template.policy {
            let current = self.registry().value(key, name).map(std::borrow::Cow::into_owned);
            if current == *value {
                continue;
            }
            match value {
                Some(value) => self.set_value(key, name, value.clone()),
                None => self.remove_value(key, name),
            }
        }
        if !template.policy.is_empty() {
            self.log(Event::new(now, Provider::GroupPolicy, 1502, 4, &[]));
        }
        true
    }

    pub(super) fn refresh_policy_when_due(&mut self, now: u64) {
        let Some(due) = self.state.next_policy_refresh else { return };
        if now >= due {
            self.state.next_policy_refresh = Some(now + self.policy_interval());
            self.apply_domain_policy(now);
        }
    }
}
