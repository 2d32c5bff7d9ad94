//! Bandwidth where it belongs to the instance.

use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::find::{require_state, resolve, resolve_one};
use super::show;
use crate::{
    estate::Work,
    tencent::{
        call::{Action, Call, Done},
        errors::Refusal,
        service::Service,
        wire::{Int, iso},
    },
    world::{NetworkAccount, Power, TrafficCharge, VmIndex},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ResetInstancesInternetMaxBandwidth {
    instance_ids: Vec<String>,
    internet_accessible: Accessible,
    start_time: Option<String>,
    end_time: Option<String>,
}

/// Only the bandwidth is honoured.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Accessible {
    internet_max_bandwidth_out: Int,
    #[serde(rename = "InternetChargeType")]
    _internet_charge_type: Option<IgnoredAny>,
    #[serde(rename = "PublicIpAssigned")]
    _public_ip_assigned: Option<IgnoredAny>,
    #[serde(rename = "BandwidthPackageId")]
    _bandwidth_package_id: Option<IgnoredAny>,
    #[serde(rename = "InternetServiceProvider")]
    _internet_service_provider: Option<IgnoredAny>,
    #[serde(rename = "IPv4AddressType")]
    _ipv4_address_type: Option<IgnoredAny>,
    #[serde(rename = "IPv6AddressType")]
    _ipv6_address_type: Option<IgnoredAny>,
    #[serde(rename = "AntiDDoSPackageId")]
    _anti_ddos_package_id: Option<IgnoredAny>,
}

impl Action for ResetInstancesInternetMaxBandwidth {
    const SERVICE: Service = Service::Cvm;
    const NAME: &'static str = "ResetInstancesInternetMaxBandwidth";
    const RATE: u32 = 10;
    type Answer = Done;

    fn serve(self, call: &mut Call<'_>) -> Result<Done, Refusal> {
        let (vms, charge, mbps) = self.checked(call)?;
        if charge == TrafficCharge::BandwidthPrepaid && call.account().balance <= 0.0 {
            return Err(Refusal::new(
                "InvalidAccount.InsufficientBalance",
                "The balance of the account is insufficient.",
            ));
        }
        let accepted = call.accepted();
        for vm in vms {
            call.estate.begin(vm, Work::Bandwidth(mbps), &accepted);
        }
        Ok(Done {})
    }
}

impl ResetInstancesInternetMaxBandwidth {
    fn checked(&self, call: &Call<'_>) -> Result<(Vec<VmIndex>, TrafficCharge, u32), Refusal> {
        let vms = resolve(call, &self.instance_ids)?;
        let mut charge = None;
        for vm in &vms {
            let state = call.estate.vm(*vm);
            let id = call.estate.world.vm_id(*vm);
            let held = call.estate.address_of(*vm).and_then(|number| call.estate.eip(number));
            // With an elastic address on a standard account the bandwidth belongs to the address.
            let elsewhere = call.account().network == NetworkAccount::Standard;
            if held.is_none_or(|eip| elsewhere && eip.kind.is_elastic()) {
                return Err(Refusal::new(
                    "FailedOperation.NotFoundEIP",
                    format!("The instance `{id}` has no public address of its own."),
                ));
            }
            if *charge.get_or_insert(state.bandwidth.charge_type) != state.bandwidth.charge_type {
                return Err(Refusal::new(
                    "UnsupportedOperation.InstanceChargeType",
                    "All instances of a call must have the same network charge type.",
                ));
            }
            require_state(call, *vm, &[Power::Running, Power::Stopped], true)?;
        }
        let charge = charge.unwrap_or_default();
        let dated = self.start_time.is_some() || self.end_time.is_some();
        let most = match charge {
            TrafficCharge::TrafficPostpaidByHour | TrafficCharge::BandwidthPostpaidByHour => 100,
            TrafficCharge::BandwidthPrepaid => 200,
            TrafficCharge::BandwidthPackage => 2000,
            TrafficCharge::BandwidthPostpaidByMonth => {
                return Err(Refusal::new(
                    "UnsupportedOperation.InstanceChargeType",
                    "Bandwidth that is billed by the month afterwards cannot be adjusted.",
                ));
            }
        };
        let mbps = u32::try_from(self.internet_accessible.internet_max_bandwidth_out.0)
            .ok()
            .filter(|mbps| *mbps <= most)
            .ok_or_else(|| {
                Refusal::new(
                    "InvalidParameterValue.Range",
                    format!("The bandwidth is 0 to {most} Mbps."),
                )
            })?;
        match charge {
            TrafficCharge::BandwidthPrepaid => {
                if self.start_time.is_none() || self.end_time.is_none() {
                    return Err(Refusal::missing("StartTime"));
                }
                if vms.iter().any(|vm| call.estate.vm(*vm).bandwidth.max_out > mbps) {
                    return Err(Refusal::new(
                        "InvalidParameterValue.Range",
                        "Bandwidth that is paid ahead can only be raised.",
                    ));
                }
            }
            TrafficCharge::TrafficPostpaidByHour
            | TrafficCharge::BandwidthPostpaidByHour
            | TrafficCharge::BandwidthPackage
            | TrafficCharge::BandwidthPostpaidByMonth => {
                if dated {
                    return Err(Refusal::new(
                        "InvalidParameterCombination",
                        "`StartTime` and `EndTime` go with bandwidth that is paid ahead only.",
                    ));
                }
            }
        }
        let alone = matches!(
            charge,
            TrafficCharge::BandwidthPrepaid | TrafficCharge::BandwidthPostpaidByHour
        );
        if alone && vms.len() > 1 {
            return Err(Refusal::new(
                "InvalidParameterValue.LimitExceeded",
                "With this charge type, one instance at a time.",
            ));
        }
        Ok((vms, charge, mbps))
    }
}

