//! Who stands behind what the policies' key says of the firewall, and how that is said.

use std::collections::BTreeMap;

use rdpctl_model::Said;
use rdpctl_model::guest::{GuestSurvey, RegData};
use serde::{Deserialize, Serialize};

use crate::firewall_by::{By, PROFILES};
use crate::firewall_rule::{FirewallRule, Match};
use crate::paths::FIREWALL_GROUP_POLICY;
use crate::policy_owner::Owner;

/// The values of a profile on which the judgement rests.
pub(crate) const ENABLED: &str = "EnableFirewall";
pub(crate) const NO_EXCEPTIONS: &str = "DoNotAllowExceptions";
pub(crate) const INBOUND: &str = "DefaultInboundAction";
pub(crate) const MERGE: &str = "AllowLocalPolicyMerge";

/// Who stands behind the values of profiles and behind the rules under the policies' key. Empty where nobody was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Owners(BTreeMap<String, Owner>);

fn of_value(profile: &str, value: &str) -> String {
    format!("{profile} {value}")
}

fn of_rule(id: &str) -> String {
    format!("rule {id}")
}

impl Owners {
    pub(crate) fn read(guest: &GuestSurvey) -> Self {
        let mut owners = BTreeMap::new();
        if guest.policies.is_err() {
            return Self(owners);
        }
        for (_, word, _, names) in PROFILES {
            // The first of the names is the newer one, and wins.
            for name in names.iter().rev() {
                let key = format!(r"{FIREWALL_GROUP_POLICY}\{name}");
                for value in [ENABLED, NO_EXCEPTIONS, INBOUND, MERGE] {
                    if guest.registry.dword(&key, value).is_ok_and(|number| number.is_some()) {
                        owners.insert(of_value(word, value), Owner::of(guest, &key, value));
                    }
                }
            }
        }
        for (key, id, text) in rules(guest) {
            let shown = text.split('|').find_map(|part| part.strip_prefix("Name="));
            let by_name = || shown.map(|shown| Owner::of(guest, key, shown));
            let owner = match Owner::of(guest, key, id) {
                named @ Owner::Policy(_) => named,
                // The report may call it by a name of another language.
                Owner::Unknown | Owner::Nobody => match by_name() {
                    Some(named @ Owner::Policy(_)) => named,
                    Some(Owner::Unknown | Owner::Nobody) | None => Owner::Unknown,
                },
            };
            owners.insert(of_rule(id), owner);
        }
        Self(owners)
    }

    /// Who sets a profile's value.
    pub(crate) fn of_value(&self, by: By, profile: &str, value: &str) -> Said {
        self.said(by, &of_value(profile, value))
    }

    /// Who makes a rule.
    pub(crate) fn of_rule(&self, by: By, id: &str) -> Said {
        self.said(by, &of_rule(id))
    }

    fn said(&self, by: By, what: &str) -> Said {
        match (by, self.0.get(what)) {
            (By::Policy, Some(Owner::Policy(name))) => say::by_policy_named(name),
            (By::Policy, Some(Owner::Nobody)) => say::by_nobody(),
            (By::Policy, Some(Owner::Unknown)) => say::by_policy_unknown(),
            (By::Policy, None) | (By::Local | By::Management, _) => by.said(),
        }
    }

    /// What to do about a profile's value: where a policy writes it, that; where nobody does, delete it.
    pub(crate) fn way_out(&self, by: By, profile: &str, value: &str, there: Said) -> Said {
        match (by, self.0.get(&of_value(profile, value))) {
            (By::Policy, Some(Owner::Nobody)) => say::delete_what_was_left(value),
            (By::Policy | By::Local | By::Management, _) => there,
        }
    }
}

/// Rules under the policies' key: key, id and text.
fn rules(guest: &GuestSurvey) -> impl Iterator<Item = (&str, &str, &str)> {
    let keys = guest.registry.below(FIREWALL_GROUP_POLICY);
    keys.filter(|(key, _)| key.ends_with(r"\firewallrules")).flat_map(|(key, values)| {
        values.iter().filter_map(move |(id, data)| {
            let RegData::Sz(text) = data else { return None };
            Some((key, id.as_str(), text.as_str()))
        })
    })
}

/// Whether it matters who stands behind the policies' key: something there keeps others out, or the firewall off.
pub(crate) fn matters(guest: &GuestSurvey) -> bool {
    let set = |name: &str, value: &str| {
        guest.registry.dword(&format!(r"{FIREWALL_GROUP_POLICY}\{name}"), value).ok().flatten()
    };
    let against = |name: &str| {
        set(name, ENABLED) == Some(0)
            || set(name, NO_EXCEPTIONS).is_some_and(|number| number != 0)
            || set(name, MERGE) == Some(0)
    };
    PROFILES.iter().flat_map(|(_, _, _, names)| *names).any(|name| against(name))
        || rules(guest).any(|(_, id, text)| {
            FirewallRule::parse(id, text, 3389)
                .is_some_and(|rule| rule.blocks && rule.active && rule.matches != Match::No)
        })
}

rdpctl_model::says! { "firewall":
    by_policy_named(name);
    by_policy_unknown();
    by_nobody();
    delete_what_was_left(value);
}
