//! Which public address an instance has, and where its bandwidth lives.
//!
//! Listings of instances do not tell elastic addresses from ordinary ones, and listings of addresses do not say which
//! interface is the primary one: only both together do.

use rdpctl_model::ResourceId;
use rdpctl_model::cloud::{AddressFact, BandwidthFact, Blocker, ChargeType};

use crate::tencent::api::addresses::{Address, AddressStatus, NetworkAccountType};
use crate::tencent::api::instances::{Instance, NetworkCharge};

/// What is known of an instance's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reached {
    pub(super) address: AddressFact,
    pub(super) bandwidth: BandwidthFact,
    /// The elastic address' id.
    pub(super) id: Option<ResourceId>,
    /// The address itself.
    pub(super) ip: Option<String>,
}

/// The address of an instance's primary interface, from both listings.
pub(super) fn reached(
    instance: &Instance,
    records: &[&Address],
    account: &NetworkAccountType,
) -> Reached {
    let shown = instance.public_ip_addresses.iter().find_map(|text| text.given());
    let elastic = records.iter().copied().filter(|record| !record.address_type.is_ordinary());

    let bound = elastic.clone().find(|record| match shown {
        Some(ip) => record.address_ip.as_str() == ip,
        // Bound just now, and the listing of instances has not noticed.
        None => record.address_status == AddressStatus::Bind && is_primary(record, instance),
    });
    if let Some(record) = bound {
        return Reached {
            address: AddressFact::Elastic { blocker: blocker(record) },
            bandwidth: bandwidth_of(record, instance, account),
            id: record.address_id.given().map(ResourceId::new),
            ip: record.address_ip.given().map(str::to_owned),
        };
    }
    if let Some(ip) = shown {
        return Reached {
            address: AddressFact::Ordinary,
            bandwidth: on_instance(instance),
            id: None,
            ip: Some(ip.to_owned()),
        };
    }
    let without = match account {
        // An old account's bandwidth is the instance's, with or without an address.
        NetworkAccountType::Legacy => on_instance(instance),
        NetworkAccountType::Standard
        | NetworkAccountType::Other(_)
        | NetworkAccountType::Unsaid => BandwidthFact::NoAddress,
    };
    let address = match elastic.clone().find(|record| is_moving(&record.address_status)) {
        Some(record) => {
            AddressFact::Transitional { state: record.address_status.word().to_owned() }
        }
        None if elastic.clone().next().is_some() => AddressFact::SecondaryInterface,
        None => AddressFact::None,
    };
    Reached { address, bandwidth: without, id: None, ip: None }
}

/// Whether an address is bound to the primary interface, whose private addresses are those that the instance shows.
fn is_primary(record: &Address, instance: &Instance) -> bool {
    match record.private_address_ip.given() {
        Some(private) => instance.private_ip_addresses.iter().any(|own| own.as_str() == private),
        None => true,
    }
}

const fn is_moving(status: &AddressStatus) -> bool {
    match status {
        AddressStatus::Creating
        | AddressStatus::Binding
        | AddressStatus::Unbinding
        | AddressStatus::Offlining => true,
        AddressStatus::Bind
        | AddressStatus::Unbind
        | AddressStatus::BindEni
        | AddressStatus::Other(_)
        | AddressStatus::Unsaid => false,
    }
}

fn blocker(record: &Address) -> Option<Blocker> {
    if record.is_blocked == Some(true) {
        return Some(Blocker {
            by: say::address_blocked(),
            advice: say::see_the_security_console(),
        });
    }
    if record.is_arrears == Some(true) {
        return Some(Blocker { by: say::address_frozen(), advice: say::top_up() });
    }
    None
}

fn bandwidth_of(
    record: &Address,
    instance: &Instance,
    account: &NetworkAccountType,
) -> BandwidthFact {
    if *account == NetworkAccountType::Legacy {
        return on_instance(instance);
    }
    let Some(mbps) = record.bandwidth.count() else { return on_instance(instance) };
    let in_package = record.bandwidth_package_id.given().is_some()
        || record.internet_charge_type == NetworkCharge::Package;
    if in_package {
        return BandwidthFact::Package { mbps, cap: None };
    }
    BandwidthFact::Address { mbps, charge: charge(&record.internet_charge_type) }
}

fn on_instance(instance: &Instance) -> BandwidthFact {
    let accessible = &instance.internet_accessible.0;
    BandwidthFact::Instance {
        mbps: accessible.internet_max_bandwidth_out.count().unwrap_or(0),
        charge: charge(&accessible.internet_charge_type),
    }
}

fn charge(vendor: &NetworkCharge) -> ChargeType {
    match vendor {
        NetworkCharge::Traffic => ChargeType::Traffic,
        NetworkCharge::Hourly => ChargeType::HourlyBandwidth,
        NetworkCharge::Prepaid | NetworkCharge::PrepaidByMonth => ChargeType::PrepaidBandwidth,
        NetworkCharge::Package => ChargeType::Package,
        NetworkCharge::PostpaidByMonth => ChargeType::MonthlyPostpaid,
        NetworkCharge::Other(word) => ChargeType::Other(word.to_string()),
        NetworkCharge::Unsaid => ChargeType::Other("not said".to_owned()),
    }
}

