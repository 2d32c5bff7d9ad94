//! Opening and closing doors: one rule of a group, under the group's version.
//!
//! When a group has moved since it was planned on, the rule is made only if it still does what was planned: its number
//! is free, and no denial before it would decide first. Anything else is a new plan's business.

use rdpctl_contract::cloud::CloudError;
use rdpctl_model::ResourceId;
use rdpctl_model::outcome::{CreatedKind, Receipt};
use rdpctl_model::rules::{NewRule, RuleAction, RuleService};
use serde_json::{Value, json};

use super::{Changer, PATIENCE, already, busy, done, no_id, stale};
use crate::azure::arm::{Nsg, NsgRule, Resource};
use crate::azure::client::{Ask, NETWORK};
use crate::azure::id::ArmId;
use crate::azure::survey::{is_ours, sources_of};
use crate::moved::say as moved;
use crate::said::say;
use rdpctl_model::Said;

/// How often a lost race for the version is run again.
const RACES: u32 = 5;

/// Where a rule of ours lies.
pub(in crate::azure) fn rule_path(nsg: &str, rule: &NewRule) -> String {
    format!("{nsg}/securityRules/rdpctl-{}-{}", rule.port, rule.place.index())
}

/// The body of a rule.
pub(in crate::azure) fn rule_body(rule: &NewRule) -> Value {
    let mut properties = json!({
        "priority": rule.place.index(),
        "direction": "Inbound",
        "access": "Allow",
        "protocol": "Tcp",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": rule.port.to_string(),
        "description": rule.description,
    });
    let sources: Vec<String> = rule.sources.iter().map(ToString::to_string).collect();
    match sources.as_slice() {
        [one] => properties["sourceAddressPrefix"] = json!(one),
        many => properties["sourceAddressPrefixes"] = json!(many),
    }
    json!({ "properties": properties })
}

impl Changer<'_> {
    pub(super) async fn open(
        &self,
        rule_set: &ResourceId,
        version: &str,
        rule: &NewRule,
    ) -> Result<Receipt, CloudError> {
        let at = ArmId::of(rule_set).ok_or_else(|| no_id(rule_set))?;
        let created = Some(self.created(CreatedKind::Rule, &rule_path(&at.path, rule)));
        for _ in 0..RACES {
            let nsg = self.nsg(&at).await?;
            if is_open(&nsg, rule) {
                return Ok(Receipt { created, ..already(say::rule_there()) });
            }
            // Our own rule of that number gets the sources that it lacks.
            let mut wanted = rule.clone();
            let rules = nsg.properties.security_rules.iter();
            let ours = rules.clone().find(|known| {
                is_ours(known, rule) && known.properties.priority == rule.place.index()
            });
            wanted.sources.extend(ours.into_iter().flat_map(sources_of));
            wanted.sources.sort_unstable();
            wanted.sources.dedup();
            if ours.is_none() && nsg.etag != version {
                still_opens(&at, &nsg, rule).map_err(stale)?;
            }
            let path = match ours {
                Some(known) => format!("{}/securityRules/{}", at.path, known.name),
                None => rule_path(&at.path, rule),
            };
            let body = rule_body(&wanted);
            let ask = Ask { etag: Some(&nsg.etag), ..Ask::put(&path, NETWORK, &body) };
            match self.client.call(&ask, self.stop).await {
                Ok(begun) => {
                    self.client.follow(begun, PATIENCE, self.stop).await?;
                    if is_open(&self.nsg(&at).await?, rule) {
                        return Ok(Receipt {
                            created,
                            ..done(say::made_at(rule.place.to_string()))
                        });
                    }
                }
                Err(error) if busy(&error) => self.pause().await?,
                Err(error) => return Err(error.into()),
            }
        }
        Err(stale(moved::edited_by_others(at.short())))
    }

    pub(super) async fn close(
        &self,
        rule_set: &ResourceId,
        rule: &NewRule,
    ) -> Result<Receipt, CloudError> {
        let at = ArmId::of(rule_set).ok_or_else(|| no_id(rule_set))?;
        let mut deleted = false;
        for _ in 0..RACES {
            let nsg = self.nsg(&at).await?;
            let ours = nsg.properties.security_rules.iter().find(|known| {
                is_ours(known, rule) && known.properties.priority == rule.place.index()
            });
            let Some(ours) = ours else {
                return Ok(if deleted {
                    done(say::rule_deleted())
                } else {
                    already(say::rule_gone())
                });
            };
            let path = format!("{}/securityRules/{}", at.path, ours.name);
            let ask = Ask { etag: Some(&nsg.etag), ..Ask::delete(&path, NETWORK) };
            match self.client.call(&ask, self.stop).await {
                Ok(begun) => {
                    self.client.follow(begun, PATIENCE, self.stop).await?;
                    deleted = true;
                }
                Err(error) if busy(&error) => self.pause().await?,
                Err(error) => return Err(error.into()),
            }
        }
        Err(stale(moved::edited_by_others(at.short())))
    }

    async fn nsg(&self, at: &ArmId) -> Result<Resource<Nsg>, CloudError> {
        let answer = self.client.call(&Ask::get(&at.path, NETWORK), self.stop).await?;
        Ok(answer.read()?)
    }
}

/// Whether rules of ours let every source in.
fn is_open(nsg: &Resource<Nsg>, rule: &NewRule) -> bool {
    let ours: Vec<&NsgRule> =
        nsg.properties.security_rules.iter().filter(|known| is_ours(known, rule)).collect();
    rule.sources.iter().all(|source| ours.iter().any(|known| sources_of(known).contains(source)))
}

/// Whether a rule still does what was planned, in a group that was edited since.
fn still_opens(at: &ArmId, nsg: &Resource<Nsg>, rule: &NewRule) -> Result<(), Said> {
    let set = crate::azure::survey::plain_rules(nsg);
    let number = rule.place.index();
    if set.iter().any(|known| known.index == number) {
        return Err(moved::place_is_taken(at.short(), rule.place.to_string()));
    }
    let covers = |service: &RuleService| match service {
        RuleService::AllPorts => true,
        RuleService::Ports(ranges) => {
            ranges.iter().any(|(first, last)| (*first..=*last).contains(&rule.port))
        }
        RuleService::NotTcp => false,
    };
    let first = set.iter().find(|known| {
        known.action == RuleAction::Drop && known.index < number && covers(&known.service)
    });
    match first {
        None => Ok(()),
        Some(drop) => Err(moved::another_decides_first(at.short(), drop.index)),
    }
}
