//! Security groups as things: listing, making, and who depends on them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::policy::resolve_group;
use crate::{
    estate::Group,
    tencent::{
        call::{Action, Call},
        errors::Refusal,
        service::Service,
        wire::{Filter, FilterLimits, Int, Page, TagInput, count, local},
    },
    world::{Peer, Rule, Tag, Text},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeSecurityGroups {
    security_group_ids: Option<Vec<String>>,
    filters: Option<Vec<Filter>>,
    /// Text in the vendor's own clients.
    offset: Option<Int>,
    limit: Option<Int>,
    order_field: Option<String>,
    order_direction: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SecurityGroups {
    security_group_set: Vec<SecurityGroup>,
    total_count: i64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SecurityGroup {
    security_group_id: Text,
    security_group_name: Text,
    security_group_desc: Text,
    project_id: String,
    is_default: bool,
    created_time: String,
    update_time: String,
    tag_set: Vec<Tag>,
}

impl SecurityGroup {
    fn show(id: &Text, group: &Group) -> Self {
        Self {
            security_group_id: Arc::clone(id),
            security_group_name: group.name.clone(),
            security_group_desc: group.description.clone(),
            project_id: group.project.to_string(),
            is_default: false,
            created_time: local(group.created),
            update_time: local(group.updated),
            tag_set: group.tags.clone(),
        }
    }
}

impl Action for DescribeSecurityGroups {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "DescribeSecurityGroups";
    const RATE: u32 = 50;
    type Answer = SecurityGroups;

    fn serve(self, call: &mut Call<'_>) -> Result<SecurityGroups, Refusal> {
        let page = Page::new(self.offset, self.limit, "InvalidParameterValue.Range")?;
        let ids = self.security_group_ids.unwrap_or_default();
        let filters = self.filters.unwrap_or_default();
        FilterLimits { values: 100, code: "InvalidParameterValue.LimitExceeded" }
            .check(&filters)?;
        if !ids.is_empty() && !filters.is_empty() {
            return Err(Refusal::new(
                "InvalidParameter.Coexist",
                "`SecurityGroupIds` and `Filters` cannot be used together.",
            ));
        }
        if ids.len() > 100 {
            return Err(Refusal::new(
                "InvalidParameterValue.LimitExceeded",
                "At most 100 groups are allowed.",
            ));
        }
        for id in &ids {
            resolve_group(call, id)?;
        }
        let mut found = Vec::new();
        for (id, group) in
            call.estate.groups.iter().filter(|(_, group)| call.owns(group.account, &group.region))
        {
            let mut kept = ids.is_empty() || ids.iter().any(|wanted| **wanted == **id);
            for filter in &filters {
                kept &= holds(filter, id, group)?;
            }
            if kept {
                found.push((id, group));
            }
        }
        if self.order_field.as_deref() == Some("UpdateTime") {
            found.sort_by_key(|(_, group)| group.updated);
        } else {
            found.sort_by_key(|(_, group)| group.created);
        }
        if self.order_direction.as_deref() == Some("DESC") {
            found.reverse();
        }
        let shown =
            page.of(&found).iter().map(|(id, group)| SecurityGroup::show(id, group)).collect();
        Ok(SecurityGroups { security_group_set: shown, total_count: count(found.len()) })
    }
}

fn holds(filter: &Filter, id: &str, group: &Group) -> Result<bool, Refusal> {
    let among = |text: &str| filter.values.iter().any(|value| value == text);
    Ok(match filter.name.as_str() {
        "security-group-id" => among(id),
        "project-id" => among(&group.project.to_string()),
        "security-group-name" => {
            filter.values.iter().any(|value| group.name.contains(value.as_str()))
        }
        "tag-key" => group.tags.iter().any(|tag| among(&tag.key)),
        name => match name.strip_prefix("tag:") {
            Some(key) => group.tags.iter().any(|tag| *tag.key == *key && among(&tag.value)),
            None => {
                return Err(Refusal::new(
                    "InvalidParameter",
                    format!("The filter `{name}` is not supported."),
                ));
            }
        },
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CreateSecurityGroup {
    group_name: String,
    group_description: String,
    project_id: Option<String>,
    tags: Option<Vec<TagInput>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreatedSecurityGroup {
    security_group: SecurityGroup,
}

impl Action for CreateSecurityGroup {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "CreateSecurityGroup";
    const RATE: u32 = 50;
    type Answer = CreatedSecurityGroup;

    fn serve(self, call: &mut Call<'_>) -> Result<CreatedSecurityGroup, Refusal> {
        if self.group_name.is_empty() || self.group_name.chars().count() > 60 {
            return Err(Refusal::new(
                "InvalidParameterValue.TooLong",
                "`GroupName` has 1 to 60 characters.",
            ));
        }
        if self.group_description.chars().count() > 100 {
            return Err(Refusal::new(
                "InvalidParameterValue.TooLong",
                "`GroupDescription` has at most 100 characters.",
            ));
        }
        let project = match &self.project_id {
            None => 0,
            Some(project) => project.parse().map_err(|_| {
                Refusal::new("InvalidParameterValue.Malformed", "`ProjectId` is no number.")
            })?,
        };
        let owned = call
            .estate
            .groups
            .values()
            .filter(|group| call.owns(group.account, &group.region))
            .count();
        if u32::try_from(owned).unwrap_or(u32::MAX) >= call.account().quotas.security_groups {
            return Err(Refusal::new("LimitExceeded", "The quota of security groups is used up."));
        }
        let number = call.estate.next();
        let id: Text = call.estate.ids().group.encode(number).into();
        let now = call.estate.now;
        let group = Group {
            account: call.account,
            region: call.region.clone(),
            name: self.group_name.into(),
            description: self.group_description.into(),
            project,
            version: 0,
            ingress: Vec::new(),
            egress: Vec::new(),
            tags: self.tags.unwrap_or_default().into_iter().map(Into::into).collect(),
            locked: false,
            created: now,
            updated: now,
        };
        let security_group = SecurityGroup::show(&id, &group);
        call.estate.add_group(id, group);
        Ok(CreatedSecurityGroup { security_group })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DescribeSecurityGroupLimits {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Limits {
    security_group_limit_set: LimitSet,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct LimitSet {
    security_group_limit: u32,
    security_group_policy_limit: u32,
    refered_security_group_limit: u32,
    security_group_instance_limit: u32,
    instance_security_group_limit: u32,
    security_group_extended_policy_limit: u32,
    security_group_refered_cvm_and_eni_limit: u32,
    security_group_refered_svc_limit: u32,
}

impl Action for DescribeSecurityGroupLimits {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "DescribeSecurityGroupLimits";
    const RATE: u32 = 20;
    type Answer = Limits;

    fn serve(self, call: &mut Call<'_>) -> Result<Limits, Refusal> {
        let quotas = &call.account().quotas;
        Ok(Limits {
            security_group_limit_set: LimitSet {
                security_group_limit: quotas.security_groups,
                security_group_policy_limit: quotas.rules,
                refered_security_group_limit: 10,
                security_group_instance_limit: 2000,
                instance_security_group_limit: quotas.groups_per_instance,
                security_group_extended_policy_limit: 30_000,
                security_group_refered_cvm_and_eni_limit: 2000,
                security_group_refered_svc_limit: 2000,
            },
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeSecurityGroupAssociationStatistics {
    security_group_ids: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Associations {
    security_group_association_statistics_set: Vec<Association>,
}

#[derive(Debug, Serialize)]
struct Association {
    #[serde(rename = "SecurityGroupId")]
    id: String,
    #[serde(rename = "CVM")]
    cvm: i64,
    #[serde(rename = "CDB")]
    cdb: i64,
    #[serde(rename = "ENI")]
    eni: i64,
    #[serde(rename = "SG")]
    sg: i64,
    #[serde(rename = "CLB")]
    clb: i64,
    #[serde(rename = "InstanceStatistics")]
    statistics: Vec<Statistic>,
    #[serde(rename = "TotalCount")]
    total: i64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statistic {
    instance_type: &'static str,
    instance_count: i64,
}

impl Action for DescribeSecurityGroupAssociationStatistics {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "DescribeSecurityGroupAssociationStatistics";
    const RATE: u32 = 20;
    type Answer = Associations;

    fn serve(self, call: &mut Call<'_>) -> Result<Associations, Refusal> {
        let mut set = Vec::with_capacity(self.security_group_ids.len());
        for id in self.security_group_ids {
            resolve_group(call, &id)?;
            let cvm = count(call.estate.members(&id));
            let sg = count(referrers(call, &id).len());
            let statistics = vec![Statistic { instance_type: "CVM", instance_count: cvm }];
            set.push(Association { id, cvm, cdb: 0, eni: 0, sg, clb: 0, statistics, total: cvm });
        }
        Ok(Associations { security_group_association_statistics_set: set })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeSecurityGroupReferences {
    security_group_ids: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct References {
    referred_security_group_set: Vec<Reference>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Reference {
    security_group_id: String,
    referred_security_group_ids: Vec<Text>,
}

impl Action for DescribeSecurityGroupReferences {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "DescribeSecurityGroupReferences";
    const RATE: u32 = 20;
    type Answer = References;

    fn serve(self, call: &mut Call<'_>) -> Result<References, Refusal> {
        let mut set = Vec::with_capacity(self.security_group_ids.len());
        for id in self.security_group_ids {
            resolve_group(call, &id)?;
            let referred_security_group_ids = referrers(call, &id);
            set.push(Reference { security_group_id: id, referred_security_group_ids });
        }
        Ok(References { referred_security_group_set: set })
    }
}

/// The groups with a rule that names this one.
fn referrers(call: &Call<'_>, id: &str) -> Vec<Text> {
    let names = |rule: &Rule| matches!(&rule.peer, Peer::Group(named) if **named == *id);
    call.estate
        .groups
        .iter()
        .filter(|(_, group)| group.ingress.iter().chain(&group.egress).any(names))
        .map(|(id, _)| Arc::clone(id))
        .collect()
}
