//! What is unusual, and judged by no facet: values in a survey that differ from that Windows' defaults, with what they
//! are known to do.
//!
//! Rows are data; what is read of a guest and used nowhere else stands here, or is not read.

use rdpctl_model::guest::{GuestSurvey, KeyAnswer, RegData};
use rdpctl_model::{Finding, Said, Stage};
use serde::Deserialize;

use crate::diagnosis::Unusual;
use crate::evidence::{self, Saw, saw, say, typed};
use crate::texts::Texts;

/// How many values are listed.
const LISTED: usize = 24;
/// How many values of one row are listed.
const OF_ONE: usize = 6;

/// The file of rows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Usual {
    pub(crate) value: Vec<Row>,
}

/// Where one looks, and what is usual there: exactly one of `number`, `text`, `any`, `present` and `rules`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) id: String,
    stage: Stage,
    #[serde(default)]
    key: Option<String>,
    /// This key and all below it.
    #[serde(default)]
    tree: Option<String>,
    #[serde(default)]
    name: Option<String>,
    /// One of these numbers is usual, or none.
    #[serde(default)]
    number: Option<Vec<u32>>,
    /// One of these texts is usual, or none.
    #[serde(default)]
    text: Option<Vec<String>>,
    /// No value is usual but these.
    #[serde(default)]
    any: Option<Vec<String>>,
    /// Whether the mere key is unusual.
    #[serde(default)]
    present: bool,
    #[serde(default)]
    rules: Option<Rules>,
    /// The first build for which it holds.
    #[serde(default)]
    since: Option<u32>,
    /// The first build for which it holds no longer.
    #[serde(default)]
    before: Option<u32>,
    /// Findings that say it better.
    #[serde(default)]
    judged: Vec<Finding>,
}

/// Kinds of rules.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Rules {
    /// They block certain addresses.
    BlockedAddresses,
    /// Not of a firewall: what the log was asked for, where it may hold more than it told.
    Events,
}

impl Usual {
    pub(crate) fn read() -> Result<Self, toml::de::Error> {
        toml::from_str(include_str!("../unusual/values.toml"))
    }

    /// What is unusual in a guest, but for what was found by a facet.
    pub(crate) fn unusual(
        &self,
        guest: &GuestSurvey,
        found: &[Finding],
        texts: &Texts,
    ) -> Vec<Unusual> {
        let build = build(guest);
        let mut unusual: Vec<Unusual> = self
            .value
            .iter()
            .filter(|row| !row.judged.iter().any(|finding| found.contains(finding)))
            .filter(|row| row.holds_for(build))
            .flat_map(|row| {
                row.seen(guest).into_iter().take(OF_ONE).map(move |seen| Unusual {
                    id: row.id.clone(),
                    stage: row.stage,
                    value: seen.quote(texts),
                    does: texts.get(&format!("unusual.{}", row.id)).to_owned(),
                })
            })
            .collect();
        unusual.sort_by_key(|one| one.stage);
        unusual.truncate(LISTED);
        unusual
    }
}

/// Windows' build, as far as it was read.
fn build(guest: &GuestSurvey) -> Option<u32> {
    const VERSION: &str = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion";
    guest.registry.text(VERSION, "CurrentBuildNumber").ok().flatten()?.parse().ok()
}

impl Row {
    /// Whether it says something of this build. Of an unknown one only what holds for all is said.
    fn holds_for(&self, build: Option<u32>) -> bool {
        match build {
            None => self.since.is_none() && self.before.is_none(),
            Some(build) => {
                self.since.is_none_or(|since| build >= since)
                    && self.before.is_none_or(|before| build < before)
            }
        }
    }

    fn seen(&self, guest: &GuestSurvey) -> Vec<Saw> {
        match self.rules {
            Some(Rules::BlockedAddresses) => return blocked_addresses(guest),
            Some(Rules::Events) => {
                let told = |purpose: &String| typed("wevtutil qe", Said::quoted(purpose));
                return guest.floods.iter().map(told).collect();
            }
            None => {}
        }
        guest
            .registry
            .keys
            .iter()
            .filter(|(key, _)| self.is_at(key))
            .flat_map(|(key, answer)| self.of_key(key, answer))
            .collect()
    }

    fn is_at(&self, key: &str) -> bool {
        match (&self.key, &self.tree) {
            (Some(own), _) => key.eq_ignore_ascii_case(own),
            (None, Some(tree)) => {
                let tree = tree.to_ascii_lowercase();
                key.strip_prefix(&tree)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('\\'))
            }
            (None, None) => false,
        }
    }

    fn of_key(&self, key: &str, answer: &KeyAnswer) -> Vec<Saw> {
        // The key as people write it, where the row names it.
        let shown = match (&self.key, &self.tree) {
            (Some(own), _) => own.clone(),
            (None, Some(tree)) => format!("{tree}{}", key.get(tree.len()..).unwrap_or_default()),
            (None, None) => key.to_owned(),
        };
        let source = format!("reg query \"{shown}\"");
        let values: Vec<(&str, &RegData)> = match answer {
            KeyAnswer::Present(_) if self.present => {
                return vec![typed(source, say::key_there())];
            }
            KeyAnswer::Present(values) => {
                values.iter().map(|(name, data)| (name.as_str(), data)).collect()
            }
            KeyAnswer::Value(name, Some(data)) => vec![(name.as_str(), data)],
            KeyAnswer::Value(_, None) | KeyAnswer::Absent | KeyAnswer::Gap(_) => Vec::new(),
        };
        values
            .into_iter()
            .filter(|(name, _)| {
                self.name.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(name))
            })
            .filter(|(name, data)| self.is_unusual(name, data))
            .map(|(name, data)| {
                let name = self.name.as_deref().unwrap_or(name);
                typed(source.clone(), say::value(name, evidence::data(data)))
            })
            .collect()
    }

    fn is_unusual(&self, name: &str, data: &RegData) -> bool {
        if let Some(usual) = &self.number {
            return !matches!(data, RegData::Dword(number) if usual.contains(number));
        }
        if let Some(usual) = &self.text {
            return match data {
                RegData::Sz(text) | RegData::ExpandSz(text) => {
                    !usual.iter().any(|one| one.eq_ignore_ascii_case(text))
                }
                RegData::Dword(_)
                | RegData::Qword(_)
                | RegData::MultiSz(_)
                | RegData::Binary(_)
                | RegData::Other(..) => true,
            };
        }
        self.any.as_ref().is_some_and(|but| !but.iter().any(|one| one.eq_ignore_ascii_case(name)))
    }
}

/// Active rules that block what comes in from certain addresses.
fn blocked_addresses(guest: &GuestSurvey) -> Vec<Saw> {
    let Ok(rules) = &guest.firewall_rules else { return Vec::new() };
    rules
        .iter()
        .filter(|(_, rule)| {
            let has = |part: &str| rule.split('|').any(|one| one.eq_ignore_ascii_case(part));
            has("Action=Block") && has("Active=TRUE") && has("Dir=In")
        })
        .filter_map(|(id, rule)| {
            let addresses: Vec<&str> = rule
                .split('|')
                .filter(|part| {
                    ["RA4=", "RA6=", "RA42=", "RA62="].iter().any(|head| part.starts_with(head))
                })
                .collect();
            let name = rule.split('|').find_map(|part| part.strip_prefix("Name=")).unwrap_or(id);
            let short: String = addresses.join("|").chars().take(160).collect();
            (!addresses.is_empty()).then(|| {
                saw(say::firewall_rule(name), Said::quoted(format!("Action=Block|{short}")))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests;
