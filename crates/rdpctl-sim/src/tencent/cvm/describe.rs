//! Listing instances.

use std::net::Ipv4Addr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::show::{self, Instance};
use crate::{
    estate::Estate,
    tencent::{
        call::{Action, Call},
        errors::Refusal,
        service::Service,
        wire::{Filter, FilterLimits, Int, Page, count},
    },
    world::{Cohort, IdKind, Network, PublicAddress, VmIndex},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeInstances {
    instance_ids: Option<Vec<String>>,
    filters: Option<Vec<Filter>>,
    offset: Option<Int>,
    limit: Option<Int>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Instances {
    total_count: i64,
    instance_set: Vec<Instance>,
}

impl Action for DescribeInstances {
    const SERVICE: Service = Service::Cvm;
    const NAME: &'static str = "DescribeInstances";
    const RATE: u32 = 40;
    type Answer = Instances;

    fn serve(self, call: &mut Call<'_>) -> Result<Instances, Refusal> {
        let page = Page::new(self.offset, self.limit, "InvalidParameterValue.LimitExceeded")?;
        let filters = self.filters.unwrap_or_default();
        let numbers = select(call, self.instance_ids.as_deref(), &filters)?;
        let shown =
            page.of(&numbers).iter().map(|number| Instance::show(call.estate, VmIndex(*number)));
        Ok(Instances { instance_set: shown.collect(), total_count: count(numbers.len()) })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeInstancesStatus {
    instance_ids: Option<Vec<String>>,
    offset: Option<Int>,
    limit: Option<Int>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Statuses {
    total_count: i64,
    instance_status_set: Vec<Status>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    instance_id: crate::world::Text,
    instance_state: &'static str,
}

impl Action for DescribeInstancesStatus {
    const SERVICE: Service = Service::Cvm;
    const NAME: &'static str = "DescribeInstancesStatus";
    const RATE: u32 = 40;
    type Answer = Statuses;

    fn serve(self, call: &mut Call<'_>) -> Result<Statuses, Refusal> {
        let page = Page::new(self.offset, self.limit, "InvalidParameterValue.LimitExceeded")?;
        let numbers = select(call, self.instance_ids.as_deref(), &[])?;
        let estate = &*call.estate;
        let shown = page.of(&numbers).iter().map(|number| Status {
            instance_id: estate.world.vm_id(VmIndex(*number)),
            instance_state: show::power(estate.vm(VmIndex(*number)).seen_power(estate.now)),
        });
        Ok(Statuses { instance_status_set: shown.collect(), total_count: count(numbers.len()) })
    }
}

/// The instances that ids or filters pick. An id that does not exist is left out; a malformed one is an error.
fn select(
    call: &mut Call<'_>,
    ids: Option<&[String]>,
    filters: &[Filter],
) -> Result<std::sync::Arc<[u32]>, Refusal> {
    FilterLimits { values: 5, code: "InvalidFilterValue.LimitExceeded" }.check(filters)?;
    if let Some(ids) = ids.filter(|ids| !ids.is_empty()) {
        if !filters.is_empty() {
            return Err(Refusal::new(
                "InvalidParameterCombination",
                "`InstanceIds` and `Filters` cannot be used together.",
            ));
        }
        if ids.len() > 100 {
            return Err(Refusal::new(
                "InvalidParameterValue.LimitExceeded",
                "At most 100 `InstanceIds` are allowed.",
            ));
        }
        if let Some(id) = ids.iter().find(|id| !IdKind::Instance.is_form_of(id)) {
            return Err(Refusal::new(
                "InvalidInstanceId.Malformed",
                format!("The instance id `{id}` is malformed."),
            ));
        }
        let mut found: Vec<u32> = ids
            .iter()
            .filter_map(|id| call.estate.world.vm_by_id(id))
            .filter(|vm| {
                let (cohort, _) = call.estate.place(*vm);
                call.owns(cohort.account, &cohort.region)
            })
            .map(|vm| vm.0)
            .collect();
        found.sort_unstable();
        found.dedup();
        return Ok(found.into());
    }
    let conditions = filters.iter().map(Condition::parse).collect::<Result<Vec<_>, _>>()?;
    let (account, region) = (call.account, call.region.clone());
    let key = format!("cvm {} {region} {filters:?}", account.0);
    Ok(call.estate.listing(key, |estate| {
        let mut numbers = Vec::new();
        for cohort in estate
            .world
            .cohorts
            .iter()
            .filter(|cohort| cohort.account == account && cohort.region == region)
        {
            // What holds for a whole fleet is asked once; only the rest is asked of each member.
            let mut each = Vec::new();
            let possible = conditions.iter().all(|condition| {
                condition.of_cohort(cohort).unwrap_or_else(|| {
                    each.push(condition);
                    true
                })
            });
            if possible {
                let members = cohort.first..cohort.first + cohort.count;
                numbers.extend(members.filter(|number| {
                    each.iter().all(|condition| condition.of_vm(estate, VmIndex(*number)))
                }));
            }
        }
        numbers
    }))
}

/// A filter, understood.
enum Condition<'a> {
    Zone(&'a [String]),
    Project(&'a [String]),
    Vpc(&'a [String]),
    Subnet(&'a [String]),
    ChargeType(&'a [String]),
    TagKey(&'a [String]),
    TagValue(&'a [String]),
    Tag(&'a str, &'a [String]),
    Id(&'a [String]),
    Uuid(&'a [String]),
    Name(&'a [String]),
    State(&'a [String]),
    Group(&'a [String]),
    PrivateIp(Vec<Ipv4Addr>),
    PublicIp(Vec<Ipv4Addr>),
    CreatedAfter(Timestamp),
    CreatedBefore(Timestamp),
    /// Of things that no simulated instance has.
    Never,
}

impl<'a> Condition<'a> {
    fn parse(filter: &'a Filter) -> Result<Self, Refusal> {
        let values = filter.values.as_slice();
        let addresses = || values.iter().filter_map(|value| value.parse().ok()).collect();
        let moment = || {
            values
                .first()
                .and_then(|value| value.parse::<Timestamp>().ok())
                .ok_or_else(|| Refusal::new("InvalidFilter", "The filter wants an ISO 8601 time."))
        };
        Ok(match filter.name.as_str() {
            "zone" => Self::Zone(values),
            "project-id" => Self::Project(values),
            "vpc-id" => Self::Vpc(values),
            "subnet-id" => Self::Subnet(values),
            "instance-charge-type" => Self::ChargeType(values),
            "tag-key" => Self::TagKey(values),
            "tag-value" => Self::TagValue(values),
            "instance-id" => Self::Id(values),
            "uuid" => Self::Uuid(values),
            "instance-name" => Self::Name(values),
            "instance-state" => Self::State(values),
            "security-group-id" => Self::Group(values),
            "private-ip-address" => Self::PrivateIp(addresses()),
            "public-ip-address" => Self::PublicIp(addresses()),
            "creation-start-time" => Self::CreatedAfter(moment()?),
            "creation-end-time" => Self::CreatedBefore(moment()?),
            "host-id" | "dedicated-cluster-id" | "ipv6-address" => Self::Never,
            name => match name.strip_prefix("tag:") {
                Some(key) => Self::Tag(key, values),
                None => {
                    return Err(Refusal::new(
                        "InvalidFilter",
                        format!("The filter `{name}` is not supported."),
                    ));
                }
            },
        })
    }

    /// Whether it holds for all members of a fleet, or for none; `None` when each must be asked.
    fn of_cohort(&self, cohort: &Cohort) -> Option<bool> {
        let among = |values: &[String], text: &str| values.iter().any(|value| value == text);
        match self {
            Self::Zone(values) => Some(among(values, &cohort.zone)),
            Self::Project(values) => Some(among(values, &cohort.project.to_string())),
            Self::Vpc(values) => Some(match &cohort.network {
                Network::Classic => false,
                Network::Vpc { vpc, .. } => among(values, vpc),
            }),
            Self::Subnet(values) => Some(match &cohort.network {
                Network::Classic => false,
                Network::Vpc { subnet, .. } => among(values, subnet),
            }),
            Self::ChargeType(values) => Some(among(values, show::charge_type(cohort.charge_type))),
            Self::TagKey(values) => Some(cohort.tags.iter().any(|tag| among(values, &tag.key))),
            Self::TagValue(values) => Some(cohort.tags.iter().any(|tag| among(values, &tag.value))),
            Self::Tag(key, values) => {
                Some(cohort.tags.iter().any(|tag| *tag.key == **key && among(values, &tag.value)))
            }
            Self::Never => Some(false),
            Self::Id(_)
            | Self::Uuid(_)
            | Self::Name(_)
            | Self::State(_)
            | Self::Group(_)
            | Self::PrivateIp(_)
            | Self::PublicIp(_)
            | Self::CreatedAfter(_)
            | Self::CreatedBefore(_) => None,
        }
    }

    fn of_vm(&self, estate: &Estate, vm: VmIndex) -> bool {
        match self {
            Self::Id(values) => values.iter().any(|id| estate.world.vm_by_id(id) == Some(vm)),
            Self::Uuid(values) => values.contains(&estate.world.vm_uuid(vm)),
            Self::Name(values) => {
                let name = estate.vm_name(vm);
                values.iter().any(|value| name.contains(value.as_str()))
            }
            Self::State(values) => {
                let state = show::power(estate.vm(vm).seen_power(estate.now));
                values.iter().any(|value| value == state)
            }
            Self::Group(values) => estate
                .vm(vm)
                .groups
                .iter()
                .any(|group| values.iter().any(|value| **value == **group)),
            Self::PrivateIp(addresses) => addresses.contains(&estate.world.private_ip(vm)),
            Self::PublicIp(addresses) => {
                let state = estate.vm(vm);
                state.address != PublicAddress::None
                    && show::public_ip(estate, vm, &state)
                        .and_then(|ip| ip.parse().ok())
                        .is_some_and(|ip| addresses.contains(&ip))
            }
            Self::CreatedAfter(moment) => estate.born() >= *moment,
            Self::CreatedBefore(moment) => estate.born() <= *moment,
            Self::Zone(_)
            | Self::Project(_)
            | Self::Vpc(_)
            | Self::Subnet(_)
            | Self::ChargeType(_)
            | Self::TagKey(_)
            | Self::TagValue(_)
            | Self::Tag(..)
            | Self::Never => self.of_cohort(estate.place(vm).0).unwrap_or(false),
        }
    }
}
