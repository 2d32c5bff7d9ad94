//! What is known of the firewall: the settings of its profiles by who made them, and the rules that may concern RDP.

use std::collections::BTreeMap;

use rdpctl_model::guest::{RegData, Registry};
use rdpctl_model::{Gap, Survey};
use serde::{Deserialize, Serialize};

use crate::firewall_by::{By, PROFILES};
use crate::firewall_policy::{ENABLED, INBOUND, MERGE, NO_EXCEPTIONS, Owners};
use crate::firewall_rule::{FirewallRule, Match};
use crate::paths::{FIREWALL_GROUP_POLICY, FIREWALL_MANAGEMENT, FIREWALL_POLICY, WINDOWS_VERSION};
use crate::unknown;

/// A rule and who made it.
pub(crate) type Owned = (FirewallRule, By);

/// Profile values and rules, local and by policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seen {
    /// Windows' build: rules of Windows 7 and 2008 R2 are others.
    pub(crate) build: u32,
    /// Domain, private, public.
    pub(crate) profiles: [ProfileSeen; 3],
    /// Rule texts by id, as far as they may concern RDP.
    pub(crate) rules: BTreeMap<String, String>,
    /// Rules that a policy sets.
    pub(crate) policy_rules: BTreeMap<String, String>,
    /// Rules of the device management.
    pub(crate) managed_rules: BTreeMap<String, String>,
    /// Who stands behind what a policy sets.
    #[serde(default)]
    pub(crate) owners: Owners,
}

/// The settings of one profile, by who made them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct ProfileSeen {
    pub(crate) local: Settings,
    pub(crate) managed: Settings,
    pub(crate) policy: Settings,
}

/// The values of one profile's key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) enabled: Option<u32>,
    pub(crate) no_exceptions: Option<u32>,
    pub(crate) default_inbound: Option<u32>,
    pub(crate) merge: Option<u32>,
}

impl ProfileSeen {
    fn first(&self, value: impl Fn(&Settings) -> Option<u32>) -> Option<(u32, By)> {
        let of = |settings: &Settings, by| value(settings).map(|number| (number, by));
        of(&self.policy, By::Policy)
            .or_else(|| of(&self.managed, By::Management))
            .or_else(|| of(&self.local, By::Local))
    }

    /// Whether it filters, and who says so.
    pub(crate) fn enabled(&self) -> (bool, By) {
        let (number, by) = self.first(|it| it.enabled).unwrap_or((1, By::Local));
        (number != 0, by)
    }

    /// Who refuses everything that comes in, whatever rules say.
    pub(crate) fn exceptions_refused(&self) -> Option<By> {
        self.first(|it| it.no_exceptions).filter(|(number, _)| *number != 0).map(|(_, by)| by)
    }

    /// Whether what no rule names is let in.
    pub(crate) fn lets_all_in(&self) -> bool {
        self.first(|it| it.default_inbound).is_some_and(|(number, _)| number == 0)
    }

    /// Who has the rules ignored that were made on the machine.
    pub(crate) fn local_rules_ignored_by(&self) -> Option<By> {
        let ignores = |settings: &Settings| settings.merge == Some(0);
        [(&self.policy, By::Policy), (&self.managed, By::Management)]
            .into_iter()
            .find(|(settings, _)| ignores(settings))
            .map(|(_, by)| by)
    }
}

