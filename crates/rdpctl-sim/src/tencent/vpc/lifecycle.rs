//! Buying addresses and giving them back.

use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::account::{Allowance, most, number};
use super::find::{Begun, require_idle, resolve_address};
use crate::{
    estate::{Eip, EipStatus, EipWork, Token},
    tencent::{
        call::{Action, Call, Done},
        errors::Refusal,
        service::Service,
        wire::{Int, TagInput},
    },
    world::{AddressKind, NetworkAccount, PublicAddress, Text, TrafficCharge},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct AllocateAddresses {
    address_count: Option<Int>,
    internet_charge_type: Option<TrafficCharge>,
    internet_max_bandwidth_out: Option<Int>,
    address_charge_prepaid: Option<Prepaid>,
    address_type: Option<String>,
    tags: Option<Vec<TagInput>>,
    bandwidth_package_id: Option<String>,
    address_name: Option<String>,
    client_token: Option<String>,
    #[serde(rename = "InternetServiceProvider")]
    _internet_service_provider: Option<IgnoredAny>,
    #[serde(rename = "IPChargeType")]
    _ip_charge_type: Option<IgnoredAny>,
    #[serde(rename = "AnycastZone")]
    _anycast_zone: Option<IgnoredAny>,
    #[serde(rename = "VipCluster")]
    _vip_cluster: Option<IgnoredAny>,
    #[serde(rename = "ApplicableForCLB")]
    _applicable_for_clb: Option<IgnoredAny>,
    #[serde(rename = "DedicatedClusterId")]
    _dedicated_cluster_id: Option<IgnoredAny>,
    #[serde(rename = "IsDedicatedAddressPool")]
    _is_dedicated_address_pool: Option<IgnoredAny>,
    #[serde(rename = "Egress")]
    _egress: Option<IgnoredAny>,
    #[serde(rename = "AntiDDoSPackageId")]
    _anti_ddos_package_id: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Prepaid {
    pub(super) period: Int,
    #[serde(rename = "AutoRenewFlag")]
    _auto_renew_flag: Option<Int>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Allocated {
    address_set: Vec<Text>,
    task_id: String,
}

impl Action for AllocateAddresses {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "AllocateAddresses";
    const RATE: u32 = 10;
    type Answer = Allocated;

    fn serve(self, call: &mut Call<'_>) -> Result<Allocated, Refusal> {
        let asked = format!(
            "{:?} {:?} {:?} {:?} {}",
            self.address_count,
            self.internet_charge_type,
            self.internet_max_bandwidth_out,
            self.address_name,
            call.region
        );
        if let Some(token) = &self.client_token {
            if token.is_empty() || token.len() > 64 || !token.is_ascii() {
                return Err(Refusal::new(
                    "InvalidParameterValue",
                    "`ClientToken` is ASCII of at most 64 characters.",
                ));
            }
            if let Some(known) = call.estate.tokens.get(&(call.account.0, token.clone())) {
                return if known.asked == asked {
                    Ok(Allocated {
                        address_set: known.made.clone(),
                        task_id: known.task.to_string(),
                    })
                } else {
                    Err(Refusal::new(
                        "InvalidParameterValue",
                        "`ClientToken` was used with other parameters.",
                    ))
                };
            }
        }
        let order = self.order(call)?;
        let created = call.estate.now;
        let tags: Vec<_> = self.tags.unwrap_or_default().into_iter().map(Into::into).collect();
        let name: Text = self.address_name.unwrap_or_default().into();
        let (account, region) = (call.account, call.region.clone());
        let mut numbers = Vec::new();
        let mut made = Vec::new();
        for _ in 0..order.count {
            let world = std::sync::Arc::clone(&call.estate.world);
            let number = call.estate.add_eip(|number| Eip {
                id: world.eip_id(number),
                account,
                region: region.clone(),
                name: name.clone(),
                kind: order.kind,
                ip: world.public_ip(number),
                bound: None,
                task: None,
                bandwidth: order.bandwidth,
                charge_type: order.charge,
                package: order.package.clone(),
                arrears: false,
                blocked: false,
                created,
                paid_until: order.months.map(|months| months_after(created, months)),
                tags: tags.clone(),
                released: false,
            });
            numbers.push(number);
            made.push(call.estate.world.eip_id(number));
        }
        let task = call.estate.begin_eip_task(&numbers, EipWork::Create, call.action);
        if let Some(token) = self.client_token {
            let outcome = Token { asked, made: made.clone(), task };
            call.estate.remember_token(account.0, token, outcome);
        }
        Ok(Allocated { address_set: made, task_id: task.to_string() })
    }
}

/// What is bought, once it is known to be for sale.
struct Order {
    count: u32,
    kind: AddressKind,
    charge: TrafficCharge,
    bandwidth: u32,
    package: Option<Text>,
    months: Option<i64>,
}

impl AllocateAddresses {
    fn order(&self, call: &mut Call<'_>) -> Result<Order, Refusal> {
        let count_asked = self.address_count.map_or(1, |asked| asked.0);
        let Some(addresses) = u32::try_from(count_asked).ok().filter(|addresses| *addresses >= 1)
        else {
            return Err(Refusal::new(
                "InvalidParameterValue.Range",
                "`AddressCount` must be at least 1.",
            ));
        };
        let kind = match self.address_type.as_deref() {
            None | Some("EIP") => AddressKind::Eip,
            Some("AnycastEIP") => AddressKind::AnycastEip,
            Some("HighQualityEIP") => AddressKind::HighQualityEip,
            Some(other) => {
                return Err(Refusal::new(
                    "InvalidParameterValue",
                    format!("`AddressType` {other} is not for sale."),
                ));
            }
        };
        let charge = self.internet_charge_type.unwrap_or_default();
        if call.account().network == NetworkAccount::Legacy
            && (self.internet_charge_type.is_some() || self.internet_max_bandwidth_out.is_some())
        {
            return Err(Refusal::new(
                "InvalidAccount.NotSupported",
                "Accounts that bill by instance do not support `InternetChargeType` and `InternetMaxBandwidthOut`.",
            ));
        }
        let bandwidth = match self.internet_max_bandwidth_out {
            None => 1,
            Some(asked) => checked_bandwidth(asked, charge)?,
        };
        let months = match (charge, &self.address_charge_prepaid) {
            (TrafficCharge::BandwidthPrepaid, Some(prepaid)) => Some(prepaid.period.0),
            (TrafficCharge::BandwidthPrepaid, None) => {
                return Err(Refusal::missing("AddressChargePrepaid"));
            }
            (_, Some(_)) => {
                return Err(Refusal::new(
                    "InvalidParameterValue.Combination",
                    "`AddressChargePrepaid` goes with BANDWIDTH_PREPAID_BY_MONTH only.",
                ));
            }
            (_, None) => None,
        };
        if months.is_some_and(|months| !(1..=12).contains(&months) && months != 24 && months != 36)
        {
            return Err(Refusal::new(
                "InvalidParameterValue.Range",
                "`Period` is 1 to 12, 24 or 36 months.",
            ));
        }
        match (charge, &self.bandwidth_package_id) {
            (TrafficCharge::BandwidthPackage, None) => {
                return Err(Refusal::missing("BandwidthPackageId"));
            }
            (TrafficCharge::BandwidthPackage, Some(_)) | (_, None) => {}
            (_, Some(_)) => {
                return Err(Refusal::new(
                    "InvalidParameterValue.Combination",
                    "`BandwidthPackageId` goes with BANDWIDTH_PACKAGE only.",
                ));
            }
        }
        if call.account().balance <= 0.0 {
            return Err(Refusal::new(
                "FailedOperation.BalanceInsufficient",
                "The balance of the account is insufficient.",
            ));
        }
        let allowance = Allowance::of(call);
        if allowance.total + i64::from(addresses) > allowance.total_limit {
            return Err(Refusal::new(
                "AddressQuotaLimitExceeded",
                format!("The quota of {} addresses is used up.", allowance.total_limit),
            ));
        }
        if allowance.today + i64::from(addresses) > allowance.daily_limit {
            return Err(Refusal::new(
                "AddressQuotaLimitExceeded.DailyAllocate",
                format!("The quota of {} addresses a day is used up.", allowance.daily_limit),
            ));
        }
        let package = self.bandwidth_package_id.as_deref().map(Into::into);
        Ok(Order { count: addresses, kind, charge, bandwidth, package, months })
    }
}

/// Bandwidth within what a charge type allows.
pub(super) fn checked_bandwidth(asked: Int, charge: TrafficCharge) -> Result<u32, Refusal> {
    match number(asked) {
        Some(0) | None => Err(Refusal::new(
            "InvalidParameterValue.BandwidthTooSmall",
            "The bandwidth must be at least 1 Mbps.",
        )),
        Some(mbps) if mbps > most(charge) => Err(Refusal::new(
            "InvalidParameterValue.BandwidthOutOfRange",
            format!("The bandwidth must be at most {} Mbps.", most(charge)),
        )),
        Some(mbps) => Ok(mbps),
    }
}

fn months_after(moment: jiff::Timestamp, months: i64) -> jiff::Timestamp {
    let days = u64::try_from(months).unwrap_or(1).saturating_mul(30);
    crate::clock::later(moment, std::time::Duration::from_secs(days * 86_400))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ReleaseAddresses {
    address_ids: Vec<String>,
}

impl Action for ReleaseAddresses {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "ReleaseAddresses";
    const RATE: u32 = 10;
    type Answer = Begun;

    fn serve(self, call: &mut Call<'_>) -> Result<Begun, Refusal> {
        if self.address_ids.is_empty() {
            return Err(Refusal::missing("AddressIds"));
        }
        let mut numbers = Vec::new();
        let mut isolated = Vec::new();
        for id in &self.address_ids {
            let (number, eip) = resolve_address(call, id)?;
            require_idle(&eip)?;
            if eip.seen_status(call.estate.now) != EipStatus::Unbind {
                return Err(Refusal::new(
                    "InvalidAddressState",
                    format!("The address `{id}` is bound; only unbound addresses can be released."),
                ));
            }
            // One that is paid by the month is frozen by the first call and released by the second.
            if eip.charge_type == TrafficCharge::BandwidthPrepaid && !eip.arrears {
                isolated.push(number);
            } else {
                numbers.push(number);
            }
        }
        for number in isolated {
            if let Some(eip) = call.estate.eip_mut(number) {
                eip.arrears = true;
            }
        }
        Ok(Begun::new(call.estate.begin_eip_task(&numbers, EipWork::Release, call.action)))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ReturnNormalAddresses {
    address_ips: Vec<String>,
}

impl Action for ReturnNormalAddresses {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "ReturnNormalAddresses";
    const RATE: u32 = 2;
    type Answer = Done;

    fn serve(self, call: &mut Call<'_>) -> Result<Done, Refusal> {
        let listed = call.estate.eips_in(call.account, &call.region);
        let mut found = Vec::new();
        for ip in &self.address_ips {
            let number = listed.iter().copied().find(|number| {
                call.estate
                    .eip(*number)
                    .is_some_and(|eip| !eip.kind.is_elastic() && eip.ip.to_string() == *ip)
            });
            found.push(number.ok_or_else(|| {
                Refusal::new(
                    "InvalidParameterValue.AddressIpNotFound",
                    format!("No ordinary address is {ip}."),
                )
            })?);
        }
        for number in found {
            let vm = call.estate.eip(number).and_then(|eip| eip.bound);
            call.estate.release_address(number);
            if let Some(vm) = vm {
                call.estate.vm_mut(vm).address = PublicAddress::None;
            }
        }
        Ok(Done {})
    }
}
