//! Every action that the simulator serves, with its service, version and documented rate.

use serde::{Serialize, de::DeserializeOwned};

use super::{Gate, cbs, cvm, errors::Refusal, sts, tat, vpc};
use crate::{
    estate::{Accepted, Estate},
    world::{Account, AccountIndex, Text},
};

/// A product of the vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Service {
    Cvm,
    Vpc,
    Cbs,
    Tat,
    Sts,
}

impl Service {
    const ALL: [Self; 5] = [Self::Cvm, Self::Vpc, Self::Cbs, Self::Tat, Self::Sts];

    /// Its label in host names and credential scopes.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Cvm => "cvm",
            Self::Vpc => "vpc",
            Self::Cbs => "cbs",
            Self::Tat => "tat",
            Self::Sts => "sts",
        }
    }

    pub(crate) const fn version(self) -> &'static str {
        match self {
            Self::Cvm | Self::Vpc | Self::Cbs => "2017-03-12",
            Self::Tat => "2020-10-28",
            Self::Sts => "2018-08-13",
        }
    }

    pub(crate) fn named(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name() == label)
    }

    /// Whether its calls must say in which region.
    pub(crate) const fn is_regional(self) -> bool {
        match self {
            Self::Cvm | Self::Vpc | Self::Cbs | Self::Tat => true,
            Self::Sts => false,
        }
    }
}

/// A call that passed the gate.
pub(crate) struct Call<'a> {
    pub(crate) estate: &'a mut Estate,
    pub(crate) account: AccountIndex,
    pub(crate) region: Text,
    pub(crate) request: Text,
    pub(crate) action: &'static str,
    /// The caller's address as the server sees it.
    pub(crate) caller: std::net::IpAddr,
    pub(crate) gate: &'a mut Gate,
}

impl Call<'_> {
    pub(crate) fn account(&self) -> &Account {
        self.estate.world.account(self.account)
    }

    /// What operations that this call begins are known by.
    pub(crate) fn accepted(&self) -> Accepted {
        Accepted { action: self.action, request: self.request.clone() }
    }

    /// Whether something belongs to the caller, here.
    pub(crate) fn owns(&self, account: AccountIndex, region: &str) -> bool {
        self.account == account && *self.region == *region
    }
}

/// An action: its parameters are the type, its documented facts the constants.
pub(crate) trait Action: DeserializeOwned {
    const SERVICE: Service;
    const NAME: &'static str;
    /// Calls per second that the vendor documents.
    const RATE: u32;
    type Answer: Serialize;

    fn serve(self, call: &mut Call<'_>) -> Result<Self::Answer, Refusal>;
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) service: Service,
    pub(crate) name: &'static str,
    pub(crate) rate: u32,
    pub(crate) serve: fn(&mut Call<'_>, &[u8]) -> Result<Vec<u8>, Refusal>,
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

/// The answer of actions that only say that they were accepted.
#[derive(Debug, Serialize)]
pub(crate) struct Done {}

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
    entry::<tat::DescribeInvocations>(),
    entry::<tat::DescribeInvocationTasks>(),
    entry::<tat::CancelInvocation>(),
    entry::<sts::GetCallerIdentity>(),
    entry::<sts::AssumeRole>(),
];

/// The row of an action, whatever the case of its name.
pub(crate) fn find(service: Service, name: &str) -> Option<&'static Entry> {
    ACTIONS.iter().find(|entry| entry.service == service && entry.name.eq_ignore_ascii_case(name))
}
