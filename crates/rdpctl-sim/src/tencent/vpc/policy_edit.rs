//! Editing a security group's rules under its version.

use serde::{Deserialize, de::IgnoredAny};

use super::{
    policy::resolve_group,
    policy_input::{Direction, Policy, PolicySet},
};
use crate::{
    estate::Group,
    tencent::{
        call::{Action, Call, Done},
        errors::Refusal,
        service::Service,
        wire::Int,
    },
    world::Rule,
};

/// A copy of the group to be edited, once that is allowed.
fn editable(call: &Call<'_>, id: &str, set: &PolicySet) -> Result<Group, Refusal> {
    let group = resolve_group(call, id)?;
    if group.locked {
        return Err(Refusal::new(
            "UnsupportedOperation.LockedResources",
            format!("The security group `{id}` is locked."),
        ));
    }
    set.require_version(group)?;
    Ok(group.clone())
}

/// Keeps an edited group as the next version.
fn commit(call: &mut Call<'_>, id: &str, edited: Group) -> Result<Done, Refusal> {
    let most = usize::try_from(call.account().quotas.rules).unwrap_or(usize::MAX);
    if edited.ingress.len() > most || edited.egress.len() > most {
        return Err(Refusal::new(
            "LimitExceeded.SecurityGroupPolicySet",
            format!("A security group has at most {most} rules in a direction."),
        ));
    }
    let now = call.estate.now;
    if let Some(group) = call.estate.group_mut(id) {
        *group = edited;
        group.version += 1;
        group.updated = now;
    }
    Ok(Done {})
}

