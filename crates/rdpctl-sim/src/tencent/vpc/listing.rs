//! Listing addresses. Ordinary ones are left out unless they are asked for.

use serde::{Deserialize, Serialize};

use crate::{
    estate::{Eip, Estate},
    tencent::{
        call::{Action, Call},
        errors::Refusal,
        service::Service,
        wire::{Filter, FilterLimits, Int, Page, count, iso},
    },
    world::{AddressKind, IdKind, NetworkAccount, Tag, Text, TrafficCharge, VmIndex},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeAddresses {
    address_ids: Option<Vec<String>>,
    filters: Option<Vec<Filter>>,
    offset: Option<Int>,
    limit: Option<Int>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Addresses {
    total_count: i64,
    address_set: Vec<Address>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Address {
    address_id: Text,
    address_name: Option<Text>,
    address_status: &'static str,
    address_ip: String,
    instance_id: Option<Text>,
    created_time: String,
    network_interface_id: Option<Text>,
    private_address_ip: Option<String>,
    is_arrears: bool,
    is_blocked: bool,
    is_eip_direct_connection: bool,
    address_type: &'static str,
    cascade_release: bool,
    eip_alg_type: AlgType,
    internet_service_provider: &'static str,
    local_bgp: bool,
    bandwidth: Option<u32>,
    internet_charge_type: Option<&'static str>,
    tag_set: Vec<Tag>,
    deadline_date: Option<String>,
    instance_type: Option<&'static str>,
    egress: &'static str,
    renew_flag: Option<&'static str>,
    bandwidth_package_id: Option<Text>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AlgType {
    ftp: bool,
    sip: bool,
}

impl Action for DescribeAddresses {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "DescribeAddresses";
    const RATE: u32 = 20;
    type Answer = Addresses;

    fn serve(self, call: &mut Call<'_>) -> Result<Addresses, Refusal> {
        let page = Page::new(self.offset, self.limit, "InvalidParameterValue.Range")?;
        let filters = self.filters.unwrap_or_default();
        FilterLimits { values: 100, code: "InvalidParameterValue.LimitExceeded" }
            .check(&filters)?;
        let ids = self.address_ids.unwrap_or_default();
        if !ids.is_empty() && filters.iter().any(|filter| filter.name == "address-id") {
            return Err(Refusal::new(
                "InvalidParameter.Coexist",
                "`AddressIds` and the filter `address-id` cannot be used together.",
            ));
        }
        if let Some(id) = ids.iter().find(|id| !IdKind::Address.is_form_of(id)) {
            return Err(Refusal::new(
                "InvalidAddressId.Malformed",
                format!("`{id}` is no address id."),
            ));
        }
        let conditions = filters.iter().map(Condition::parse).collect::<Result<Vec<_>, _>>()?;
        let ordinary = conditions.iter().any(|condition| matches!(condition, Condition::Type(_)));
        let keep = |estate: &Estate, number: u32| {
            estate.eip(number).is_some_and(|eip| {
                (ordinary || eip.kind.is_elastic() || !ids.is_empty())
                    && conditions.iter().all(|condition| condition.holds(estate, &eip))
            })
        };
        let numbers = if let Some(mut numbers) = candidates(call, &ids, &conditions) {
            numbers.retain(|number| keep(call.estate, *number));
            numbers.into()
        } else {
            let (account, region) = (call.account, call.region.clone());
            let key = format!("vpc {} {region} {filters:?}", account.0);
            call.estate.listing(key, |estate| {
                let mut numbers = estate.eips_in(account, &region);
                numbers.retain(|number| keep(estate, *number));
                numbers
            })
        };
        let legacy = call.account().network == NetworkAccount::Legacy;
        let shown = page
            .of(&numbers)
            .iter()
            .filter_map(|number| Address::show(call.estate, *number, legacy));
        Ok(Addresses { address_set: shown.collect(), total_count: count(numbers.len()) })
    }
}

/// The few addresses that can be meant at all, when ids or instances are named.
fn candidates(call: &Call<'_>, ids: &[String], conditions: &[Condition<'_>]) -> Option<Vec<u32>> {
    let estate = &*call.estate;
    let named = |ids: &[String]| ids.iter().filter_map(|id| estate.world.eip_by_id(id)).collect();
    let mut numbers: Vec<u32> = if ids.is_empty() {
        conditions.iter().find_map(|condition| match condition {
            Condition::Instance(ids) => {
                let vms = ids.iter().filter_map(|id| estate.world.vm_by_id(id));
                Some(vms.filter_map(|vm| estate.address_of(vm)).collect())
            }
            Condition::Id(ids) => Some(named(ids)),
            Condition::Name(_)
            | Condition::Ip(_)
            | Condition::Status(_)
            | Condition::PrivateIp(_)
            | Condition::Interface(_)
            | Condition::Arrears(_)
            | Condition::InstanceType(_)
            | Condition::Type(_)
            | Condition::Isp(_)
            | Condition::TagKey(_)
            | Condition::TagValue(_)
            | Condition::Tag(..)
            | Condition::Never => None,
        })?
    } else {
        named(ids)
    };
    numbers.sort_unstable();
    numbers.dedup();
    numbers.retain(|number| {
        estate
            .eip(*number)
            .is_some_and(|eip| call.owns(eip.account, &eip.region) && eip.is_listed(estate.now))
    });
    Some(numbers)
}

/// A filter, understood.
enum Condition<'a> {
    Id(&'a [String]),
    Name(Option<&'a String>),
    Ip(&'a [String]),
    Status(&'a [String]),
    Instance(&'a [String]),
    PrivateIp(Option<&'a String>),
    Interface(&'a [String]),
    Arrears(bool),
    InstanceType(&'a [String]),
    Type(&'a [String]),
    Isp(&'a [String]),
    TagKey(&'a [String]),
    TagValue(&'a [String]),
    Tag(&'a str, &'a [String]),
    /// Of things that no simulated address has.
    Never,
}

impl<'a> Condition<'a> {
    fn parse(filter: &'a Filter) -> Result<Self, Refusal> {
        let values = filter.values.as_slice();
        Ok(match filter.name.as_str() {
            "address-id" => Self::Id(values),
            "address-name" => Self::Name(values.first()),
            "address-ip" | "public-ip-address" => Self::Ip(values),
            "address-status" => Self::Status(values),
            "instance-id" => Self::Instance(values),
            "private-ip-address" => Self::PrivateIp(values.first()),
            "network-interface-id" => Self::Interface(values),
            "is-arrears" => Self::Arrears(
                values.first().is_some_and(|value| value.eq_ignore_ascii_case("true")),
            ),
            "instance-type" => Self::InstanceType(values),
            "address-type" => Self::Type(values),
            "address-isp" => Self::Isp(values),
            "tag-key" => Self::TagKey(values),
            "tag-value" => Self::TagValue(values),
            "dedicated-cluster-id" => Self::Never,
            name => match name.strip_prefix("tag:") {
                Some(key) => Self::Tag(key, values),
                None => {
                    return Err(Refusal::new(
                        "InvalidParameter",
                        format!("The filter `{name}` is not supported."),
                    ));
                }
            },
        })
    }

    fn holds(&self, estate: &Estate, eip: &Eip) -> bool {
        let among = |values: &[String], text: &str| {
            values.iter().any(|value| value.eq_ignore_ascii_case(text))
        };
        let vm = eip.seen_vm(estate.now);
        match self {
            Self::Id(values) => among(values, &eip.id),
            Self::Name(value) => value.is_some_and(|value| **value == *eip.name),
            Self::Ip(values) => among(values, &eip.ip.to_string()),
            Self::Status(values) => among(values, eip.seen_status(estate.now).name()),
            Self::Instance(values) => {
                vm.is_some_and(|vm| values.iter().any(|id| estate.world.vm_by_id(id) == Some(vm)))
            }
            Self::PrivateIp(value) => vm.is_some_and(|vm| {
                value.is_some_and(|value| *value == estate.world.private_ip(vm).to_string())
            }),
            Self::Interface(values) => {
                vm.is_some_and(|vm| among(values, &estate.world.interface_id(vm)))
            }
            Self::Arrears(wanted) => eip.arrears == *wanted,
            Self::InstanceType(values) => vm.is_some() && among(values, "CVM"),
            Self::Type(values) => among(values, kind(eip.kind)),
            Self::Isp(values) => among(values, "BGP"),
            Self::TagKey(values) => eip.tags.iter().any(|tag| among(values, &tag.key)),
            Self::TagValue(values) => eip.tags.iter().any(|tag| among(values, &tag.value)),
            Self::Tag(key, values) => {
                eip.tags.iter().any(|tag| *tag.key == **key && among(values, &tag.value))
            }
            Self::Never => false,
        }
    }
}

impl Address {
    fn show(estate: &Estate, number: u32, legacy: bool) -> Option<Self> {
        let eip = estate.eip(number)?;
        let now = estate.now;
        let vm = eip.seen_vm(now);
        // Bandwidth belongs to the address, but for ordinary ones: there the instance's is mirrored.
        let (bandwidth, charge) = match vm.filter(|_| !eip.kind.is_elastic()) {
            Some(vm) => {
                let state = estate.vm(vm);
                (state.bandwidth.max_out, state.bandwidth.charge_type)
            }
            None => (eip.bandwidth, eip.charge_type),
        };
        Some(Self {
            address_id: eip.id.clone(),
            address_name: (!eip.name.is_empty()).then(|| eip.name.clone()),
            address_status: eip.seen_status(now).name(),
            address_ip: eip.ip.to_string(),
            instance_id: vm.map(|vm| estate.world.vm_id(vm)),
            created_time: iso(eip.created),
            network_interface_id: vm.map(|vm| estate.world.interface_id(vm)),
            private_address_ip: vm.map(|vm| estate.world.private_ip(vm).to_string()),
            is_arrears: eip.arrears,
            is_blocked: eip.blocked,
            is_eip_direct_connection: false,
            address_type: kind(eip.kind),
            cascade_release: !eip.kind.is_elastic(),
            eip_alg_type: AlgType { ftp: false, sip: false },
            internet_service_provider: "BGP",
            local_bgp: false,
            bandwidth: (!legacy).then_some(bandwidth),
            internet_charge_type: (!legacy).then_some(charge_name(charge)),
            tag_set: eip.tags.clone(),
            deadline_date: eip.paid_until.map(|date| date.strftime("%Y-%m-%d").to_string()),
            instance_type: vm.map(|_: VmIndex| "CVM"),
            egress: "center_egress1",
            renew_flag: eip.paid_until.map(|_| "NOTIFY_AND_AUTO_RENEW"),
            bandwidth_package_id: eip.package.clone(),
        })
    }
}

pub(super) fn kind(kind: AddressKind) -> &'static str {
    match kind {
        AddressKind::Eip => "EIP",
        AddressKind::Wan => "WanIP",
        AddressKind::AnycastEip => "AnycastEIP",
        AddressKind::HighQualityEip => "HighQualityEIP",
    }
}

/// How addresses spell it.
pub(super) fn charge_name(charge: TrafficCharge) -> &'static str {
    match charge {
        TrafficCharge::TrafficPostpaidByHour => "TRAFFIC_POSTPAID_BY_HOUR",
        TrafficCharge::BandwidthPostpaidByHour => "BANDWIDTH_POSTPAID_BY_HOUR",
        TrafficCharge::BandwidthPrepaid => "BANDWIDTH_PREPAID_BY_MONTH",
        TrafficCharge::BandwidthPostpaidByMonth => "BANDWIDTH_POSTPAID_BY_MONTH",
        TrafficCharge::BandwidthPackage => "BANDWIDTH_PACKAGE",
    }
}
