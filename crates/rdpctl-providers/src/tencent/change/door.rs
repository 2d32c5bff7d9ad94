//! Opening and closing doors: the edit that was planned under the version that it was planned on, or none.
//!
//! When a group has moved since, the planned edit is made only if it still does what was planned and nothing else: no
//! drop before its place would decide first. Anything else is a new plan's business.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use futures_util::future::join_all;
use ipnet::IpNet;
use rdpctl_contract::cloud::{CloudError, CloudOrder};
use rdpctl_model::CloudAction;
use rdpctl_model::outcome::{CreatedKind, Receipt};
use rdpctl_model::rules::{NewRule, RuleAction, RuleService};

use super::ending::{already, done, stale};
use super::{Changer, Outcomes, Placed};
use crate::moved::say as moved;
use crate::said::say;
use crate::tencent::api::groups::{
    CreateSecurityGroupPolicies, DeleteSecurityGroupPolicies, NewPolicy, NewPolicySet, OldPolicy,
    OldPolicySet, Policy, PolicySet,
};
use crate::tencent::code::Class;
use crate::tencent::pace::Pace;
use crate::tencent::survey::{policies, rules};
use rdpctl_model::Said;

/// How often a lost race for the version is run again.
const RACES: u32 = 5;

/// How long the read-back may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The request that inserts a rule.
pub(crate) fn insertion(group: &str, version: &str, rule: &NewRule) -> CreateSecurityGroupPolicies {
    CreateSecurityGroupPolicies {
        security_group_id: group.to_owned(),
        security_group_policy_set: NewPolicySet {
            version: version.to_owned(),
            ingress: rule
                .sources
                .iter()
                .map(|source| NewPolicy {
                    policy_index: rule.place.index(),
                    protocol: "TCP",
                    port: rule.port.to_string(),
                    cidr_block: (!source.addr().is_ipv6()).then(|| source.to_string()),
                    ipv6_cidr_block: source.addr().is_ipv6().then(|| source.to_string()),
                    action: "ACCEPT",
                    policy_description: rule.description.clone(),
                })
                .collect(),
        },
    }
}

/// The request that deletes rules by their places.
fn deletion(group: &str, version: &str, places: &[u32]) -> DeleteSecurityGroupPolicies {
    DeleteSecurityGroupPolicies {
        security_group_id: group.to_owned(),
        security_group_policy_set: OldPolicySet {
            version: version.to_owned(),
            ingress: places.iter().map(|place| OldPolicy::At { policy_index: *place }).collect(),
        },
    }
}

/// The request that deletes a rule as it was seen in the group at that version.
pub(crate) fn deletion_as_seen(
    group: &str,
    version: &str,
    rule: &NewRule,
) -> DeleteSecurityGroupPolicies {
    let saying = |source: &IpNet| OldPolicy::Saying {
        protocol: "TCP",
        port: rule.port.to_string(),
        cidr_block: (!source.addr().is_ipv6()).then(|| source.to_string()),
        ipv6_cidr_block: source.addr().is_ipv6().then(|| source.to_string()),
        action: "ACCEPT",
    };
    DeleteSecurityGroupPolicies {
        security_group_id: group.to_owned(),
        security_group_policy_set: OldPolicySet {
            version: version.to_owned(),
            ingress: rule.sources.iter().map(saying).collect(),
        },
    }
}

/// What is known of a group before an edit.
#[derive(Clone, Copy)]
enum Ground {
    /// As far as anybody knows it is at the version on which the edit was planned.
    AsPlanned,
    /// It was edited since.
    Moved,
}