fn duplicate() -> Refusal {
    Refusal::new("UnsupportedOperation.DuplicatePolicy", "The same rule is there already.")
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CreateSecurityGroupPolicies {
    security_group_id: String,
    security_group_policy_set: PolicySet,
}

impl Action for CreateSecurityGroupPolicies {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "CreateSecurityGroupPolicies";
    const RATE: u32 = 50;
    type Answer = Done;

    fn serve(self, call: &mut Call<'_>) -> Result<Done, Refusal> {
        let set = &self.security_group_policy_set;
        let (direction, policies) = set.one_direction()?;
        let mut group = editable(call, &self.security_group_id, set)?;
        let rules =
            policies.iter().map(|policy| policy.rule(call)).collect::<Result<Vec<_>, _>>()?;
        let index = policies[0].index()?;
        for policy in policies {
            if policy.index()? != index {
                return Err(Refusal::new(
                    "InvalidParameterValue.Range",
                    "All rules of a call must carry the same `PolicyIndex`.",
                ));
            }
        }
        let existing = direction.rules(&mut group);
        let at = index.unwrap_or(existing.len());
        if at > existing.len() {
            return Err(Refusal::new(
                "InvalidParameterValue.Range",
                format!("There is no position {at}."),
            ));
        }
        for (position, rule) in rules.iter().enumerate() {
            if existing.iter().chain(&rules[..position]).any(|other| other.matches_like(rule)) {
                return Err(duplicate());
            }
        }
        existing.splice(at..at, rules);
        commit(call, &self.security_group_id, group)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ReplaceSecurityGroupPolicy {
    security_group_id: String,
    security_group_policy_set: PolicySet,
    /// For the vendor's log only.
    #[serde(rename = "OriginalSecurityGroupPolicySet")]
    _original: Option<IgnoredAny>,
}

impl Action for ReplaceSecurityGroupPolicy {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "ReplaceSecurityGroupPolicy";
    const RATE: u32 = 50;
    type Answer = Done;

    fn serve(self, call: &mut Call<'_>) -> Result<Done, Refusal> {
        let set = &self.security_group_policy_set;
        let (direction, policies) = set.one_direction()?;
        if policies.len() != 1 {
            return Err(Refusal::new(
                "InvalidParameterValue.LimitExceeded",
                "Exactly one rule can be replaced.",
            ));
        }
        let mut group = editable(call, &self.security_group_id, set)?;
        replace(call, direction.rules(&mut group), policies)?;
        commit(call, &self.security_group_id, group)
    }
}

/// Replaces each rule at the index that its replacement carries.
fn replace(call: &Call<'_>, existing: &mut [Rule], policies: &[Policy]) -> Result<(), Refusal> {
    for policy in policies {
        let index = policy.index()?.ok_or_else(|| Refusal::missing("PolicyIndex"))?;
        let rule = policy.rule(call)?;
        if existing.iter().enumerate().any(|(at, other)| at != index && other.matches_like(&rule)) {
            return Err(duplicate());
        }
        match existing.get_mut(index) {
            Some(place) => *place = rule,
            None => {
                return Err(Refusal::new(
                    "InvalidParameterValue.Range",
                    format!("There is no rule {index}."),
                ));
            }
        }
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum UpdateType {
    Policy,
    Priority,
    Both,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ReplaceSecurityGroupPolicies {
    security_group_id: String,
    security_group_policy_set: PolicySet,
    original_security_group_policy_set: Option<PolicySet>,
    update_type: Option<UpdateType>,
}

impl Action for ReplaceSecurityGroupPolicies {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "ReplaceSecurityGroupPolicies";
    const RATE: u32 = 20;
    type Answer = Done;

    fn serve(self, call: &mut Call<'_>) -> Result<Done, Refusal> {
        let set = &self.security_group_policy_set;
        let (direction, policies) = set.one_direction()?;
        let mut group = editable(call, &self.security_group_id, set)?;
        match self.update_type.unwrap_or(UpdateType::Policy) {
            UpdateType::Policy => replace(call, direction.rules(&mut group), policies)?,
            UpdateType::Priority | UpdateType::Both => {
                let original = self
                    .original_security_group_policy_set
                    .as_ref()
                    .ok_or_else(|| Refusal::missing("OriginalSecurityGroupPolicySet"))?;
                let (same, from) = original.one_direction()?;
                if same != direction || from.len() != policies.len() {
                    return Err(Refusal::new(
                        "InvalidParameterValue",
                        "The original set must have the same direction, order and length.",
                    ));
                }
                let moved = policies
                    .iter()
                    .map(|policy| policy.rule(call))
                    .collect::<Result<Vec<_>, _>>()?;
                let existing = direction.rules(&mut group);
                let mut taken = Vec::new();
                for policy in from {
                    let index = policy.index()?.ok_or_else(|| Refusal::missing("PolicyIndex"))?;
                    if index >= existing.len() || taken.contains(&index) {
                        return Err(Refusal::new(
                            "InvalidParameterValue.Range",
                            format!("There is no rule {index}."),
                        ));
                    }
                    taken.push(index);
                }
                let mut position = 0;
                existing.retain(|_| {
                    position += 1;
                    !taken.contains(&(position - 1))
                });
                let mut placed: Vec<(usize, Rule)> = Vec::new();
                for (policy, rule) in policies.iter().zip(moved) {
                    placed.push((
                        policy.index()?.ok_or_else(|| Refusal::missing("PolicyIndex"))?,
                        rule,
                    ));
                }
                placed.sort_by_key(|(index, _)| *index);
                for (index, rule) in placed {
                    existing.insert(index.min(existing.len()), rule);
                }
            }
        }
        commit(call, &self.security_group_id, group)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DeleteSecurityGroupPolicies {
    security_group_id: String,
    security_group_policy_set: PolicySet,
}

impl Action for DeleteSecurityGroupPolicies {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "DeleteSecurityGroupPolicies";
    const RATE: u32 = 50;
    type Answer = Done;

    fn serve(self, call: &mut Call<'_>) -> Result<Done, Refusal> {
        let set = &self.security_group_policy_set;
        let (direction, policies) = set.one_direction()?;
        let mut group = editable(call, &self.security_group_id, set)?;
        let existing = direction.rules(&mut group);
        let mut doomed = Vec::new();
        for policy in policies {
            let index = if let Some(index) = policy.index()? {
                index
            } else {
                let wanted = policy.rule(call)?;
                existing
                    .iter()
                    .position(|rule| rule.matches_like(&wanted))
                    .ok_or_else(|| Refusal::new("ResourceNotFound", "No such rule."))?
            };
            if index >= existing.len() {
                return Err(Refusal::new(
                    "InvalidParameterValue.Range",
                    format!("There is no rule {index}."),
                ));
            }
            doomed.push(index);
        }
        let mut position = 0;
        existing.retain(|_| {
            position += 1;
            !doomed.contains(&(position - 1))
        });
        commit(call, &self.security_group_id, group)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ModifySecurityGroupPolicies {
    security_group_id: String,
    security_group_policy_set: PolicySet,
    #[serde(rename = "SortPolicys")]
    _sort_policys: Option<IgnoredAny>,
}

impl Action for ModifySecurityGroupPolicies {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "ModifySecurityGroupPolicies";
    const RATE: u32 = 50;
    type Answer = Done;

    /// The dangerous one: both directions are rewritten, one left out is wiped, version 0 wipes both, and
    /// the version guards nothing.
    fn serve(self, call: &mut Call<'_>) -> Result<Done, Refusal> {
        let set = &self.security_group_policy_set;
        let unguarded = PolicySet::default();
        let mut group = editable(call, &self.security_group_id, &unguarded)?;
        let wiped = set.version == Some(Int(0));
        for (direction, policies) in
            [(Direction::Ingress, &set.ingress), (Direction::Egress, &set.egress)]
        {
            let policies = policies.as_deref().filter(|_| !wiped).unwrap_or_default();
            if policies.iter().any(|policy| policy.policy_index.is_some()) {
                return Err(Refusal::new(
                    "InvalidParameter.Coexist",
                    "`PolicyIndex` is not supported here.",
                ));
            }
            let rules =
                policies.iter().map(|policy| policy.rule(call)).collect::<Result<Vec<_>, _>>()?;
            *direction.rules(&mut group) = rules;
        }
        commit(call, &self.security_group_id, group)
    }
}
