//! A checked world: what never changes while it is simulated, held compactly.
//!
//! A fleet of a hundred thousand VMs is one `Cohort` with a handful of variants. Which variant a member
//! is, what it is called and which addresses it was born with follow from its index.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    net::Ipv4Addr,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;

use super::access::PolicyDocument;
use super::file::{Quotas, Vendor};
use super::nsg::{AdminSpec, NsgSpec};
use super::{
    ids::{IdKind, IdSequence},
    model::{
        AccountIndex, Agent, Bandwidth, BornAddress, ChargeType, DiskShape, Isolation, Network,
        NetworkAccount, Power, PublicAddress, RestrictState, StopCharging, Tag, Text,
        TrafficCharge, VmIndex,
    },
    policy::{Faults, Policy},
    rules::Rule,
    ways::Ways,
};
use crate::{
    clock::Pace,
    guest::{Password, Template},
    image::Trouble,
    winrm::Injection,
};

/// A world that has been read and found consistent.
#[derive(Debug)]
pub struct World {
    pub(super) path: PathBuf,
    pub(super) digest: String,
    pub(crate) seed: u64,
    pub(crate) start: Option<Timestamp>,
    pub(crate) pace: Pace,
    pub(crate) accounts: Vec<Account>,
    pub(crate) cohorts: Vec<Cohort>,
    pub(crate) total: u32,
    /// Where in the loopback range its public addresses lie.
    pub(crate) neighbourhood: u16,
    pub(super) given_ids: HashMap<Text, VmIndex>,
    pub(super) given_eips: HashMap<Text, u32>,
    pub(super) given_disks: HashMap<Text, u64>,
    pub(crate) groups: Vec<GroupSpec>,
    pub(crate) nsgs: Vec<NsgSpec>,
    pub(crate) admins: Vec<AdminSpec>,
    pub(crate) ways: Ways,
    pub(crate) templates: Vec<TemplateSpec>,
    pub(crate) eips: Vec<EipSpec>,
    pub(crate) disks: Vec<DiskSpec>,
    pub(crate) secrets: BTreeMap<String, Password>,
    pub(crate) policy: Policy,
    pub(crate) faults: Faults,
    pub(crate) agent_faults: Vec<AgentStrike>,
    /// What the WinRM services of single VMs do wrong.
    pub(crate) winrm_faults: Vec<(VmIndex, Injection)>,
    pub(super) sequences: Sequences,
}

/// The sequences that VMs' own ids come from.
#[derive(Debug)]
pub(super) struct Sequences {
    pub(super) instance: IdSequence,
    pub(super) address: IdSequence,
    pub(super) disk: IdSequence,
    pub(super) interface: IdSequence,
}

impl Sequences {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            instance: IdSequence::new(seed, IdKind::Instance),
            address: IdSequence::new(seed, IdKind::Address),
            disk: IdSequence::new(seed, IdKind::Disk),
            interface: IdSequence::new(seed, IdKind::Interface),
        }
    }
}

/// A customer of the vendor.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    /// Its name in the world.
    pub(crate) name: Text,
    /// Whose customer it is.
    pub(crate) vendor: Vendor,
    /// The public half of its key.
    pub(crate) secret_id: Text,
    /// The secret half.
    pub(crate) secret_key: SecretKey,
    /// Azure's directory that it is in.
    pub(crate) tenant: Text,
    /// Azure's subscription.
    pub(crate) subscription: Text,
    /// Its main account's number.
    pub(crate) uin: u64,
    /// Where its things are unless they say otherwise.
    pub(crate) region: Text,
    /// How it pays for its network.
    pub(crate) network: NetworkAccount,
    /// What it has left.
    pub(crate) balance: f64,
    /// What it may have.
    pub(crate) quotas: Quotas,
    /// What its policy denies.
    pub(crate) deny: Vec<String>,
    /// Keys of its users.
    pub(crate) keys: Vec<UserKey>,
    /// Certificates that are registered with its application, as DER.
    pub(crate) certificates: Vec<Vec<u8>>,
    /// Whether nobody may use Azure's serial console there.
    pub(crate) serial_console_off: bool,
}

/// A key that may do what its policy says.
#[derive(Clone, Debug)]
pub(crate) struct UserKey {
    /// The public half.
    pub(crate) id: Text,
    /// The secret half.
    pub(crate) key: SecretKey,
    /// What it may do.
    pub(crate) document: PolicyDocument,
}

/// The secret half of a key; it never prints.
#[derive(Clone)]
pub(crate) struct SecretKey(pub(crate) String);

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// One `[vm.NAME]`: a VM, or many of a kind.
#[derive(Debug)]
pub(crate) struct Cohort {
    pub(crate) name: Text,
    pub(crate) numbered: bool,
    pub(crate) first: u32,
    pub(crate) count: u32,
    pub(crate) id: Option<Text>,
    pub(crate) account: AccountIndex,
    /// Azure's resource group.
    pub(crate) resource_group: Text,
    pub(crate) region: Text,
    pub(crate) zone: Text,
    pub(crate) network: Network,
    pub(crate) private_ip: Option<Ipv4Addr>,
    pub(crate) os: Text,
    pub(crate) image: Text,
    pub(crate) instance_type: Text,
    pub(crate) cpu: u32,
    pub(crate) memory: u32,
    pub(crate) project: u64,
    pub(crate) charge_type: ChargeType,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) tags: Arc<[Tag]>,
    pub(crate) system_disk: DiskShape,
    pub(crate) data_disks: Vec<DiskShape>,
    /// The name of what ends TLS before it.
    pub(crate) gateway: Option<Text>,
    /// Where the system disk lies as bytes while the VM is off.
    pub(crate) disk_file: Option<PathBuf>,
    /// What about it keeps others from changing it.
    pub(crate) disk_trouble: Option<Trouble>,
    /// From where it may be read; from everywhere where nothing is said.
    pub(crate) disk_network: Option<super::DiskNetwork>,
    /// The first is how members are; the others are the drifted ones.
    pub(crate) variants: Vec<Variant>,
    /// How many members each drifted variant has.
    pub(crate) drifted: Vec<u32>,
    pub(crate) stride: u32,
}

