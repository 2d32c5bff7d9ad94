//! A world as it is written: the TOML keys, before anything is checked against anything else.

use std::{collections::BTreeMap, net::Ipv4Addr};

use serde::Deserialize;
use toml::Spanned;

use super::{
    model::{
        Agent, ChargeType, DiskShape, Isolation, NetworkAccount, Power, RestrictState,
        StopCharging, TrafficCharge,
    },
    policy::{Faults, Policy},
    ways,
    written::{AddressFile, BandwidthFile, Moment, NetworkFile, OneOrMany, TimeScale},
};
use crate::guest::{GuestSpec, Password};
use crate::image::Trouble;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct WorldFile {
    #[serde(default)]
    pub(super) world: WorldSection,
    pub(super) account: BTreeMap<Spanned<String>, AccountFile>,
    #[serde(default)]
    pub(super) vm: BTreeMap<Spanned<String>, VmFile>,
    #[serde(default)]
    pub(super) security_group: BTreeMap<Spanned<String>, GroupFile>,
    #[serde(default)]
    pub(super) nsg: BTreeMap<Spanned<String>, NsgFile>,
    #[serde(default)]
    pub(super) security_admin: BTreeMap<Spanned<String>, AdminFile>,
    #[serde(default)]
    pub(super) load_balancer: BTreeMap<Spanned<String>, ways::BalancerFile>,
    #[serde(default)]
    pub(super) bastion: BTreeMap<Spanned<String>, ways::BastionFile>,
    #[serde(default)]
    pub(super) peering: BTreeMap<Spanned<String>, ways::PeeringFile>,
    #[serde(default)]
    pub(super) nat_gateway: BTreeMap<Spanned<String>, ways::GatewayFile>,
    #[serde(default)]
    pub(super) address_template: BTreeMap<Spanned<String>, TemplateFile>,
    #[serde(default)]
    pub(super) address_template_group: BTreeMap<Spanned<String>, TemplateFile>,
    #[serde(default)]
    pub(super) service_template: BTreeMap<Spanned<String>, TemplateFile>,
    #[serde(default)]
    pub(super) service_template_group: BTreeMap<Spanned<String>, TemplateFile>,
    #[serde(default)]
    pub(super) eip: BTreeMap<Spanned<String>, EipFile>,
    #[serde(default)]
    pub(super) disk: BTreeMap<Spanned<String>, DiskFile>,
    /// What references lead to for whoever works in this world: `NAME` of `env:NAME`, or a whole reference.
    #[serde(default)]
    pub(super) secrets: BTreeMap<String, Password>,
    #[serde(default)]
    pub(super) policy: Policy,
    #[serde(default)]
    pub(super) fault: Faults,
}

/// `[world]`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct WorldSection {
    pub(super) seed: u64,
    pub(super) start: Option<Moment>,
    pub(super) time_scale: TimeScale,
}

/// Which vendor an account is with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Vendor {
    /// Tencent Cloud.
    Tencent,
    /// Microsoft Azure.
    Azure,
}

impl Vendor {
    /// The word for it in worlds and declarations.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tencent => "tencent",
            Self::Azure => "azure",
        }
    }
}

/// `[account.NAME]`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct AccountFile {
    pub(super) kind: Vendor,
    pub(super) secret_id: Option<Spanned<String>>,
    pub(super) secret_key: Option<String>,
    pub(super) uin: Option<u64>,
    /// Azure's directory; from the seed when not given.
    pub(super) tenant: Option<String>,
    /// Azure's subscription; from the seed when not given.
    pub(super) subscription: Option<String>,
    pub(super) region: Spanned<String>,
    #[serde(default)]
    pub(super) network_account_type: NetworkAccount,
    /// In the account's currency; what costs money needs a positive one.
    #[serde(default = "plenty")]
    pub(super) balance: f64,
    #[serde(default)]
    pub(super) quotas: Quotas,
    /// Certificates that are registered with Azure's application, as PEM.
    #[serde(default)]
    pub(super) certificates: Vec<Spanned<String>>,
    /// Whether Azure's serial console is switched off for the whole subscription.
    #[serde(default)]
    pub(super) serial_console_off: bool,
    /// Actions, or `service:*`, that the account's policy denies.
    #[serde(default)]
    pub(super) deny: Vec<String>,
    /// Keys of users of the account, each with what it may do.
    #[serde(default)]
    pub(super) key: BTreeMap<String, KeyFile>,
}

/// `[account.NAME.key.USER]`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct KeyFile {
    pub(super) secret_id: String,
    pub(super) secret_key: String,
    /// A policy document as the vendor takes it.
    pub(super) policy: Spanned<String>,
}

fn plenty() -> f64 {
    1000.0
}

/// What the vendor lets an account have.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Quotas {
    /// Elastic addresses in a region; twenty more than VMs are born with when not given.
    pub(crate) eip: Option<u32>,
    /// Elastic addresses bought in a day; twice `eip` when not given.
    pub(crate) eip_daily: Option<u32>,
    /// Security groups in a region.
    pub(crate) security_groups: u32,
    /// Rules of a group in one direction.
    pub(crate) rules: u32,
    /// Groups on an instance.
    pub(crate) groups_per_instance: u32,
    /// Snapshots in a region.
    pub(crate) snapshots: u32,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            eip: None,
            eip_daily: None,
            security_groups: 50,
            rules: 100,
            groups_per_instance: 5,
            snapshots: 64,
        }
    }
}

