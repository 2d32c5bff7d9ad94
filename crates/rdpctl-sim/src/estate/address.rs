//! Public addresses as they stand, elastic and ordinary.

use std::net::Ipv4Addr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::world::{AccountIndex, AddressKind, Tag, Text, TrafficCharge, VmIndex};

/// A public address.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Eip {
    pub(crate) id: Text,
    pub(crate) account: AccountIndex,
    pub(crate) region: Text,
    pub(crate) name: Text,
    pub(crate) kind: AddressKind,
    pub(crate) ip: Ipv4Addr,
    pub(crate) bound: Option<VmIndex>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) task: Option<EipTask>,
    pub(crate) bandwidth: u32,
    pub(crate) charge_type: TrafficCharge,
    pub(crate) package: Option<Text>,
    pub(crate) arrears: bool,
    pub(crate) blocked: bool,
    pub(crate) created: Timestamp,
    /// Until when it is paid, of those paid by the month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) paid_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<Tag>,
    /// Given back: only its number stays taken.
    #[serde(default)]
    pub(crate) released: bool,
}

/// Something under way on an address.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct EipTask {
    pub(crate) work: EipWork,
    pub(crate) id: u64,
    pub(crate) visible: Timestamp,
    pub(crate) ends: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failing: Option<Text>,
}

/// What a task will have done to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum EipWork {
    Create,
    Bind(VmIndex),
    /// Unbinds; the VM may be given an ordinary address in its place.
    Unbind {
        ordinary_instead: bool,
    },
    Release,
    Bandwidth(u32),
    /// From ordinary to elastic.
    Transform,
}

/// The status that readers see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EipStatus {
    Creating,
    Binding,
    Bind,
    Unbinding,
    Unbind,
    Offlining,
}

impl EipStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Creating => "CREATING",
            Self::Binding => "BINDING",
            Self::Bind => "BIND",
            Self::Unbinding => "UNBINDING",
            Self::Unbind => "UNBIND",
            Self::Offlining => "OFFLINING",
        }
    }
}

impl Eip {
    /// The status that readers see at `now`.
    pub(crate) fn seen_status(&self, now: Timestamp) -> EipStatus {
        let resting = if self.bound.is_some() { EipStatus::Bind } else { EipStatus::Unbind };
        match &self.task {
            Some(task) if task.visible <= now => match task.work {
                EipWork::Create => EipStatus::Creating,
                EipWork::Bind(_) => EipStatus::Binding,
                EipWork::Unbind { .. } => EipStatus::Unbinding,
                EipWork::Release => EipStatus::Offlining,
                EipWork::Bandwidth(_) | EipWork::Transform => resting,
            },
            Some(_) | None => resting,
        }
    }

    /// The VM that readers see it with: also while it comes and goes.
    pub(crate) fn seen_vm(&self, now: Timestamp) -> Option<VmIndex> {
        match &self.task {
            Some(EipTask { work: EipWork::Bind(vm), visible, .. }) if *visible <= now => Some(*vm),
            Some(_) | None => self.bound,
        }
    }

    /// Whether the account's listing has it: neither given back nor, while reads lag, not yet visible.
    pub(crate) fn is_listed(&self, now: Timestamp) -> bool {
        let unseen = matches!(&self.task, Some(EipTask { work: EipWork::Create, visible, .. }) if *visible > now);
        !self.released && !unseen
    }
}

/// One of the network service's tasks; it may cover several addresses.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct VpcTask {
    pub(crate) account: AccountIndex,
    /// How many addresses it still works on.
    pub(crate) left: u32,
    pub(crate) failed: bool,
}
