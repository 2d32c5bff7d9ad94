//! The permissions that reading and changing need, by the names of role definitions.

use rdpctl_contract::cloud::CloudNeeds;
use rdpctl_model::action::CloudVerb;

/// What reading needs. The resource graph shows what the identity may read and has no permission of its own.
pub(super) fn reading(needs: &CloudNeeds) -> Vec<String> {
    let mut names = vec![
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/instanceView/read",
    ];
    if needs.addresses {
        names.extend([
            "Microsoft.Network/bastionHosts/read",
            "Microsoft.Network/loadBalancers/read",
            "Microsoft.Network/networkInterfaces/read",
            "Microsoft.Network/publicIPAddresses/read",
            "Microsoft.Network/virtualNetworks/read",
        ]);
    }
    if needs.doors {
        names.extend([
            "Microsoft.Network/networkInterfaces/read",
            "Microsoft.Network/networkSecurityGroups/read",
            "Microsoft.Network/virtualNetworks/listNetworkManagerEffectiveSecurityAdminRules/action",
            "Microsoft.Network/virtualNetworks/read",
        ]);
    }
    sorted(names)
}

/// What commands in guests need, whether they ask or change.
pub(super) fn run_command() -> Vec<String> {
    sorted(vec![
        "Microsoft.Compute/virtualMachines/runCommand/action",
        "Microsoft.Compute/locations/operations/read",
    ])
}

/// What a session at a serial console needs.
pub(super) fn console() -> Vec<String> {
    sorted(vec![
        "Microsoft.SerialConsole/consoleServices/read",
        "Microsoft.SerialConsole/serialPorts/connect/action",
        "Microsoft.SerialConsole/serialPorts/read",
    ])
}

/// What a picture of the screen needs.
pub(super) fn screen() -> Vec<String> {
    sorted(vec!["Microsoft.Compute/virtualMachines/retrieveBootDiagnosticsData/action"])
}

/// What a look into a disk needs: a copy, a link to its content, and both taken back.
pub(super) fn looking_into_disks() -> Vec<String> {
    let mut names = changing(CloudVerb::SnapshotSystemDisk);
    names.extend([
        "Microsoft.Compute/snapshots/beginGetAccess/action".to_owned(),
        "Microsoft.Compute/snapshots/endGetAccess/action".to_owned(),
    ]);
    names
}

/// What a repair of a disk needs beside a look into it: a disk, and a machine that helps, made and deleted.
pub(super) fn repairing_disks() -> Vec<String> {
    sorted(vec![
        "Microsoft.Compute/disks/delete",
        "Microsoft.Compute/disks/read",
        "Microsoft.Compute/disks/write",
        "Microsoft.Compute/virtualMachines/deallocate/action",
        "Microsoft.Compute/virtualMachines/delete",
        "Microsoft.Compute/virtualMachines/runCommand/action",
        "Microsoft.Compute/virtualMachines/start/action",
        "Microsoft.Compute/virtualMachines/write",
        "Microsoft.Network/networkInterfaces/delete",
        "Microsoft.Network/networkInterfaces/join/action",
        "Microsoft.Network/networkInterfaces/read",
        "Microsoft.Network/networkInterfaces/write",
        "Microsoft.Network/virtualNetworks/subnets/join/action",
    ])
}

/// What a change needs, its looking before and after included.
pub(super) fn changing(verb: CloudVerb) -> Vec<String> {
    let names: &[&str] = match verb {
        CloudVerb::Start => &[
            "Microsoft.Compute/virtualMachines/read",
            "Microsoft.Compute/virtualMachines/instanceView/read",
            "Microsoft.Compute/virtualMachines/start/action",
            "Microsoft.Compute/locations/operations/read",
        ],
        CloudVerb::Reboot => &[
            "Microsoft.Compute/virtualMachines/read",
            "Microsoft.Compute/virtualMachines/instanceView/read",
            "Microsoft.Compute/virtualMachines/restart/action",
            "Microsoft.Compute/locations/operations/read",
        ],
        CloudVerb::AllocateAddress => &[
            "Microsoft.Compute/virtualMachines/read",
            "Microsoft.Network/publicIPAddresses/read",
            "Microsoft.Network/publicIPAddresses/write",
            "Microsoft.Network/locations/operations/read",
        ],
        CloudVerb::AssociateAddress => &[
            "Microsoft.Compute/virtualMachines/read",
            "Microsoft.Network/networkInterfaces/read",
            "Microsoft.Network/networkInterfaces/write",
            "Microsoft.Network/networkSecurityGroups/join/action",
            "Microsoft.Network/publicIPAddresses/join/action",
            "Microsoft.Network/virtualNetworks/subnets/join/action",
            "Microsoft.Network/locations/operations/read",
        ],
        CloudVerb::ReleaseAddress => &[
            "Microsoft.Network/networkInterfaces/read",
            "Microsoft.Network/networkInterfaces/write",
            "Microsoft.Network/networkSecurityGroups/join/action",
            "Microsoft.Network/publicIPAddresses/delete",
            "Microsoft.Network/publicIPAddresses/read",
            "Microsoft.Network/virtualNetworks/subnets/join/action",
            "Microsoft.Network/locations/operations/read",
        ],
        CloudVerb::OpenDoor => &[
            "Microsoft.Network/networkSecurityGroups/read",
            "Microsoft.Network/networkSecurityGroups/securityRules/write",
            "Microsoft.Network/locations/operations/read",
        ],
        CloudVerb::CloseDoor => &[
            "Microsoft.Network/networkSecurityGroups/read",
            "Microsoft.Network/networkSecurityGroups/securityRules/delete",
            "Microsoft.Network/locations/operations/read",
        ],
        CloudVerb::SnapshotSystemDisk => &[
            "Microsoft.Compute/virtualMachines/read",
            "Microsoft.Compute/disks/beginGetAccess/action",
            "Microsoft.Compute/disks/read",
            "Microsoft.Compute/snapshots/read",
            "Microsoft.Compute/snapshots/write",
            "Microsoft.Compute/snapshots/delete",
            "Microsoft.Compute/locations/operations/read",
        ],
        // Azure has nothing to set there, and these are refused before anybody is asked.
        CloudVerb::TransformAddress
        | CloudVerb::SetAddressBandwidth
        | CloudVerb::SetInstanceBandwidth => &[],
    };
    sorted(names.to_vec())
}

fn sorted(mut names: Vec<&str>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(str::to_owned).collect()
}
