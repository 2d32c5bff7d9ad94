//! A world as it is written: the TOML keys, before anything is checked against anything else.

use std::{collections::BTreeMap, fmt, marker::PhantomData, net::Ipv4Addr};

use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{
        self, MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use toml::Spanned;

use super::{
    model::{
        AddressKind, Agent, Bandwidth, ChargeType, DiskShape, Isolation, NetworkAccount, Power, RestrictState,
        StopCharging, TrafficCharge,
    },
    policy::{Faults, Policy},
};
use crate::{clock::Pace, guest::GuestSpec};

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

/// A moment in ISO 8601, as text or as TOML's own type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment(pub(super) Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = Moment;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a moment such as 2026-01-05T09:00:00Z")
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Moment, E> {
                value.parse().map(Moment).map_err(|_| E::invalid_value(de::Unexpected::Str(value), &self))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Moment, A::Error> {
                let written = toml::value::Datetime::deserialize(MapAccessDeserializer::new(map))?;
                self.visit_str(&written.to_string())
            }
        }
        deserializer.deserialize_any(Written)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct TimeScale(pub(super) Pace);

impl Default for TimeScale {
    fn default() -> Self {
        Self(Pace::Scaled(1.0))
    }
}

impl<'de> Deserialize<'de> for TimeScale {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl Visitor<'_> for Written {
            type Value = TimeScale;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("how many simulated seconds pass in a real one (above 0, at most 86400), or \"instant\"")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<TimeScale, E> {
                let scale = i32::try_from(value).map_err(|_| E::invalid_value(de::Unexpected::Signed(value), &self))?;
                self.visit_f64(f64::from(scale))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<TimeScale, E> {
                if value > 0.0 && value <= 86_400.0 {
                    Ok(TimeScale(Pace::Scaled(value)))
                } else {
                    Err(E::invalid_value(de::Unexpected::Float(value), &self))
                }
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<TimeScale, E> {
                match value {
                    "instant" => Ok(TimeScale(Pace::Instant)),
                    other => Err(E::unknown_variant(other, &["instant"])),
                }
            }
        }
        deserializer.deserialize_any(Written)
    }
}

/// Which vendor an account is with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Vendor {
    Tencent,
}

/// `[account.NAME]`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct AccountFile {
    pub(super) kind: Vendor,
    pub(super) secret_id: Option<Spanned<String>>,
    pub(super) secret_key: Option<String>,
    pub(super) uin: Option<u64>,
    pub(super) app_id: Option<u64>,
    pub(super) region: Spanned<String>,
    #[serde(default)]
    pub(super) network_account_type: NetworkAccount,
    /// In the account's currency; what costs money needs a positive one.
    #[serde(default = "plenty")]
    pub(super) balance: f64,
    #[serde(default)]
    pub(super) quotas: Quotas,
    /// Actions, or `service:*`, that the account's policy denies.
    #[serde(default)]
    pub(super) deny: Vec<String>,
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
        Self { eip: None, eip_daily: None, security_groups: 50, rules: 100, groups_per_instance: 5, snapshots: 64 }
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

/// A value that may be written once or as a list.
#[derive(Debug)]
pub(super) struct OneOrMany<T>(pub(super) Vec<T>);

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = OneOrMany<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table or a list of tables")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|one| OneOrMany(vec![one]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(OneOrMany)
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}

/// `network`: `"classic"`, or a table that names the private cloud.
#[derive(Debug)]
pub(super) enum NetworkFile {
    Classic,
    Vpc(VpcFile),
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct VpcFile {
    pub(super) vpc: Option<String>,
    pub(super) subnet: Option<String>,
}

impl Default for NetworkFile {
    fn default() -> Self {
        Self::Vpc(VpcFile::default())
    }
}

impl<'de> Deserialize<'de> for NetworkFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = NetworkFile;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"classic\", \"vpc\" or a table with `vpc` and `subnet`")
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<NetworkFile, E> {
                match value {
                    "classic" => Ok(NetworkFile::Classic),
                    "vpc" => Ok(NetworkFile::default()),
                    other => Err(E::unknown_variant(other, &["classic", "vpc"])),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<NetworkFile, A::Error> {
                VpcFile::deserialize(MapAccessDeserializer::new(map)).map(NetworkFile::Vpc)
            }
        }
        deserializer.deserialize_any(Written)
    }
}

/// `address`: `"none"`, `"eip"`, `"wan"`, or a table.
#[derive(Clone, Debug)]
pub(super) enum AddressFile {
    None,
    Some(AddressTable),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct AddressTable {
    #[serde(rename = "type")]
    pub(super) kind: AddressKind,
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
}

fn five() -> u32 {
    5
}

impl<'de> Deserialize<'de> for AddressFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = AddressFile;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"none\", \"eip\", \"wan\" or a table with `type`")
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<AddressFile, E> {
                let kind = match value {
                    "none" => return Ok(AddressFile::None),
                    "eip" => AddressKind::Eip,
                    "wan" => AddressKind::Wan,
                    other => return Err(E::unknown_variant(other, &["none", "eip", "wan"])),
                };
                Ok(AddressFile::Some(AddressTable {
                    kind,
                    ip: None,
                    bandwidth: five(),
                    charge_type: TrafficCharge::default(),
                    package: None,
                    blocked: false,
                    arrears: false,
                }))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<AddressFile, A::Error> {
                AddressTable::deserialize(MapAccessDeserializer::new(map)).map(AddressFile::Some)
            }
        }
        deserializer.deserialize_any(Written)
    }
}

/// `bandwidth`: Mbps, or a table that also says how it is paid.
#[derive(Clone, Copy, Debug)]
pub(super) struct BandwidthFile(pub(super) Bandwidth);

impl<'de> Deserialize<'de> for BandwidthFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = BandwidthFile;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of Mbps, or a table with `max-out` and `charge-type`")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<BandwidthFile, E> {
                let max_out = u32::try_from(value).map_err(|_| E::invalid_value(de::Unexpected::Signed(value), &self))?;
                Ok(BandwidthFile(Bandwidth { charge_type: TrafficCharge::default(), max_out }))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<BandwidthFile, A::Error> {
                Bandwidth::deserialize(MapAccessDeserializer::new(map)).map(BandwidthFile)
            }
        }
        deserializer.deserialize_any(Written)
    }
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
