//! How the loop goes about its work, for whoever shows it to people.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use rdpctl_model::{ProviderName, Said};

use super::numbers::{Numbers, Phase};

/// How it goes about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Doing {
    /// What this process is among those that share a state.
    pub role: Role,
    /// The clouds, each by its provider.
    pub clouds: Vec<OfCloud>,
    /// Machines that are left alone for a while after something that came to nothing.
    pub backing_off: usize,
    /// When the first of the clouds is asked again, as far as that is known.
    pub next_look: Option<Timestamp>,
}

/// What a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It has only begun.
    Starting,
    /// Another process leads.
    Standby,
    /// It leads.
    Active,
}

/// How a cloud is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct OfCloud {
    /// Of which provider.
    pub provider: ProviderName,
    /// Why it is left alone for a while, where it is.
    pub silent: Option<Said>,
    /// When it last answered to the end.
    pub answered: Option<Timestamp>,
    /// How many machines it has.
    pub machines: usize,
    /// How often each of them is looked at.
    pub every: Option<Duration>,
    /// How much of the vendor's quota that takes; none where nobody counts.
    pub of_quota: Option<f64>,
}

impl Doing {
    pub(super) fn of(numbers: &Numbers) -> Self {
        let known = numbers.machines.keys().chain(numbers.silent.keys());
        let known: BTreeSet<&ProviderName> = known.chain(numbers.answered.keys()).collect();
        let one = |provider: &ProviderName| OfCloud {
            provider: provider.clone(),
            silent: numbers.errors.get(provider).cloned(),
            answered: numbers.answered.get(provider).copied(),
            machines: numbers.machines.get(provider).copied().unwrap_or_default(),
            every: numbers.interval.get(provider).copied(),
            of_quota: numbers.of_quota.get(provider).copied(),
        };
        Self {
            role: match numbers.phase {
                Phase::Starting => Role::Starting,
                Phase::StandingBy => Role::Standby,
                Phase::Looking | Phase::Watching => Role::Active,
            },
            clouds: known.into_iter().map(one).collect(),
            backing_off: numbers.backing_off,
            next_look: numbers.next_look.values().min().copied(),
        }
    }
}
