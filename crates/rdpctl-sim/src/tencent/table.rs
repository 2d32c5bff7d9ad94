//! Every action that the simulator serves, with its service, version and documented rate.

use super::{
    audit,
    call::{Action, Call},
    cbs, cvm,
    errors::Refusal,
    service::Service,
    sts, tat, vpc,
};

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) service: Service,
    pub(crate) name: &'static str,
    pub(crate) rate: u32,
    pub(crate) serve: fn(&mut Call<'_>, &[u8]) -> Result<Vec<u8>, Refusal>,
}

impl Entry {
    /// Whether it changes something, so that the account's log tells of it.
    pub(crate) fn changes(&self) -> bool {
        let reads = ["Describe", "Inquiry", "Get", "AssumeRole"];
        !reads.iter().any(|read| self.name.starts_with(read))
    }
}

const fn entry<A: Action>() -> Entry {
    Entry { service: A::SERVICE, name: A::NAME, rate: A::RATE, serve: serve::<A> }
}

fn serve<A: Action>(call: &mut Call<'_>, body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let parameters: A = serde_json::from_slice(body).map_err(|error| Refusal::of_body(&error))?;
    let answer = parameters.serve(call)?;
    serde_json::to_vec(&answer)
        .map_err(|_| Refusal::new("InternalError", "The answer cannot be written."))
}

pub(crate) static ACTIONS: &[Entry] = &[
    entry::<cvm::DescribeInstances>(),
    entry::<cvm::DescribeInstancesStatus>(),
    entry::<cvm::StartInstances>(),
    entry::<cvm::StopInstances>(),
    entry::<cvm::RebootInstances>(),
    entry::<cvm::ResetInstancesInternetMaxBandwidth>(),
    entry::<cvm::InquiryPriceResetInstancesInternetMaxBandwidth>(),
    entry::<cvm::DescribeInstanceInternetBandwidthConfigs>(),
    entry::<cvm::DescribeInstanceVncUrl>(),
    entry::<cvm::EnterRescueMode>(),
    entry::<cvm::ExitRescueMode>(),
    entry::<cvm::AssociateSecurityGroups>(),
    entry::<cvm::DisassociateSecurityGroups>(),
    entry::<cvm::ModifyInstancesAttribute>(),
    entry::<cvm::ResetInstancesPassword>(),
    entry::<cvm::DescribeInstancesOperationLimit>(),
    entry::<vpc::DescribeAddresses>(),
    entry::<vpc::DescribeAddressQuota>(),
    entry::<vpc::DescribeNetworkAccountType>(),
    entry::<vpc::AllocateAddresses>(),
    entry::<vpc::AssociateAddress>(),
    entry::<vpc::DisassociateAddress>(),
    entry::<vpc::ReleaseAddresses>(),
    entry::<vpc::ModifyAddressesBandwidth>(),
    entry::<vpc::InquiryPriceAllocateAddresses>(),
    entry::<vpc::InquiryPriceModifyAddressesBandwidth>(),
    entry::<vpc::DescribeTaskResult>(),
    entry::<vpc::TransformAddress>(),
    entry::<vpc::ReturnNormalAddresses>(),
    entry::<vpc::DescribeAddressBandwidthRange>(),
    entry::<vpc::DescribeSecurityGroups>(),
    entry::<vpc::DescribeSecurityGroupPolicies>(),
    entry::<vpc::DescribeSecurityGroupExpandedPolicies>(),
    entry::<vpc::CreateSecurityGroupPolicies>(),
    entry::<vpc::ReplaceSecurityGroupPolicy>(),
    entry::<vpc::ReplaceSecurityGroupPolicies>(),
    entry::<vpc::ModifySecurityGroupPolicies>(),
    entry::<vpc::DeleteSecurityGroupPolicies>(),
    entry::<vpc::DescribeSecurityGroupLimits>(),
    entry::<vpc::DescribeSecurityGroupAssociationStatistics>(),
    entry::<vpc::DescribeSecurityGroupReferences>(),
    entry::<vpc::CreateSecurityGroup>(),
    entry::<vpc::DescribeAddressTemplates>(),
    entry::<vpc::DescribeAddressTemplateGroups>(),
    entry::<vpc::DescribeServiceTemplates>(),
    entry::<vpc::DescribeServiceTemplateGroups>(),
    entry::<cbs::DescribeDisks>(),
    entry::<cbs::CreateSnapshot>(),
    entry::<cbs::DescribeSnapshots>(),
    entry::<cbs::DeleteSnapshots>(),
    entry::<cbs::ApplySnapshot>(),
    entry::<cbs::AttachDisks>(),
    entry::<cbs::DetachDisks>(),
    entry::<tat::DescribeAutomationAgentStatus>(),
    entry::<tat::RunCommand>(),
    entry::<tat::CreateCommand>(),
    entry::<tat::ModifyCommand>(),
    entry::<tat::DescribeCommands>(),
    entry::<tat::InvokeCommand>(),
    entry::<tat::DescribeInvocations>(),
    entry::<tat::DescribeInvocationTasks>(),
    entry::<tat::CancelInvocation>(),
    entry::<sts::GetCallerIdentity>(),
    entry::<sts::AssumeRole>(),
    entry::<audit::DescribeEvents>(),
];

/// The row of an action, whatever the case of its name.
pub(crate) fn find(service: Service, name: &str) -> Option<&'static Entry> {
    ACTIONS.iter().find(|entry| entry.service == service && entry.name.eq_ignore_ascii_case(name))
}
