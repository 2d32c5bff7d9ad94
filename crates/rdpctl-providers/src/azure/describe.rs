//! The calls that an order means, for people who want to see them before.

use rdpctl_contract::cloud::CloudOrder;
use rdpctl_model::CloudAction;
use rdpctl_model::outcome::CreatedKind;
use serde_json::Value;

use super::change::{address, door, snapshot};
use super::id::ArmId;

/// The calls, in order.
pub(super) fn calls(order: &CloudOrder) -> Vec<String> {
    let vm = order.instance.as_str();
    let id = ArmId::of(&order.instance);
    let made_for = || {
        let made = order.made(CreatedKind::Address).map(|made| made.as_str().to_owned());
        made.or_else(|| id.as_ref().map(address::name_for))
            .unwrap_or_else(|| "<the address>".to_owned())
    };
    match &order.action {
        CloudAction::Start => vec![format!("POST {vm}/start")],
        CloudAction::Reboot => vec![format!("POST {vm}/restart")],
        CloudAction::AllocateAddress { .. } => {
            let body = id.as_ref().map(|id| address::allocation(id, "<the VM's region>", &[]));
            vec![put(&made_for(), &body.unwrap_or_default())]
        }
        CloudAction::AssociateAddress => vec![format!(
            "PUT <the VM's first interface> as it is, with publicIPAddress.id {}",
            made_for()
        )],
        CloudAction::ReleaseAddress { address } => vec![
            "PUT <the interface that has it> as it is, without publicIPAddress".to_owned(),
            format!("DELETE {address}"),
        ],
        CloudAction::OpenDoor { rule_set, rule, .. } => {
            vec![put(&door::rule_path(rule_set.as_str(), rule), &door::rule_body(rule))]
        }
        CloudAction::CloseDoor { rule_set, rule, .. } => {
            vec![format!("DELETE {}", door::rule_path(rule_set.as_str(), rule))]
        }
        CloudAction::SetAddressBandwidth { .. }
        | CloudAction::SetInstanceBandwidth { .. }
        | CloudAction::TransformAddress => Vec::new(),
        CloudAction::SnapshotSystemDisk => {
            let disk =
                order.handles.system_disk.as_ref().map_or("<its system disk>", |id| id.as_str());
            let copy = id.as_ref().map(|id| {
                put(
                    &snapshot::name_for(id, &order.token),
                    &snapshot::copy_of(id, "<the VM's region>", disk),
                )
            });
            copy.into_iter().collect()
        }
    }
}

fn put(path: &str, body: &Value) -> String {
    format!("PUT {path} {body}")
}
