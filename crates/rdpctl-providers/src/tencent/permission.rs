//! The permissions that reading and changing need, by the names that access management knows.

use rdpctl_contract::cloud::CloudNeeds;
use rdpctl_model::action::CloudVerb;

/// Elastic addresses moved from one service to the other, and the vendor's own policies name them under either.
macro_rules! address {
    ($($name:literal),+) => { &[$(concat!("cvm:", $name), concat!("vpc:", $name)),+] };
}

/// What reading needs.
pub(super) fn reading(needs: &CloudNeeds) -> Vec<String> {
    let mut names = vec!["cvm:DescribeInstances"];
    if needs.addresses {
        names.extend_from_slice(address!["DescribeAddresses", "DescribeNetworkAccountType"]);
    }
    if needs.doors {
        names.extend([
            "vpc:DescribeSecurityGroupPolicies",
            "vpc:DescribeSecurityGroupAssociationStatistics",
            "vpc:DescribeAddressTemplates",
            "vpc:DescribeAddressTemplateGroups",
            "vpc:DescribeServiceTemplates",
            "vpc:DescribeServiceTemplateGroups",
        ]);
    }
    if needs.agent {
        names.push("tat:DescribeAutomationAgentStatus");
    }
    sorted(names)
}

/// What asking guests through the agent needs, and changing them too: the vendor tells the two not apart.
#[must_use]
pub(super) fn run_command() -> Vec<String> {
    sorted(vec!["tat:RunCommand", "tat:DescribeInvocations", "tat:DescribeInvocationTasks"])
}

/// What looking by registered commands needs: each of it can be given for those commands and machines alone.
#[must_use]
pub(super) fn registered() -> Vec<String> {
    sorted(vec![
        "tat:DescribeCommands",
        "tat:DescribeInvocationTasks",
        "tat:DescribeInvocations",
        "tat:InvokeCommand",
    ])
}

/// What a change needs, its looking before and after included.
pub(super) fn changing(verb: CloudVerb) -> Vec<String> {
    let names: &[&[&str]] = match verb {
        CloudVerb::Start => &[&["cvm:DescribeInstances", "cvm:StartInstances"]],
        CloudVerb::Reboot => &[&["cvm:DescribeInstances", "cvm:RebootInstances"]],
        CloudVerb::AllocateAddress => &[
            address![
                "AllocateAddresses",
                "DescribeAddresses",
                "DescribeNetworkAccountType",
                "InquiryPriceAllocateAddresses"
            ],
            &["tag:TagResources"],
        ],
        CloudVerb::AssociateAddress => {
            &[address!["AssociateAddress", "DescribeAddresses"], &["cvm:DescribeInstances"]]
        }
        CloudVerb::TransformAddress => &[address!["TransformAddress", "DescribeAddresses"]],
        CloudVerb::SetAddressBandwidth => &[address![
            "ModifyAddressesBandwidth",
            "DescribeAddresses",
            "InquiryPriceModifyAddressesBandwidth"
        ]],
        CloudVerb::SetInstanceBandwidth => &[&[
            "cvm:DescribeInstances",
            "cvm:ResetInstancesInternetMaxBandwidth",
            "cvm:InquiryPriceResetInstancesInternetMaxBandwidth",
        ]],
        CloudVerb::OpenDoor => {
            &[&["vpc:DescribeSecurityGroupPolicies", "vpc:CreateSecurityGroupPolicies"]]
        }
        CloudVerb::CloseDoor => {
            &[&["vpc:DescribeSecurityGroupPolicies", "vpc:DeleteSecurityGroupPolicies"]]
        }
        CloudVerb::SnapshotSystemDisk => &[&[
            "cbs:CreateSnapshot",
            "cbs:DeleteSnapshots",
            "cbs:DescribeSnapshots",
            "cvm:DescribeInstances",
            "tag:TagResources",
        ]],
        CloudVerb::ReleaseAddress => {
            &[address!["DisassociateAddress", "ReleaseAddresses", "DescribeAddresses"]]
        }
    };
    sorted(names.concat())
}

fn sorted(mut names: Vec<&str>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_needs_no_more_than_what_is_asked_for() {
        let power_only = CloudNeeds::default();
        assert_eq!(reading(&power_only), ["cvm:DescribeInstances"]);
        let agent = CloudNeeds { agent: true, ..CloudNeeds::default() };
        assert_eq!(reading(&agent), ["cvm:DescribeInstances", "tat:DescribeAutomationAgentStatus"]);
    }

    #[test]
    fn a_change_includes_its_looking() {
        assert_eq!(changing(CloudVerb::Start), ["cvm:DescribeInstances", "cvm:StartInstances"]);
        assert_eq!(
            changing(CloudVerb::AssociateAddress),
            [
                "cvm:AssociateAddress",
                "cvm:DescribeAddresses",
                "cvm:DescribeInstances",
                "vpc:AssociateAddress",
                "vpc:DescribeAddresses"
            ]
        );
    }
}
