//! What an account has and may have: its network, its quotas, its tasks.

use serde::{Deserialize, Serialize};

use super::find::resolve_address;
use crate::{
    tencent::{
        call::{Action, Call},
        errors::Refusal,
        service::Service,
        wire::{Int, count},
    },
    world::{NetworkAccount, TrafficCharge},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DescribeNetworkAccountType {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AccountType {
    network_account_type: &'static str,
}

impl Action for DescribeNetworkAccountType {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "DescribeNetworkAccountType";
    const RATE: u32 = 20;
    type Answer = AccountType;

    fn serve(self, call: &mut Call<'_>) -> Result<AccountType, Refusal> {
        let network_account_type = match call.account().network {
            NetworkAccount::Standard => "STANDARD",
            NetworkAccount::Legacy => "LEGACY",
        };
        Ok(AccountType { network_account_type })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DescribeAddressQuota {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Quotas {
    quota_set: Vec<Quota>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Quota {
    quota_id: &'static str,
    quota_current: i64,
    quota_limit: i64,
}

impl Action for DescribeAddressQuota {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "DescribeAddressQuota";
    const RATE: u32 = 10;
    type Answer = Quotas;

    fn serve(self, call: &mut Call<'_>) -> Result<Quotas, Refusal> {
        let used = Allowance::of(call);
        let quota =
            |quota_id, quota_current, quota_limit| Quota { quota_id, quota_current, quota_limit };
        Ok(Quotas {
            quota_set: vec![
                quota("TOTAL_EIP_QUOTA", used.total, used.total_limit),
                quota("DAILY_EIP_APPLY", used.today, used.daily_limit),
                quota("DAILY_PUBLIC_IP_ASSIGN", 0, 10),
                quota("MONTHLY_RECOVER_QUOTA", 0, 3),
            ],
        })
    }
}

/// How many elastic addresses an account has in a region, bought today, and may have.
pub(super) struct Allowance {
    pub(super) total: i64,
    pub(super) total_limit: i64,
    pub(super) today: i64,
    pub(super) daily_limit: i64,
}

impl Allowance {
    pub(super) fn of(call: &mut Call<'_>) -> Self {
        let (account, region) = (call.account, call.region.clone());
        let key = format!("quota {} {region}", account.0);
        let elastic = call.estate.listing(key, |estate| {
            let mut numbers = estate.eips_in(account, &region);
            numbers.retain(|number| estate.eip(*number).is_some_and(|eip| eip.kind.is_elastic()));
            numbers
        });
        let estate = &*call.estate;
        let born = elastic.iter().filter(|number| **number < estate.world.total).count();
        let first_bought = estate.world.total + u32::try_from(estate.world.eips.len()).unwrap_or(0);
        let day = |moment: jiff::Timestamp| moment.as_second().div_euclid(86_400);
        let today = estate.eips.range(first_bought..).filter(|(_, eip)| {
            eip.account == account && eip.region == region && day(eip.created) == day(estate.now)
        });
        let quotas = &call.account().quotas;
        // A world whose VMs have more addresses than the vendor's default had that quota raised.
        let total_limit = quotas.eip.map_or_else(|| 20 + count(born), i64::from);
        Self {
            total: count(elastic.len()),
            total_limit,
            today: count(today.count()),
            daily_limit: quotas.eip_daily.map_or(2 * total_limit, i64::from),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeTaskResult {
    task_id: Option<u64>,
    deal_name: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TaskResult {
    task_id: u64,
    result: &'static str,
}

impl Action for DescribeTaskResult {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "DescribeTaskResult";
    const RATE: u32 = 20;
    type Answer = TaskResult;

    fn serve(self, call: &mut Call<'_>) -> Result<TaskResult, Refusal> {
        let id = match (self.task_id, self.deal_name) {
            (Some(id), _) => id,
            (None, Some(deal)) => {
                return Err(Refusal::new(
                    "ResourceNotFound",
                    format!("No order has the name `{deal}`."),
                ));
            }
            (None, None) => return Err(Refusal::missing("TaskId")),
        };
        let task = call.estate.tasks.get(&id).filter(|task| task.account == call.account);
        let Some(task) = task else {
            return Err(Refusal::new(
                "ResourceNotFound",
                format!("The task `{id}` does not exist."),
            ));
        };
        let result = match (task.left, task.failed) {
            (0, true) => "FAILED",
            (0, false) => "SUCCESS",
            (_, _) => "RUNNING",
        };
        Ok(TaskResult { task_id: id, result })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeAddressBandwidthRange {
    address_ids: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BandwidthRanges {
    bandwidth_range_set: Vec<BandwidthRange>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct BandwidthRange {
    resource_id: String,
    bandwidth_lower_limit: u32,
    bandwidth_upper_limit: u32,
}

impl Action for DescribeAddressBandwidthRange {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "DescribeAddressBandwidthRange";
    const RATE: u32 = 20;
    type Answer = BandwidthRanges;

    fn serve(self, call: &mut Call<'_>) -> Result<BandwidthRanges, Refusal> {
        if self.address_ids.len() > 20 {
            return Err(Refusal::new(
                "InvalidParameterValue.LimitExceeded",
                "At most 20 addresses are allowed.",
            ));
        }
        let mut ranges = Vec::with_capacity(self.address_ids.len());
        for id in self.address_ids {
            let (_, eip) = resolve_address(call, &id)?;
            let bandwidth_upper_limit = most(eip.charge_type);
            ranges.push(BandwidthRange {
                resource_id: id,
                bandwidth_lower_limit: 1,
                bandwidth_upper_limit,
            });
        }
        Ok(BandwidthRanges { bandwidth_range_set: ranges })
    }
}

/// The most bandwidth that an address may have.
pub(super) fn most(charge: TrafficCharge) -> u32 {
    match charge {
        TrafficCharge::TrafficPostpaidByHour | TrafficCharge::BandwidthPostpaidByHour => 100,
        TrafficCharge::BandwidthPrepaid | TrafficCharge::BandwidthPostpaidByMonth => 200,
        TrafficCharge::BandwidthPackage => 2000,
    }
}

/// A task's number where the vendor writes it as a number.
pub(super) fn number(value: Int) -> Option<u32> {
    u32::try_from(value.0).ok()
}
