//! VPC: public addresses, security groups and templates.

mod account;
mod bind;
mod find;
mod groups;
mod lifecycle;
mod listing;
mod policy;
mod policy_edit;
mod policy_input;
mod price;
mod templates;

pub(crate) use account::{
    DescribeAddressBandwidthRange, DescribeAddressQuota, DescribeNetworkAccountType,
    DescribeTaskResult,
};
pub(crate) use bind::{
    AssociateAddress, DisassociateAddress, ModifyAddressesBandwidth, TransformAddress,
};
pub(crate) use groups::{
    CreateSecurityGroup, DescribeSecurityGroupAssociationStatistics, DescribeSecurityGroupLimits,
    DescribeSecurityGroupReferences, DescribeSecurityGroups,
};
pub(crate) use lifecycle::{AllocateAddresses, ReleaseAddresses, ReturnNormalAddresses};
pub(crate) use listing::DescribeAddresses;
pub(crate) use policy::{DescribeSecurityGroupExpandedPolicies, DescribeSecurityGroupPolicies};
pub(crate) use policy_edit::{
    CreateSecurityGroupPolicies, DeleteSecurityGroupPolicies, ModifySecurityGroupPolicies,
    ReplaceSecurityGroupPolicies, ReplaceSecurityGroupPolicy,
};
pub(crate) use price::{InquiryPriceAllocateAddresses, InquiryPriceModifyAddressesBandwidth};
pub(crate) use templates::{
    DescribeAddressTemplateGroups, DescribeAddressTemplates, DescribeServiceTemplateGroups,
    DescribeServiceTemplates,
};