/// How some members of a cohort are born.
#[derive(Clone, Debug)]
pub(crate) struct Variant {
    pub(crate) power: Power,
    pub(crate) stop_charging: StopCharging,
    pub(crate) restrict: RestrictState,
    pub(crate) isolated: Isolation,
    pub(crate) address: Option<BornAddress>,
    pub(crate) bandwidth: Bandwidth,
    pub(crate) groups: Arc<[Text]>,
    pub(crate) agent: Agent,
    pub(crate) guest: Arc<Template>,
}

impl Variant {
    pub(crate) fn public_address(&self) -> PublicAddress {
        match self.address {
            Some(_) => PublicAddress::Born,
            None => PublicAddress::None,
        }
    }
}

impl Cohort {
    pub(crate) fn is_windows(&self) -> bool {
        self.os.to_ascii_lowercase().contains("windows")
    }

    /// How the member at `offset` is born. Drifted members are spread evenly, and their number is exact.
    pub(crate) fn variant(&self, offset: u32) -> &Variant {
        let mut rank = u64::from(offset) * u64::from(self.stride) % u64::from(self.count.max(1));
        for (position, members) in self.drifted.iter().enumerate() {
            if rank < u64::from(*members) {
                return &self.variants[position + 1];
            }
            rank -= u64::from(*members);
        }
        &self.variants[0]
    }
}

/// A stride that visits every one of `count` places, in far leaps.
pub(super) fn stride(count: u32) -> u32 {
    let golden = u64::from(count) * 618 / 1000;
    let mut candidate = u32::try_from(golden).unwrap_or(1).max(1);
    while gcd(candidate, count) != 1 {
        candidate += 1;
    }
    candidate
}

fn gcd(left: u32, right: u32) -> u32 {
    if right == 0 { left } else { gcd(right, left % right) }
}

/// A declared security group.
#[derive(Clone, Debug)]
pub(crate) struct GroupSpec {
    pub(crate) id: Text,
    pub(crate) account: AccountIndex,
    pub(crate) region: Text,
    pub(crate) name: Text,
    pub(crate) description: Text,
    pub(crate) project: u64,
    pub(crate) ingress: Vec<Rule>,
    pub(crate) egress: Vec<Rule>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) locked: bool,
}

/// What a template lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TemplateKind {
    Addresses,
    AddressGroup,
    Services,
    ServiceGroup,
}

impl TemplateKind {
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Addresses => "ipm-",
            Self::AddressGroup => "ipmg-",
            Self::Services => "ppm-",
            Self::ServiceGroup => "ppmg-",
        }
    }
}

/// A declared template of addresses, of services, or of either's groups.
#[derive(Clone, Debug)]
pub(crate) struct TemplateSpec {
    pub(crate) id: Text,
    pub(crate) kind: TemplateKind,
    pub(crate) account: AccountIndex,
    pub(crate) region: Text,
    pub(crate) name: Text,
    pub(crate) members: Vec<Text>,
}

/// A declared elastic address that nobody uses yet.
#[derive(Clone, Debug)]
pub(crate) struct EipSpec {
    pub(crate) id: Text,
    pub(crate) account: AccountIndex,
    pub(crate) region: Text,
    pub(crate) name: Text,
    pub(crate) ip: Option<Ipv4Addr>,
    pub(crate) bandwidth: u32,
    pub(crate) charge_type: TrafficCharge,
    pub(crate) package: Option<Text>,
    pub(crate) blocked: bool,
    pub(crate) arrears: bool,
    pub(crate) tags: Vec<Tag>,
}

/// A declared data disk that nobody uses yet.
#[derive(Clone, Debug)]
pub(crate) struct DiskSpec {
    pub(crate) id: Text,
    pub(crate) account: AccountIndex,
    pub(crate) region: Text,
    pub(crate) zone: Text,
    pub(crate) size: u32,
}

/// An agent that stops after so many commands.
#[derive(Clone, Debug)]
pub(crate) struct AgentStrike {
    pub(crate) vm: VmIndex,
    pub(crate) after_commands: u32,
    pub(crate) lasting: Option<Duration>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stride_visits_every_place_once() {
        for count in [1, 2, 3, 10, 997, 1000, 100_000] {
            let stride = stride(count);
            let mut seen = vec![false; usize::try_from(count).unwrap_or(0)];
            for offset in 0..count {
                let rank = u64::from(offset) * u64::from(stride) % u64::from(count);
                seen[usize::try_from(rank).unwrap_or(0)] = true;
            }
            assert!(seen.into_iter().all(|seen| seen), "{count}");
        }
    }
}
