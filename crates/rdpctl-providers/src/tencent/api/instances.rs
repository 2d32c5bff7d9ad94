//! Instances: listing, starting, rebooting, and the bandwidth that lives on them.

use serde::{Deserialize, Serialize};

use super::filter::Filter;
use super::{Acknowledged, Tag, actions, pages, words};
use crate::tencent::lenient::{List, Nested, Number, Text};

/// Lists instances, by ids or by filters, never by both.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstances {
    /// At most a hundred.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub instance_ids: Vec<String>,
    /// At most ten, with at most five values each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// How many to skip.
    pub offset: usize,
    /// At most a hundred.
    pub limit: usize,
}

/// A page of instances.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Instances {
    /// How many there are in all.
    pub total_count: Number,
    /// Those of this page.
    pub instance_set: List<Instance>,
}

/// An instance, as far as RDP is concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Instance {
    /// Its id.
    pub instance_id: Text,
    /// Its display name; untrusted text.
    pub instance_name: Text,
    /// Its state.
    pub instance_state: InstanceState,
    /// Whether the vendor restricts it.
    pub restrict_state: RestrictState,
    /// Why it is isolated.
    pub isolated_source: IsolatedSource,
    /// Whether it is charged for while it is stopped.
    pub stop_charging_mode: Text,
    /// The primary interface's private addresses.
    pub private_ip_addresses: List<Text>,
    /// The primary interface's public addresses, elastic or not.
    pub public_ip_addresses: List<Text>,
    /// The bandwidth on the instance.
    pub internet_accessible: Nested<InternetAccessible>,
    /// Its network; empty ids mean the classic one.
    pub virtual_private_cloud: Nested<VirtualPrivateCloud>,
    /// Its security groups, highest priority first.
    pub security_group_ids: List<Text>,
    /// The operating system's name.
    pub os_name: Text,
    /// Its system disk.
    pub system_disk: Nested<SystemDisk>,
    /// What was last done to it.
    pub latest_operation: Text,
    /// What came of that.
    pub latest_operation_state: OperationState,
    /// The request that asked for it.
    pub latest_operation_request_id: Text,
    /// Why it failed.
    pub latest_operation_error_msg: Text,
    /// Its tags; untrusted text.
    pub tags: List<Tag>,
}

/// The bandwidth on an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InternetAccessible {
    /// How it is charged.
    pub internet_charge_type: NetworkCharge,
    /// Mbps.
    pub internet_max_bandwidth_out: Number,
}

/// An instance's network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct VirtualPrivateCloud {
    /// Its id; empty in the classic network.
    pub vpc_id: Text,
}

/// An instance's system disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SystemDisk {
    /// Its id.
    pub disk_id: Text,
}

words! {
    /// The state of an instance.
    InstanceState {
        /// Being created.
        Pending = "PENDING",
        /// Could not be created.
        LaunchFailed = "LAUNCH_FAILED",
        /// Runs.
        Running = "RUNNING",
        /// Stopped.
        Stopped = "STOPPED",
        /// Starting.
        Starting = "STARTING",
        /// Stopping.
        Stopping = "STOPPING",
        /// Rebooting.
        Rebooting = "REBOOTING",
        /// Stopped and isolated, waiting to be destroyed.
        Shutdown = "SHUTDOWN",
        /// Being destroyed.
        Terminating = "TERMINATING",
        /// Going into rescue mode.
        EnterRescueMode = "ENTER_RESCUE_MODE",
        /// In rescue mode.
        RescueMode = "RESCUE_MODE",
        /// Leaving rescue mode.
        ExitRescueMode = "EXIT_RESCUE_MODE",
        /// About to be moved to another host.
        EnterLiveMigrate = "ENTER_SERVICE_LIVE_MIGRATE",
        /// Being moved to another host.
        LiveMigrate = "SERVICE_LIVE_MIGRATE",
        /// Having been moved to another host.
        ExitLiveMigrate = "EXIT_SERVICE_LIVE_MIGRATE",
    }
}

words! {
    /// Whether the vendor restricts an instance.
    RestrictState {
        /// Not at all.
        Normal = "NORMAL",
        /// It has expired.
        Expired = "EXPIRED",
        /// It is cut off for security's sake.
        ProtectivelyIsolated = "PROTECTIVELY_ISOLATED",
    }
}

words! {
    /// Why an instance is isolated.
    IsolatedSource {
        /// It is not.
        NotIsolated = "NOTISOLATED",
        /// The account owes money.
        Arrear = "ARREAR",
        /// It has expired.
        Expire = "EXPIRE",
        /// Somebody returned it.
        Manmade = "MANMADE",
    }
}

words! {
    /// What came of the latest operation.
    OperationState {
        /// Done.
        Success = "SUCCESS",
        /// Under way.
        Operating = "OPERATING",
        /// Failed.
        Failed = "FAILED",
    }
}