rdpctl_model::says! { "cloud":
    address_blocked();
    see_the_security_console();
    address_frozen();
    top_up();
}

#[cfg(test)]
mod tests {
    use super::*;

    const STANDARD: NetworkAccountType = NetworkAccountType::Standard;

    fn seen(instance: &str, addresses: &str, account: &NetworkAccountType) -> Reached {
        let instance: Instance = serde_json::from_str(instance).unwrap();
        let addresses: Vec<Address> = serde_json::from_str(addresses).unwrap();
        reached(&instance, &addresses.iter().collect::<Vec<_>>(), account)
    }

    const BARE: &str = r#"{"PublicIpAddresses":null,"PrivateIpAddresses":["10.0.0.5"],
        "InternetAccessible":{"InternetChargeType":"TRAFFIC_POSTPAID_BY_HOUR","InternetMaxBandwidthOut":0}}"#;
    const SHOWN: &str = r#"{"PublicIpAddresses":["1.2.3.4"],"PrivateIpAddresses":["10.0.0.5"],
        "InternetAccessible":{"InternetChargeType":"BANDWIDTH_PREPAID","InternetMaxBandwidthOut":3}}"#;

    #[test]
    fn elastic_and_ordinary_are_told_apart_by_the_listing_of_addresses() {
        let elastic = AddressFact::Elastic { blocker: None };
        for (instance, addresses, expected) in [
            (BARE, "[]", AddressFact::None),
            (
                SHOWN,
                r#"[{"AddressIp":"1.2.3.4","AddressType":"EIP","AddressStatus":"BIND"}]"#,
                elastic.clone(),
            ),
            (
                SHOWN,
                r#"[{"AddressIp":"1.2.3.4","AddressType":"HighQualityEIP","AddressStatus":"BIND"}]"#,
                elastic.clone(),
            ),
            (
                SHOWN,
                r#"[{"AddressIp":"1.2.3.4","AddressType":"WanIp","AddressStatus":"BIND"}]"#,
                AddressFact::Ordinary,
            ),
            (SHOWN, "[]", AddressFact::Ordinary),
            (
                BARE,
                r#"[{"AddressIp":"1.2.3.4","AddressType":"EIP","AddressStatus":"BIND","PrivateAddressIp":"10.0.9.9"}]"#,
                AddressFact::SecondaryInterface,
            ),
            (
                BARE,
                r#"[{"AddressIp":"1.2.3.4","AddressType":"EIP","AddressStatus":"BIND","PrivateAddressIp":"10.0.0.5"}]"#,
                elastic,
            ),
            (
                BARE,
                r#"[{"AddressType":"EIP","AddressStatus":"BINDING"}]"#,
                AddressFact::Transitional { state: "BINDING".to_owned() },
            ),
        ] {
            assert_eq!(seen(instance, addresses, &STANDARD).address, expected, "{addresses}");
        }
    }

    #[test]
    fn an_address_that_does_not_work_says_why() {
        for (flags, by) in [
            (r#""IsBlocked":true"#, "the address is blocked, usually after an attack"),
            (r#""IsArrears":true"#, "the address is frozen because the account is in arrears"),
        ] {
            let addresses = format!(
                r#"[{{"AddressIp":"1.2.3.4","AddressType":"EIP","AddressStatus":"BIND",{flags}}}]"#
            );
            let AddressFact::Elastic { blocker: Some(blocker) } =
                seen(SHOWN, &addresses, &STANDARD).address
            else {
                panic!("not elastic and blocked")
            };
            assert_eq!(rdpctl_words::english(&blocker.by), by);
        }
    }

    #[test]
    fn the_bandwidth_is_found_where_it_lives() {
        let legacy = NetworkAccountType::Legacy;
        let prepaid = BandwidthFact::Instance { mbps: 3, charge: ChargeType::PrepaidBandwidth };
        let eip = |rest: &str| {
            format!(
                r#"[{{"AddressIp":"1.2.3.4","AddressType":"EIP","AddressStatus":"BIND"{rest}}}]"#
            )
        };
        for (instance, addresses, account, expected) in [
            (
                SHOWN,
                eip(r#","Bandwidth":5,"InternetChargeType":"TRAFFIC_POSTPAID_BY_HOUR""#),
                &STANDARD,
                BandwidthFact::Address { mbps: 5, charge: ChargeType::Traffic },
            ),
            (
                SHOWN,
                eip(
                    r#","Bandwidth":5,"InternetChargeType":"BANDWIDTH_PACKAGE","BandwidthPackageId":"bwp-1""#,
                ),
                &STANDARD,
                BandwidthFact::Package { mbps: 5, cap: None },
            ),
            (
                SHOWN,
                eip(r#","Bandwidth":null,"InternetChargeType":null"#),
                &legacy,
                prepaid.clone(),
            ),
            (SHOWN, eip(""), &STANDARD, prepaid.clone()),
            (SHOWN, "[]".to_owned(), &STANDARD, prepaid),
            (BARE, "[]".to_owned(), &STANDARD, BandwidthFact::NoAddress),
            (
                BARE,
                "[]".to_owned(),
                &legacy,
                BandwidthFact::Instance { mbps: 0, charge: ChargeType::Traffic },
            ),
        ] {
            assert_eq!(seen(instance, &addresses, account).bandwidth, expected, "{addresses}");
        }
    }
}