#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct InquiryPriceResetInstancesInternetMaxBandwidth(
    ResetInstancesInternetMaxBandwidth,
);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Quote {
    price: Price,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Price {
    bandwidth_price: ItemPrice,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ItemPrice {
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_price: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charge_unit: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    original_price: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    discount_price: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    discount: Option<f64>,
}

impl Action for InquiryPriceResetInstancesInternetMaxBandwidth {
    const SERVICE: Service = Service::Cvm;
    const NAME: &'static str = "InquiryPriceResetInstancesInternetMaxBandwidth";
    const RATE: u32 = 10;
    type Answer = Quote;

    fn serve(self, call: &mut Call<'_>) -> Result<Quote, Refusal> {
        let (_, charge, mbps) = self.0.checked(call)?;
        let bandwidth_price = match charge {
            TrafficCharge::TrafficPostpaidByHour => {
                ItemPrice { unit_price: Some(0.8), charge_unit: Some("GB"), ..ItemPrice::default() }
            }
            TrafficCharge::BandwidthPostpaidByHour
            | TrafficCharge::BandwidthPackage
            | TrafficCharge::BandwidthPostpaidByMonth => ItemPrice {
                unit_price: Some(hourly(mbps)),
                charge_unit: Some("HOUR"),
                ..ItemPrice::default()
            },
            TrafficCharge::BandwidthPrepaid => {
                let monthly = f64::from(mbps) * 20.0;
                ItemPrice {
                    original_price: Some(monthly),
                    discount_price: Some(monthly),
                    discount: Some(100.0),
                    ..ItemPrice::default()
                }
            }
        };
        Ok(Quote { price: Price { bandwidth_price } })
    }
}

/// What bandwidth costs in an hour: the first five Mbps are cheap.
pub(crate) fn hourly(mbps: u32) -> f64 {
    let cents = mbps.min(5) * 63 + mbps.saturating_sub(5) * 250;
    f64::from(cents) / 1000.0
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeInstanceInternetBandwidthConfigs {
    instance_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BandwidthConfigs {
    internet_bandwidth_config_set: Vec<BandwidthConfig>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct BandwidthConfig {
    start_time: String,
    end_time: String,
    internet_accessible: show::InternetAccessible,
}

impl Action for DescribeInstanceInternetBandwidthConfigs {
    const SERVICE: Service = Service::Cvm;
    const NAME: &'static str = "DescribeInstanceInternetBandwidthConfigs";
    const RATE: u32 = 10;
    type Answer = BandwidthConfigs;

    fn serve(self, call: &mut Call<'_>) -> Result<BandwidthConfigs, Refusal> {
        let vm = resolve_one(call, &self.instance_id)?;
        if call.estate.address_of(vm).is_none() {
            return Err(Refusal::new(
                "FailedOperation.NotFoundEIP",
                "The instance has no public address.",
            ));
        }
        let state = call.estate.vm(vm);
        let (cohort, _) = call.estate.place(vm);
        // Before its expiry there is one period, from the beginning to the end.
        let end = cohort.expires.unwrap_or(jiff::Timestamp::MAX);
        Ok(BandwidthConfigs {
            internet_bandwidth_config_set: vec![BandwidthConfig {
                start_time: iso(call.estate.born()),
                end_time: if end == jiff::Timestamp::MAX { String::new() } else { iso(end) },
                internet_accessible: show::InternetAccessible {
                    internet_charge_type: show::traffic_charge(state.bandwidth.charge_type),
                    internet_max_bandwidth_out: state.bandwidth.max_out,
                    public_ip_assigned: Some(true),
                    bandwidth_package_id: None,
                },
            }],
        })
    }
}
