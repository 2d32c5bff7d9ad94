//! An instance as `DescribeInstances` shows it.

use std::sync::Arc;

use serde::Serialize;

use crate::{
    estate::{Estate, VmState},
    tencent::wire::iso,
    world::{
        ChargeType, Isolation, Network, Power, PublicAddress, RestrictState, StopCharging, Tag,
        Text, TrafficCharge, VmIndex,
    },
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Instance {
    placement: Placement,
    instance_id: Text,
    instance_type: Text,
    #[serde(rename = "CPU")]
    cpu: u32,
    memory: u32,
    restrict_state: &'static str,
    instance_name: Text,
    instance_charge_type: &'static str,
    system_disk: SystemDisk,
    data_disks: Vec<DataDisk>,
    private_ip_addresses: [String; 1],
    public_ip_addresses: Option<[String; 1]>,
    internet_accessible: InternetAccessible,
    virtual_private_cloud: PrivateCloud,
    image_id: Text,
    renew_flag: Option<&'static str>,
    created_time: String,
    expired_time: Option<String>,
    os_name: Text,
    security_group_ids: Arc<[Text]>,
    login_settings: LoginSettings,
    instance_state: &'static str,
    tags: Arc<[Tag]>,
    stop_charging_mode: &'static str,
    uuid: String,
    latest_operation: Option<Text>,
    latest_operation_state: Option<&'static str>,
    latest_operation_request_id: Option<Text>,
    latest_operation_error_msg: Option<Text>,
    #[serde(rename = "IPv6Addresses")]
    ipv6_addresses: Option<[String; 1]>,
    #[serde(rename = "PublicIPv6Addresses")]
    public_ipv6_addresses: Option<[String; 1]>,
    cam_role_name: &'static str,
    isolated_source: &'static str,
    license_type: &'static str,
    disable_api_termination: bool,
    host_name: Text,
    default_login_user: &'static str,
    default_login_port: u16,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Placement {
    zone: Text,
    project_id: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SystemDisk {
    disk_type: Text,
    disk_id: Text,
    disk_size: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct DataDisk {
    disk_type: Text,
    disk_id: Text,
    disk_size: u32,
    delete_with_instance: bool,
    encrypt: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct LoginSettings {
    keep_image_login: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InternetAccessible {
    pub(super) internet_charge_type: &'static str,
    pub(super) internet_max_bandwidth_out: u32,
    pub(super) public_ip_assigned: Option<bool>,
    pub(super) bandwidth_package_id: Option<Text>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PrivateCloud {
    vpc_id: Text,
    subnet_id: Text,
    as_vpc_gateway: bool,
}

impl Instance {
    pub(super) fn show(estate: &Estate, vm: VmIndex) -> Self {
        let world = &estate.world;
        let (cohort, _) = world.place(vm);
        let state = estate.vm(vm);
        let now = estate.now;
        let name = estate.vm_name(vm);
        let windows = cohort.is_windows();
        let (vpc_id, subnet_id) = match &cohort.network {
            Network::Classic => (Text::from(""), Text::from("")),
            Network::Vpc { vpc, subnet } => (Arc::clone(vpc), Arc::clone(subnet)),
        };
        let data_disks = estate.data_disks_of(vm).into_iter().filter_map(|number| {
            let disk = estate.disk(number)?;
            Some(DataDisk {
                disk_type: Arc::clone(&disk.make),
                disk_id: world.disk_id(number),
                disk_size: disk.size,
                delete_with_instance: disk.delete_with_instance,
                encrypt: false,
            })
        });
        let (operation, operation_state, operation_request, operation_error) = latest(&state, now);
        Self {
            placement: Placement { zone: Arc::clone(&cohort.zone), project_id: cohort.project },
            instance_id: world.vm_id(vm),
            instance_type: Arc::clone(&cohort.instance_type),
            cpu: cohort.cpu,
            memory: cohort.memory,
            restrict_state: match state.restrict {
                RestrictState::Normal => "NORMAL",
                RestrictState::Expired => "EXPIRED",
                RestrictState::ProtectivelyIsolated => "PROTECTIVELY_ISOLATED",
            },
            instance_charge_type: charge_type(cohort.charge_type),
            system_disk: SystemDisk {
                disk_type: Arc::clone(&cohort.system_disk.make),
                disk_id: world.disk_id(world.disk_number(vm, 0)),
                disk_size: cohort.system_disk.size,
            },
            data_disks: data_disks.collect(),
            private_ip_addresses: [world.private_ip(vm).to_string()],
            public_ip_addresses: public_ip(estate, vm, &state).map(|ip| [ip]),
            internet_accessible: InternetAccessible {
                internet_charge_type: traffic_charge(state.bandwidth.charge_type),
                internet_max_bandwidth_out: state.bandwidth.max_out,
                public_ip_assigned: None,
                bandwidth_package_id: None,
            },
            virtual_private_cloud: PrivateCloud { vpc_id, subnet_id, as_vpc_gateway: false },
            image_id: Arc::clone(&cohort.image),
            renew_flag: (cohort.charge_type == ChargeType::Prepaid)
                .then_some("NOTIFY_AND_MANUAL_RENEW"),
            created_time: iso(estate.born()),
            expired_time: cohort.expires.map(iso),
            os_name: Arc::clone(&cohort.os),
            security_group_ids: Arc::clone(&state.groups),
            login_settings: LoginSettings { keep_image_login: "FALSE" },
            instance_state: power(state.seen_power(now)),
            tags: Arc::clone(&cohort.tags),
            stop_charging_mode: match state.stop_charging {
                StopCharging::NotApplicable => "NOT_APPLICABLE",
                StopCharging::KeepCharging => "KEEP_CHARGING",
                StopCharging::Free => "STOP_CHARGING",
            },
            uuid: world.vm_uuid(vm),
            latest_operation: operation,
            latest_operation_state: operation_state,
            latest_operation_request_id: operation_request,
            latest_operation_error_msg: operation_error,
            ipv6_addresses: None,
            public_ipv6_addresses: None,
            cam_role_name: "",
            isolated_source: match state.isolated {
                Isolation::NotIsolated => "NOTISOLATED",
                Isolation::Arrear => "ARREAR",
                Isolation::Expire => "EXPIRE",
                Isolation::Manmade => "MANMADE",
            },
            license_type: "TencentCloud",
            disable_api_termination: false,
            host_name: Arc::clone(&name),
            instance_name: name,
            default_login_user: if windows { "Administrator" } else { "root" },
            default_login_port: if windows { 3389 } else { 22 },
        }
    }
}

type LatestOperation = (Option<Text>, Option<&'static str>, Option<Text>, Option<Text>);

fn latest(state: &VmState, now: jiff::Timestamp) -> LatestOperation {
    if let Some(operation) = state.seen_operation(now) {
        let (action, request) = (Arc::clone(&operation.action), Arc::clone(&operation.request));
        return (Some(action), Some("OPERATING"), Some(request), Some("".into()));
    }
    match &state.latest {
        Some(latest) => {
            let outcome = if latest.failure.is_some() { "FAILED" } else { "SUCCESS" };
            let error = latest.failure.clone().unwrap_or_else(|| "".into());
            (
                Some(Arc::clone(&latest.action)),
                Some(outcome),
                Some(Arc::clone(&latest.request)),
                Some(error),
            )
        }
        None => (None, None, None, None),
    }
}

/// The public address that the primary interface shows: only once it is bound.
pub(super) fn public_ip(estate: &Estate, vm: VmIndex, state: &VmState) -> Option<String> {
    let number = match state.address {
        PublicAddress::None => return None,
        PublicAddress::Born => vm.0,
        PublicAddress::Numbered(number) => number,
    };
    let eip = estate.eip(number)?;
    (eip.bound == Some(vm) && !eip.released).then(|| eip.ip.to_string())
}

pub(super) fn power(power: Power) -> &'static str {
    match power {
        Power::Pending => "PENDING",
        Power::LaunchFailed => "LAUNCH_FAILED",
        Power::Running => "RUNNING",
        Power::Stopped => "STOPPED",
        Power::Starting => "STARTING",
        Power::Stopping => "STOPPING",
        Power::Rebooting => "REBOOTING",
        Power::Shutdown => "SHUTDOWN",
        Power::Terminating => "TERMINATING",
        Power::EnterRescueMode => "ENTER_RESCUE_MODE",
        Power::RescueMode => "RESCUE_MODE",
        Power::ExitRescueMode => "EXIT_RESCUE_MODE",
        Power::EnterServiceLiveMigrate => "ENTER_SERVICE_LIVE_MIGRATE",
        Power::ServiceLiveMigrate => "SERVICE_LIVE_MIGRATE",
        Power::ExitServiceLiveMigrate => "EXIT_SERVICE_LIVE_MIGRATE",
    }
}

pub(super) fn charge_type(charge: ChargeType) -> &'static str {
    match charge {
        ChargeType::Prepaid => "PREPAID",
        ChargeType::PostpaidByHour => "POSTPAID_BY_HOUR",
        ChargeType::Cdhpaid => "CDHPAID",
        ChargeType::Spotpaid => "SPOTPAID",
        ChargeType::Cdcpaid => "CDCPAID",
    }
}

/// How instances spell it; addresses spell the monthly sort differently.
pub(super) fn traffic_charge(charge: TrafficCharge) -> &'static str {
    match charge {
        TrafficCharge::TrafficPostpaidByHour => "TRAFFIC_POSTPAID_BY_HOUR",
        TrafficCharge::BandwidthPostpaidByHour => "BANDWIDTH_POSTPAID_BY_HOUR",
        TrafficCharge::BandwidthPrepaid => "BANDWIDTH_PREPAID",
        TrafficCharge::BandwidthPostpaidByMonth => "BANDWIDTH_POSTPAID_BY_MONTH",
        TrafficCharge::BandwidthPackage => "BANDWIDTH_PACKAGE",
    }
}