words! {
    /// How public traffic is charged. Instances and addresses spell one of them differently.
    NetworkCharge {
        /// Per GB.
        Traffic = "TRAFFIC_POSTPAID_BY_HOUR",
        /// Per hour of the bandwidth set.
        Hourly = "BANDWIDTH_POSTPAID_BY_HOUR",
        /// In advance, on an instance.
        Prepaid = "BANDWIDTH_PREPAID",
        /// In advance, on an address.
        PrepaidByMonth = "BANDWIDTH_PREPAID_BY_MONTH",
        /// In a shared package.
        Package = "BANDWIDTH_PACKAGE",
        /// The old monthly kind, which cannot be adjusted.
        PostpaidByMonth = "BANDWIDTH_POSTPAID_BY_MONTH",
    }
}

/// Starts stopped instances.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartInstances {
    /// At most a hundred, all of them stopped.
    pub instance_ids: Vec<String>,
}

/// Reboots running instances; Windows is asked first, and not waited for without end.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RebootInstances {
    /// At most a hundred, all of them running.
    pub instance_ids: Vec<String>,
    /// `SOFT`, `SOFT_FIRST` or `HARD`.
    pub stop_type: &'static str,
}

/// Sets the bandwidth that lives on instances.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ResetInstancesInternetMaxBandwidth {
    /// One, or up to a hundred where traffic or a package is charged.
    pub instance_ids: Vec<String>,
    /// The bandwidth.
    pub internet_accessible: WantedBandwidth,
}

/// Asks for the price of that.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InquiryPriceResetInstancesInternetMaxBandwidth {
    /// As in the request itself.
    pub instance_ids: Vec<String>,
    /// As in the request itself.
    pub internet_accessible: WantedBandwidth,
}

/// A bandwidth to be set.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct WantedBandwidth {
    /// Mbps.
    pub internet_max_bandwidth_out: u32,
}

/// A quoted price.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct BandwidthPrice {
    /// The price.
    pub price: Nested<BandwidthPriceParts>,
}

/// The parts of a quoted price.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct BandwidthPriceParts {
    /// For the bandwidth.
    pub bandwidth_price: Nested<ItemPrice>,
}

/// A price.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ItemPrice {
    /// Per unit, for what is paid afterwards.
    pub unit_price: Option<f64>,
    /// The same with the account's discount.
    pub unit_price_discount: Option<f64>,
    /// `HOUR`, `MONTH` or `GB`.
    pub charge_unit: Text,
    /// In all, for what is paid in advance, discounted.
    pub discount_price: Option<f64>,
    /// In all, for what is paid in advance.
    pub original_price: Option<f64>,
}

pages! {
    Instances: instance_set of Instance;
}

actions! {
    DescribeInstances => Cvm "DescribeInstances", 40 a second, Read, Instances;
    StartInstances => Cvm "StartInstances", 10 a second, Write, Acknowledged;
    RebootInstances => Cvm "RebootInstances", 10 a second, Write, Acknowledged;
    ResetInstancesInternetMaxBandwidth =>
        Cvm "ResetInstancesInternetMaxBandwidth", 10 a second, Write, Acknowledged;
    InquiryPriceResetInstancesInternetMaxBandwidth =>
        Cvm "InquiryPriceResetInstancesInternetMaxBandwidth", 10 a second, Read, BandwidthPrice;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_read_with_nulls_and_unknown_words() {
        let page: Instances = serde_json::from_str(
            r#"{"TotalCount":1,"InstanceSet":[{
                "InstanceId":"ins-00000001","InstanceName":"web","InstanceState":"RUNNING","RestrictState":"NORMAL",
                "PublicIpAddresses":null,"PrivateIpAddresses":["10.0.0.5"],"VirtualPrivateCloud":null,
                "InternetAccessible":{"InternetChargeType":"SOMETHING_NEW","InternetMaxBandwidthOut":0},
                "SecurityGroupIds":["sg-1","sg-2"],"LatestOperationState":null,"Tags":[{"Key":"a","Value":""}],
                "Placement":{"Zone":"z"}}]}"#,
        )
        .unwrap();
        let instance = &page.instance_set.0[0];
        assert_eq!(instance.instance_state, InstanceState::Running);
        assert_eq!(instance.isolated_source, IsolatedSource::Unsaid);
        assert!(instance.public_ip_addresses.0.is_empty());
        assert_eq!(instance.virtual_private_cloud.0.vpc_id.given(), None);
        let charge = &instance.internet_accessible.0.internet_charge_type;
        assert_eq!(*charge, NetworkCharge::Other("SOMETHING_NEW".into()));
        assert_eq!(instance.security_group_ids.0[1].as_str(), "sg-2");
    }

    #[test]
    fn what_is_unset_is_left_out_of_a_request() {
        let request = DescribeInstances { limit: 100, ..DescribeInstances::default() };
        assert_eq!(serde_json::to_string(&request).unwrap(), r#"{"Offset":0,"Limit":100}"#);
    }
}