impl Seen {
    pub(crate) fn read(survey: &Survey) -> Result<Self, Gap> {
        let guest = survey.guest.as_ref().map_err(Clone::clone)?;
        let registry = &guest.registry;
        let build = registry
            .text(WINDOWS_VERSION, "CurrentBuild")?
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| Gap::garbled(unknown::build_number()))?;
        let mut profiles = [ProfileSeen::default(); 3];
        let by_policy = registry.key(FIREWALL_GROUP_POLICY)?.is_some();
        let managed = registry.key(FIREWALL_MANAGEMENT).is_ok_and(|key| key.is_some());
        for (seen, (_, _, local, names)) in profiles.iter_mut().zip(PROFILES) {
            seen.local = settings(registry, &format!(r"{FIREWALL_POLICY}\{local}"))?;
            for name in names.iter().rev() {
                if by_policy {
                    seen.policy.take(listed(registry, FIREWALL_GROUP_POLICY, name)?);
                }
                if managed {
                    seen.managed.take(listed(registry, FIREWALL_MANAGEMENT, name)?);
                }
            }
        }
        let mut policy_rules = rules_below(registry, FIREWALL_GROUP_POLICY);
        policy_rules.extend(older_rules(registry));
        Ok(Self {
            build,
            profiles,
            rules: relevant(guest.firewall_rules.clone()?),
            policy_rules,
            managed_rules: rules_below(registry, FIREWALL_MANAGEMENT),
            owners: Owners::read(guest),
        })
    }

    /// All rules as they concern a port, with who made them.
    pub(crate) fn all_rules(&self, port: u16) -> Vec<Owned> {
        let parse = |rules: &BTreeMap<String, String>, by: By| -> Vec<Owned> {
            let parsed = rules.iter().filter_map(|(id, text)| FirewallRule::parse(id, text, port));
            parsed.map(|rule| (rule, by)).collect()
        };
        let mut all = parse(&self.rules, By::Local);
        all.extend(parse(&self.policy_rules, By::Policy));
        all.extend(parse(&self.managed_rules, By::Management));
        all
    }
}

impl Settings {
    /// Takes over what is said; what is said later is what the newer name says.
    fn take(&mut self, other: Self) {
        self.enabled = other.enabled.or(self.enabled);
        self.no_exceptions = other.no_exceptions.or(self.no_exceptions);
        self.default_inbound = other.default_inbound.or(self.default_inbound);
        self.merge = other.merge.or(self.merge);
    }
}

/// A tree lists only the subkeys that exist, so one that was not listed is absent.
fn listed(registry: &Registry, root: &str, name: &str) -> Result<Settings, Gap> {
    let key = format!(r"{root}\{name}");
    if registry.keys.contains_key(&key.to_ascii_lowercase()) {
        settings(registry, &key)
    } else {
        Ok(Settings::default())
    }
}

fn settings(registry: &Registry, key: &str) -> Result<Settings, Gap> {
    Ok(Settings {
        enabled: registry.dword(key, ENABLED)?,
        no_exceptions: registry.dword(key, NO_EXCEPTIONS)?,
        default_inbound: registry.dword(key, INBOUND)?,
        merge: registry.dword(key, MERGE)?,
    })
}

fn rules_below(registry: &Registry, root: &str) -> BTreeMap<String, String> {
    registry
        .below(root)
        .filter(|(key, _)| key.ends_with(r"\firewallrules"))
        .flat_map(|(_, values)| values)
        .filter_map(|(id, data)| {
            let RegData::Sz(text) = data else { return None };
            Some((id.clone(), text.clone()))
        })
        .collect()
}

/// The exception for Remote Desktop in policies of Windows XP's time, as the rule that it amounts to.
fn older_rules(registry: &Registry) -> BTreeMap<String, String> {
    let mut rules = BTreeMap::new();
    for (_, word, _, names) in PROFILES {
        for name in names {
            let key = format!(r"{FIREWALL_GROUP_POLICY}\{name}\Services\RemoteDesktop");
            if !registry.keys.contains_key(&key.to_ascii_lowercase())
                || registry.dword(&key, "Enabled") != Ok(Some(1))
            {
                continue;
            }
            let from = registry.text(&key, "RemoteAddresses").ok().flatten().unwrap_or("*");
            let addresses: String = from
                .split(',')
                .map(str::trim)
                .filter(|one| !one.is_empty())
                .map(|one| format!("|RA4={one}"))
                .collect();
            rules.insert(
                format!("{name} Services RemoteDesktop"),
                format!("v2.0|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|Profile={word}{addresses}|"),
            );
        }
    }
    rules
}

/// Only rules that may decide about RDP are kept as evidence: others differ between machines for no reason of ours.
fn relevant(rules: BTreeMap<String, String>) -> BTreeMap<String, String> {
    rules
        .into_iter()
        .filter(|(id, text)| {
            FirewallRule::parse(id, text, 3389)
                .is_some_and(|rule| rule.remote_desktop_group || rule.matches != Match::No)
                || text.contains("LPort=")
                || text.contains("LPort2_10=")
        })
        .filter(|(_, text)| !text.contains("EmbedCtxt=@FirewallAPI.dll,-30267"))
        .collect()
}
