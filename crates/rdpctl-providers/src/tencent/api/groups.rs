//! Security groups: their rules under a version, and how many things an edit affects.

use serde::{Deserialize, Serialize};

use super::{Acknowledged, actions};
use crate::tencent::lenient::{List, Nested, Number, Text};

/// Reads a group's rules, all of them, with their version.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSecurityGroupPolicies {
    /// The group.
    pub security_group_id: String,
}

/// A group's rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Policies {
    /// The rules.
    pub security_group_policy_set: Nested<PolicySet>,
}

/// A group's rules under their version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PolicySet {
    /// Counts up with every edit.
    pub version: Text,
    /// The inbound rules.
    pub ingress: List<Policy>,
}

/// A rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Policy {
    /// Its position; the first decides.
    pub policy_index: Number,
    /// `TCP`, `UDP`, `ALL` and so on; empty beside a service template.
    pub protocol: Text,
    /// `all`, `3389`, `3000-4000`, `80,443`, or a mixture.
    pub port: Text,
    /// Stands in the place of protocol and port.
    pub service_template: Nested<ServiceTemplateRef>,
    /// An IPv4 address or network.
    pub cidr_block: Text,
    /// An IPv6 address or network.
    pub ipv6_cidr_block: Text,
    /// The members of this group.
    pub security_group_id: Text,
    /// Stands in the place of the address.
    pub address_template: Nested<AddressTemplateRef>,
    /// `ACCEPT` or `DROP`.
    pub action: Text,
    /// What somebody put beside it; untrusted text.
    pub policy_description: Text,
}

/// Names a service template or a group of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ServiceTemplateRef {
    /// A template.
    pub service_id: Text,
    /// A group of templates.
    pub service_group_id: Text,
}

/// Names an address template or a group of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AddressTemplateRef {
    /// A template.
    pub address_id: Text,
    /// A group of templates.
    pub address_group_id: Text,
}

/// Inserts rules, all before the same position, under the version that the position rests on.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateSecurityGroupPolicies {
    /// The group.
    pub security_group_id: String,
    /// The rules.
    pub security_group_policy_set: NewPolicySet,
}

/// Rules to be inserted.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NewPolicySet {
    /// The version that the positions rest on.
    pub version: String,
    /// The inbound rules.
    pub ingress: Vec<NewPolicy>,
}

/// A rule to be inserted.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NewPolicy {
    /// Before which position.
    pub policy_index: u32,
    /// The protocol.
    pub protocol: &'static str,
    /// The port.
    pub port: String,
    /// An IPv4 network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cidr_block: Option<String>,
    /// An IPv6 network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv6_cidr_block: Option<String>,
    /// What it does.
    pub action: &'static str,
    /// The marker by which it is known as ours.
    pub policy_description: String,
}

/// Deletes rules, under the version on which what is known of them rests.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteSecurityGroupPolicies {
    /// The group.
    pub security_group_id: String,
    /// The rules.
    pub security_group_policy_set: OldPolicySet,
}

/// Rules to be deleted.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OldPolicySet {
    /// The version that the positions rest on.
    pub version: String,
    /// The inbound rules.
    pub ingress: Vec<OldPolicy>,
}

/// A rule to be deleted. A call names all of its rules in one of these ways.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum OldPolicy {
    /// By its position.
    #[serde(rename_all = "PascalCase")]
    At {
        /// The position.
        policy_index: u32,
    },
    /// By what it says, which no two rules of a group do.
    #[serde(rename_all = "PascalCase")]
    Saying {
        /// The protocol.
        protocol: &'static str,
        /// The port.
        port: String,
        /// An IPv4 network.
        #[serde(skip_serializing_if = "Option::is_none")]
        cidr_block: Option<String>,
        /// An IPv6 network.
        #[serde(skip_serializing_if = "Option::is_none")]
        ipv6_cidr_block: Option<String>,
        /// What it does.
        action: &'static str,
    },
}

/// Asks what is bound to groups.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSecurityGroupAssociationStatistics {
    /// The groups.
    pub security_group_ids: Vec<String>,
}

/// What is bound to groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Associations {
    /// One entry per group.
    pub security_group_association_statistics_set: List<Association>,
}

/// What is bound to a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Association {
    /// The group.
    pub security_group_id: Text,
    /// Everything bound to it.
    pub total_count: Number,
}

actions! {
    DescribeSecurityGroupPolicies => Vpc "DescribeSecurityGroupPolicies", 50 a second, Read, Policies;
    CreateSecurityGroupPolicies => Vpc "CreateSecurityGroupPolicies", 50 a second, Write, Acknowledged;
    DeleteSecurityGroupPolicies => Vpc "DeleteSecurityGroupPolicies", 50 a second, Write, Acknowledged;
    DescribeSecurityGroupAssociationStatistics =>
        Vpc "DescribeSecurityGroupAssociationStatistics", 20 a second, Read, Associations;
}