/// `[vm.NAME]`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct VmFile {
    pub(super) account: Option<Spanned<String>>,
    pub(super) id: Option<Spanned<String>>,
    pub(super) count: Option<Spanned<u32>>,
    pub(super) region: Option<String>,
    /// Azure's resource group.
    #[serde(default = "resource_group")]
    pub(super) group: String,
    pub(super) zone: Option<String>,
    #[serde(default)]
    pub(super) network: NetworkFile,
    pub(super) private_ip: Option<Spanned<Ipv4Addr>>,
    #[serde(default = "windows")]
    pub(super) os: String,
    #[serde(default = "image")]
    pub(super) image: String,
    #[serde(default = "instance_type")]
    pub(super) instance_type: String,
    #[serde(default = "two")]
    pub(super) cpu: u32,
    #[serde(default = "four")]
    pub(super) memory: u32,
    #[serde(default)]
    pub(super) project: u64,
    #[serde(default)]
    pub(super) charge_type: ChargeType,
    pub(super) expires: Option<Moment>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) system_disk: DiskShape,
    #[serde(default)]
    pub(super) data_disks: Vec<DiskShape>,
    /// Whoever answers in its place: the name in the certificate of what ends TLS before it.
    pub(super) gateway: Option<String>,
    /// Where its system disk lies as bytes while it is off, beside the world.
    pub(super) disk_file: Option<Spanned<String>>,
    /// What about its system disk keeps others from changing it.
    #[serde(default)]
    pub(super) disk_trouble: Option<Trouble>,
    #[serde(default)]
    pub(super) disk_network: Option<super::DiskNetwork>,

    #[serde(default)]
    pub(super) state: Option<Power>,
    #[serde(default)]
    pub(super) stop_charging: Option<StopCharging>,
    #[serde(default)]
    pub(super) restrict_state: Option<RestrictState>,
    #[serde(default)]
    pub(super) isolated: Option<Isolation>,
    #[serde(default)]
    pub(super) address: Option<AddressFile>,
    #[serde(default)]
    pub(super) bandwidth: Option<BandwidthFile>,
    #[serde(default)]
    pub(super) security_groups: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    pub(super) agent: Option<Agent>,
    #[serde(default)]
    pub(super) guest: Option<GuestSpec>,

    #[serde(default)]
    pub(super) drift: OneOrMany<DriftFile>,
}

fn resource_group() -> String {
    "rg".to_owned()
}

fn windows() -> String {
    "Windows Server 2022 Datacenter 64bit".to_owned()
}

fn image() -> String {
    "img-9xqekomx".to_owned()
}

fn instance_type() -> String {
    "S5.MEDIUM4".to_owned()
}

fn two() -> u32 {
    2
}

fn four() -> u32 {
    4
}

/// `drift`: a share of a fleet that differs.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct DriftFile {
    pub(super) share: Spanned<f64>,
    pub(super) state: Option<Power>,
    pub(super) stop_charging: Option<StopCharging>,
    pub(super) restrict_state: Option<RestrictState>,
    pub(super) isolated: Option<Isolation>,
    pub(super) address: Option<AddressFile>,
    pub(super) bandwidth: Option<BandwidthFile>,
    pub(super) security_groups: Option<Vec<Spanned<String>>>,
    pub(super) agent: Option<Agent>,
    /// Takes the place of the fleet's guest as a whole.
    pub(super) guest: Option<GuestSpec>,
}

/// `[security-group.ID]`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct GroupFile {
    pub(super) account: Option<Spanned<String>>,
    pub(super) region: Option<String>,
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) project: u64,
    #[serde(default)]
    pub(super) ingress: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) egress: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    /// Refuses every edit.
    #[serde(default)]
    pub(super) locked: bool,
}

/// `[nsg.NAME]`: a network security group of Azure.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct NsgFile {
    pub(super) account: Option<Spanned<String>>,
    pub(super) region: Option<String>,
    #[serde(default = "resource_group")]
    pub(super) group: String,
    /// The subnets that it guards, as `NETWORK/SUBNET`.
    #[serde(default)]
    pub(super) subnets: Vec<String>,
    #[serde(default)]
    pub(super) rules: Vec<Spanned<String>>,
}

/// `[security-admin.NAME]`: rules of Virtual Network Manager.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct AdminFile {
    pub(super) account: Option<Spanned<String>>,
    /// The networks to which they are deployed.
    pub(super) networks: Vec<String>,
    pub(super) rules: Vec<Spanned<String>>,
}

/// `[address-template.ID]` and its three relatives.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct TemplateFile {
    pub(super) account: Option<Spanned<String>>,
    pub(super) region: Option<String>,
    pub(super) name: Option<String>,
    pub(super) members: Vec<Spanned<String>>,
}

/// `[eip.ID]`: an elastic address that nobody uses yet.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct EipFile {
    pub(super) account: Option<Spanned<String>>,
    pub(super) region: Option<String>,
    pub(super) name: Option<String>,
    pub(super) ip: Option<Spanned<Ipv4Addr>>,
    #[serde(default = "five")]
    pub(super) bandwidth: u32,
    #[serde(default)]
    pub(super) charge_type: TrafficCharge,
    pub(super) package: Option<String>,
    #[serde(default)]
    pub(super) blocked: bool,
    #[serde(default)]
    pub(super) arrears: bool,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
}

/// `[disk.ID]`: a data disk that nobody uses yet.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct DiskFile {
    pub(super) account: Option<Spanned<String>>,
    pub(super) region: Option<String>,
    pub(super) zone: Option<String>,
    #[serde(default = "fifty")]
    pub(super) size: u32,
}

fn fifty() -> u32 {
    50
}

fn five() -> u32 {
    5
}
