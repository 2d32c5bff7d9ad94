//! The calls that an order means, for people who want to see them before.

use rdpctl_contract::cloud::CloudOrder;
use rdpctl_model::CloudAction;
use rdpctl_model::outcome::CreatedKind;

use super::api::addresses::{
    AssociateAddress, DisassociateAddress, ModifyAddressesBandwidth, NetworkAccountType,
    ReleaseAddresses, TransformAddress,
};
use super::api::instances::{
    RebootInstances, ResetInstancesInternetMaxBandwidth, StartInstances, WantedBandwidth,
};
use super::change;
use super::client::Action;

/// The calls, in order.
pub(super) fn calls(order: &CloudOrder) -> Vec<String> {
    let id = || order.instance.as_str().to_owned();
    let address = || {
        let made = order.made(CreatedKind::Address);
        let known = made.or(order.handles.address_id.as_ref());
        known.map_or_else(|| "<the address>".to_owned(), |address| address.as_str().to_owned())
    };
    match &order.action {
        CloudAction::Start => vec![call(&StartInstances { instance_ids: vec![id()] })],
        CloudAction::Reboot => {
            vec![call(&RebootInstances { instance_ids: vec![id()], stop_type: change::STOP_TYPE })]
        }
        CloudAction::AllocateAddress { mbps } => {
            vec![call(&change::allocation(order, *mbps, &NetworkAccountType::Standard))]
        }
        CloudAction::AssociateAddress => {
            vec![call(&AssociateAddress { address_id: address(), instance_id: id() })]
        }
        CloudAction::TransformAddress => vec![call(&TransformAddress { instance_id: id() })],
        CloudAction::SetAddressBandwidth { mbps } => vec![call(&ModifyAddressesBandwidth {
            address_ids: vec![address()],
            internet_max_bandwidth_out: *mbps,
        })],
        CloudAction::SetInstanceBandwidth { mbps } => {
            vec![call(&ResetInstancesInternetMaxBandwidth {
                instance_ids: vec![id()],
                internet_accessible: WantedBandwidth { internet_max_bandwidth_out: *mbps },
            })]
        }
        CloudAction::OpenDoor { rule_set, version, rule, .. } => {
            vec![call(&change::insertion(rule_set.as_str(), version, rule))]
        }
        CloudAction::CloseDoor { rule_set, version, rule } => {
            vec![call(&change::deletion_as_seen(rule_set.as_str(), version, rule))]
        }
        CloudAction::SnapshotSystemDisk => {
            let disk = order.handles.system_disk.as_ref();
            let disk = disk
                .map_or_else(|| "<the system disk>".to_owned(), |disk| disk.as_str().to_owned());
            vec![call(&change::creation(order, &disk))]
        }
        CloudAction::ReleaseAddress { address } => {
            let id = address.as_str().to_owned();
            vec![
                call(&DisassociateAddress { address_id: id.clone() }),
                call(&ReleaseAddresses { address_ids: vec![id] }),
            ]
        }
    }
}

/// One call as a person would write it down.
fn call<A: Action>(request: &A) -> String {
    let fields = serde_json::to_string(request).unwrap_or_else(|error| error.to_string());
    format!("{} {} {fields}", A::SERVICE.label(), A::NAME)
}

#[cfg(test)]
mod tests {
    use rdpctl_model::ResourceId;
    use rdpctl_model::cloud::Handles;

    use super::*;

    fn order(action: CloudAction) -> CloudOrder {
        CloudOrder {
            instance: ResourceId::new("ins-00000001"),
            action,
            handles: Handles::default(),
            token: "run-1.step-2".to_owned(),
            created: Vec::new(),
        }
    }

    #[test]
    fn an_order_reads_as_the_calls_that_it_means() {
        assert_eq!(
            calls(&order(CloudAction::Start)),
            [r#"cvm StartInstances {"InstanceIds":["ins-00000001"]}"#]
        );
        assert_eq!(
            calls(&order(CloudAction::AllocateAddress { mbps: 5 })),
            [
                r#"vpc AllocateAddresses {"AddressCount":1,"InternetChargeType":"TRAFFIC_POSTPAID_BY_HOUR","InternetMaxBandwidthOut":5,"Tags":[{"Key":"rdpctl","Value":"managed"},{"Key":"rdpctl-instance","Value":"ins-00000001"}],"ClientToken":"run-1.step-2"}"#
            ]
        );
        assert_eq!(
            calls(&order(CloudAction::AssociateAddress)),
            [r#"vpc AssociateAddress {"AddressId":"<the address>","InstanceId":"ins-00000001"}"#]
        );
    }
}