impl Changer<'_> {
    /// Edits groups: one after another within a group, since each edit moves its version, and groups side by side.
    pub(super) async fn doors(&self, orders: Vec<Placed<'_>>) -> Outcomes {
        let mut by_group: BTreeMap<String, Vec<Placed<'_>>> = BTreeMap::new();
        for (place, order) in orders {
            if let CloudAction::OpenDoor { rule_set, .. }
            | CloudAction::CloseDoor { rule_set, .. } = &order.action
            {
                by_group.entry(rule_set.as_str().to_owned()).or_default().push((place, order));
            }
        }
        let work = by_group.into_iter().map(|(group, orders)| async move {
            // The first edit is made on the group as it was planned on; each moves its version for the next.
            let mut ground = Ground::AsPlanned;
            for (place, order) in orders {
                self.tell(place, self.edit(&group, order, ground).await);
                ground = Ground::Moved;
            }
        });
        join_all(work).await;
        Outcomes::new()
    }

    async fn edit(
        &self,
        group: &str,
        order: &CloudOrder,
        ground: Ground,
    ) -> Result<Receipt, CloudError> {
        match &order.action {
            CloudAction::OpenDoor { version, rule, .. } => {
                self.open(group, version, rule, ground).await
            }
            CloudAction::CloseDoor { version, rule, .. } => {
                self.close(group, version, rule, ground).await
            }
            CloudAction::Start
            | CloudAction::AllocateAddress { .. }
            | CloudAction::AssociateAddress
            | CloudAction::TransformAddress
            | CloudAction::SetAddressBandwidth { .. }
            | CloudAction::SetInstanceBandwidth { .. }
            | CloudAction::SnapshotSystemDisk
            | CloudAction::Reboot
            | CloudAction::ReleaseAddress { .. } => Err(CloudError::Stopped),
        }
    }

    async fn open(
        &self,
        group: &str,
        version: &str,
        rule: &NewRule,
        ground: Ground,
    ) -> Result<Receipt, CloudError> {
        let created =
            Some(self.created(CreatedKind::Rule, format!("{group}/{}", rule.description)));
        let mut pace = Pace::within(PATIENCE);
        // The version guards the first try: what was planned is made on what it was planned on, or not at all. Only
        // a group that has moved is looked at before the next.
        let mut planned = match ground {
            Ground::AsPlanned => Some(insertion(group, version, rule)),
            Ground::Moved => None,
        };
        for _ in 0..RACES {
            let request = if let Some(request) = planned.take() {
                request
            } else {
                let set = policies(self.client, group, self.stop).await?;
                if missing(&set, rule).is_empty() {
                    self.read_back.put(group, set);
                    return Ok(Receipt { created, ..already(say::rule_there()) });
                }
                if set.version.as_str() != version {
                    still_opens(group, &set, rule).map_err(stale)?;
                }
                let wanted = NewRule { sources: missing(&set, rule), ..rule.clone() };
                insertion(group, set.version.as_str(), &wanted)
            };
            self.read_back.forget(group);
            match self.client.call(&request, self.stop).await {
                Ok(answer) => {
                    let note = say::inserted(rule.place.to_string(), answer.request_id.to_string());
                    return self.see(group, rule).await.map(|()| Receipt { created, ..done(note) });
                }
                // A lost race, a rule that somebody else added, or an answer that was lost: the next look tells.
                Err(error) if error.class() == Class::Moved || error.effect_unknown() => {
                    if !pace.rest(self.stop).await {
                        return Err(error.into());
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(stale(moved::edited_by_others(group)))
    }

    async fn see(&self, group: &str, rule: &NewRule) -> Result<(), CloudError> {
        let mut pace = Pace::within(PATIENCE);
        loop {
            let set = policies(self.client, group, self.stop).await?;
            let missing = missing(&set, rule);
            if missing.is_empty() {
                self.read_back.put(group, set);
                return Ok(());
            }
            if !pace.rest(self.stop).await {
                return Err(CloudError::NotSettled {
                    what: moved::the_rule_in(group),
                    waited: PATIENCE,
                    last: moved::sources_not_listed(missing.len()),
                });
            }
        }
    }

    async fn close(
        &self,
        group: &str,
        version: &str,
        rule: &NewRule,
        ground: Ground,
    ) -> Result<Receipt, CloudError> {
        let mut pace = Pace::within(PATIENCE);
        // As far as anybody knows how the group stands, the edit is tried on that, under its version; only a group that
        // has moved is looked at first.
        let mut known = match (self.read_back.last(group), ground) {
            (Some(set), _) => Some(set)
                .filter(|set| !places_of(set, rule).is_empty())
                .map(|set| deletion(group, set.version.as_str(), &places_of(&set, rule))),
            (None, Ground::AsPlanned) if !version.is_empty() => {
                Some(deletion_as_seen(group, version, rule))
            }
            (None, Ground::AsPlanned | Ground::Moved) => None,
        };
        for _ in 0..RACES {
            let request = if let Some(request) = known.take() {
                request
            } else {
                let set = policies(self.client, group, self.stop).await?;
                let places = places_of(&set, rule);
                if places.is_empty() {
                    self.read_back.put(group, set);
                    return Ok(already(say::rule_gone()));
                }
                deletion(group, set.version.as_str(), &places)
            };
            self.read_back.forget(group);
            match self.client.call(&request, self.stop).await {
                Ok(answer) => {
                    let set = policies(self.client, group, self.stop).await?;
                    if places_of(&set, rule).is_empty() {
                        self.read_back.put(group, set);
                        return Ok(done(say::deleted_by(answer.request_id.to_string())));
                    }
                }
                Err(error)
                    if matches!(error.class(), Class::Moved | Class::Missing)
                        || error.effect_unknown() => {}
                Err(error) => return Err(error.into()),
            }
            if !pace.rest(self.stop).await {
                return Err(CloudError::Stopped);
            }
        }
        Err(stale(moved::edited_by_others(group)))
    }
}

/// Where a rule of ours stands, source by source.
fn places_of(set: &PolicySet, rule: &NewRule) -> Vec<u32> {
    let ours = |policy: &Policy| rule.sources.iter().any(|source| is_ours(policy, rule, source));
    placed(set).filter(|(_, policy)| ours(policy)).map(|(place, _)| place).collect()
}

/// A group's rules with their places.
fn placed(set: &PolicySet) -> impl Iterator<Item = (u32, &Policy)> {
    (0..)
        .zip(&set.ingress.0)
        .map(|(place, policy)| (policy.policy_index.count().unwrap_or(place), policy))
}

/// The sources of a rule that no accept of the same port stands for.
fn missing(set: &PolicySet, rule: &NewRule) -> Vec<IpNet> {
    rule.sources
        .iter()
        .filter(|source| !placed(set).any(|(_, policy)| is_same(policy, rule, source)))
        .copied()
        .collect()
}

/// Whether a rule accepts exactly that port from exactly that source.
fn is_same(policy: &Policy, rule: &NewRule, source: &IpNet) -> bool {
    let address = policy.cidr_block.given().or_else(|| policy.ipv6_cidr_block.given());
    policy.protocol.as_str().eq_ignore_ascii_case("tcp")
        && policy.port.as_str() == rule.port.to_string()
        && policy.action.as_str().eq_ignore_ascii_case("accept")
        && address.and_then(rules::network) == Some(*source)
}

/// The same, made by us.
fn is_ours(policy: &Policy, rule: &NewRule, source: &IpNet) -> bool {
    is_same(policy, rule, source) && policy.policy_description.as_str() == rule.description
}

/// Whether the rule would still decide at its place: nothing that drops the port's packets from its sources may stand
/// before it.
fn still_opens(group: &str, set: &PolicySet, rule: &NewRule) -> Result<(), Said> {
    let moved = |what: Said| Err(moved::at_version(group, set.version.as_str(), what));
    if rule.place.index() > u32::try_from(set.ingress.0.len()).unwrap_or(u32::MAX) {
        return moved(moved::fewer_rules());
    }
    for (place, policy) in placed(set).filter(|(place, _)| *place < rule.place.index()) {
        let drops = rules::action(policy.action.as_str()) != Ok(RuleAction::Accept);
        if drops
            && may_match_port(policy, rule.port)
            && rule.sources.iter().any(|net| may_match_source(policy, net))
        {
            return moved(moved::rule_decides_before(place));
        }
    }
    Ok(())
}

/// Whether a rule may concern a TCP port; what cannot be told may.
fn may_match_port(policy: &Policy, port: u16) -> bool {
    match rules::service(policy.protocol.as_str(), policy.port.as_str()) {
        Ok(RuleService::NotTcp) => false,
        Ok(RuleService::Ports(ranges)) => {
            ranges.iter().any(|(first, last)| (*first..=*last).contains(&port))
        }
        Ok(RuleService::AllPorts) | Err(_) => true,
    }
}

/// Whether a rule may concern a source; what cannot be told may.
fn may_match_source(policy: &Policy, source: &IpNet) -> bool {
    let address = policy.cidr_block.given().or_else(|| policy.ipv6_cidr_block.given());
    let Some(range) = address.and_then(|text| rules::source(text).ok()) else { return true };
    let (first, last): (IpAddr, IpAddr) = range.bounds();
    first.is_ipv4() == source.addr().is_ipv4()
        && first <= source.broadcast()
        && source.network() <= last
}

#[cfg(test)]
mod tests {
    use rdpctl_model::rules::Place;

    use super::*;

    fn set(rules: &str) -> PolicySet {
        serde_json::from_str(&format!(r#"{{"Version":"7","Ingress":[{rules}]}}"#)).unwrap()
    }

    fn rule(index: u32, sources: &[&str]) -> NewRule {
        NewRule {
            place: Place::Position(index),
            port: 3389,
            sources: sources.iter().map(|source| source.parse().unwrap()).collect(),
            description: "rdpctl: RDP 3389".to_owned(),
        }
    }

    #[test]
    fn the_request_carries_the_version_and_one_place_for_all_sources() {
        let request = insertion("sg-1", "7", &rule(2, &["203.0.113.0/24", "2001:db8::/32"]));
        assert_eq!(
            serde_json::to_string(&request).unwrap(),
            r#"{"SecurityGroupId":"sg-1","SecurityGroupPolicySet":{"Version":"7","Ingress":[{"PolicyIndex":2,"Protocol":"TCP","Port":"3389","CidrBlock":"203.0.113.0/24","Action":"ACCEPT","PolicyDescription":"rdpctl: RDP 3389"},{"PolicyIndex":2,"Protocol":"TCP","Port":"3389","Ipv6CidrBlock":"2001:db8::/32","Action":"ACCEPT","PolicyDescription":"rdpctl: RDP 3389"}]}}"#
        );
    }

    #[test]
    fn a_rule_that_is_there_is_not_inserted_again() {
        let set = set(
            r#"{"PolicyIndex":0,"Protocol":"tcp","Port":"3389","CidrBlock":"203.0.113.0/24","Action":"ACCEPT"}"#,
        );
        assert_eq!(missing(&set, &rule(0, &["203.0.113.0/24"])), []);
        let left = missing(&set, &rule(0, &["203.0.113.0/24", "198.51.100.7/32"]));
        assert_eq!(left, ["198.51.100.7/32".parse::<IpNet>().unwrap()]);
    }

    #[test]
    fn a_planned_edit_is_made_on_a_moved_group_only_where_it_still_decides() {
        let drop_all = r#"{"PolicyIndex":0,"Protocol":"ALL","Port":"all","CidrBlock":"0.0.0.0/0","Action":"DROP"}"#;
        let drop_other = r#"{"PolicyIndex":0,"Protocol":"tcp","Port":"3389","CidrBlock":"192.0.2.0/24","Action":"DROP"}"#;
        let drop_udp = r#"{"PolicyIndex":0,"Protocol":"udp","Port":"3389","CidrBlock":"0.0.0.0/0","Action":"DROP"}"#;
        let drop_template = r#"{"PolicyIndex":0,"Protocol":"tcp","Port":"3389","AddressTemplate":{"AddressId":"ipm-1"},"Action":"DROP"}"#;
        let accept = r#"{"PolicyIndex":0,"Protocol":"tcp","Port":"22","CidrBlock":"0.0.0.0/0","Action":"ACCEPT"}"#;
        for (rules, index, holds) in [
            (drop_all, 0, true),
            (drop_all, 1, false),
            (drop_other, 1, true),
            (drop_udp, 1, true),
            (drop_template, 1, false),
            (accept, 1, true),
            (accept, 2, false),
        ] {
            let result = still_opens("sg-1", &set(rules), &rule(index, &["203.0.113.0/24"]));
            assert_eq!(result.is_ok(), holds, "{rules} at {index}");
        }
    }

    #[test]
    fn only_our_own_rule_is_deleted() {
        let ours = r#"{"PolicyIndex":0,"Protocol":"tcp","Port":"3389","CidrBlock":"203.0.113.0/24","Action":"ACCEPT","PolicyDescription":"rdpctl: RDP 3389"}"#;
        let theirs = r#"{"PolicyIndex":1,"Protocol":"tcp","Port":"3389","CidrBlock":"203.0.113.0/24","Action":"ACCEPT","PolicyDescription":"helpdesk"}"#;
        let set = set(&format!("{ours},{theirs}"));
        let source = "203.0.113.0/24".parse().unwrap();
        let found: Vec<u32> = placed(&set)
            .filter(|(_, policy)| is_ours(policy, &rule(0, &[]), &source))
            .map(|(place, _)| place)
            .collect();
        assert_eq!(found, [0]);
    }
}
