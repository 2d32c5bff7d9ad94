//! What users declare, after validation and without the facets' own desired values.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use serde::Serialize;

use crate::account::Account;
pub use crate::account::ProviderKind;
use crate::facet::FacetId;
use crate::gap::Gap;
pub use crate::guards::{GuardAnswer, GuardKey, Guards, MaintenanceWindow, Share};
use crate::guest::ChannelKind;
use crate::host::Host;
use crate::id::{FleetName, InstanceName, ProfileName, ProviderName, ResourceId};
use crate::mending::OfflineWish;
pub use crate::mending::{SnapshotFirst, SnapshotWish};
use crate::secret::SecretRef;
use crate::webhook::Webhook;

/// A `[provider.NAME]` table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Provider {
    /// Its name.
    pub name: ProviderName,
    /// Whose account it is, and as whom it is asked.
    pub account: Account,
    /// Why it is not asked at all, where what it asks for was not granted. No part of what was declared.
    #[serde(skip)]
    pub closed: Option<Gap>,
}

impl Provider {
    /// Which vendor.
    #[must_use]
    pub const fn kind(&self) -> ProviderKind {
        self.account.kind()
    }
}

/// An `[instance.NAME]` table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Instance {
    /// Its name.
    pub name: InstanceName,
    /// Its provider.
    pub provider: ProviderName,
    /// The vendor's id, or the host's address for a static provider.
    pub id: ResourceId,
    /// Its desired state.
    pub profile: ProfileName,
    /// The way into its guest; instances with the same share it.
    pub guest: Arc<GuestAccess>,
    /// Whether its system disk is copied before something risky.
    pub snapshot: SnapshotWish,
    /// Why neither its guest nor its port is touched, where that was not granted. No part of what was declared.
    #[serde(skip)]
    pub closed: Option<Gap>,
}

/// A `[fleet.NAME]` table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fleet {
    /// Its name.
    pub name: FleetName,
    /// Its provider.
    pub provider: ProviderName,
    /// Which instances belong to it.
    pub select: Selector,
    /// Their desired state.
    pub profile: ProfileName,
    /// The way into their guests.
    pub guest: Arc<GuestAccess>,
    /// Whether their system disks are copied before something risky.
    pub snapshot: SnapshotWish,
    /// Why neither their guests nor their ports are touched, where that was not granted.
    #[serde(skip)]
    pub closed: Option<Gap>,
}

/// Which of a provider's instances are meant; all conditions must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Selector {
    /// Tags with their values.
    pub tags: BTreeMap<String, String>,
    /// Names, with `*` for any run of characters.
    pub names: Vec<String>,
    /// The resource group (Azure).
    pub resource_group: Option<String>,
}

/// The way into a guest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GuestAccess {
    /// Channels in order of preference; empty means that the guest is not looked into.
    pub via: Vec<ChannelKind>,
    /// Where it is met, where no cloud says that. Its id says the same for people.
    #[serde(skip)]
    pub host: Option<Host>,
    /// The account for channels that log on.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<SecretRef>,
    /// How `WinRM` is spoken.
    pub winrm: Winrm,
    /// Where its serial port leads to, where no cloud has a console for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial: Option<SerialLine>,
    /// The machine's system disk, where it is in the hand: then `offline` stands last among the channels, for when no
    /// other answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk: Option<std::path::PathBuf>,
    /// Which Windows on that disk, counted from 1, where it has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installation: Option<usize>,
    /// Whether a disk that a cloud holds is repaired where nothing else answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offline: Option<OfflineWish>,
    /// The log-on that is to be proved, where one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<LogOnProof>,
    /// Channels that are not used, since what they need was not granted. No part of what was declared.
    #[serde(skip)]
    pub closed: BTreeMap<ChannelKind, Gap>,
}

/// Where a machine's serial port leads to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SerialLine {
    /// To a socket of this machine, as hypervisors offer.
    Unix(std::path::PathBuf),
    /// To a serial port of this machine.
    Device(std::path::PathBuf),
    /// To a port of the network, in clear.
    Tcp {
        /// Name or address.
        host: String,
        /// Port.
        port: u16,
    },
}

impl std::fmt::Display for SerialLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Device(path) => write!(f, "device:{}", path.display()),
            Self::Tcp { host, port } => write!(f, "tcp:{host}:{port}"),
        }
    }
}

/// `proof = { logon = { user, password } }`: one log-on up to where the password would be handed over.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogOnProof {
    /// The account, local to the machine.
    pub user: String,
    /// Its password; none where what it needs was not granted.
    pub password: Option<SecretRef>,
    /// Whether it may be the built-in administrator, whom a lock-out hurts most.
    pub even_administrator: bool,
    /// Why it is not tried, where that was not granted. No part of what was declared.
    #[serde(skip)]
    pub closed: Option<Gap>,
}

/// How `WinRM` is spoken with a guest.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Winrm {
    /// One URL in place of the address and the default port.
    pub endpoint: Option<String>,
    /// Over TLS and in no other way, or without it; where nothing is said, TLS wins if it answers.
    pub tls: Option<bool>,
    /// Where a sealed log-on may cross plain HTTP.
    pub plain: PlainHttp,
    /// The port, when not the default.
    pub port: Option<u16>,
    /// How to log on.
    pub auth: WinrmAuth,
    /// A file of certificates to trust.
    pub ca_file: Option<std::path::PathBuf>,
    /// The SHA-256 of the one certificate to trust.
    pub pin_sha256: Option<String>,
    /// The client certificate and its key, for certificate log-on.
    pub client_certificate: Option<(std::path::PathBuf, std::path::PathBuf)>,
    /// Whether `WinRM` may be set up through run-command when it does not answer.
    pub bootstrap: bool,
}

/// Where a sealed log-on may cross plain HTTP, judged by the address that is dialled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlainHttp {
    /// Towards addresses that are nobody's on the internet.
    #[default]
    Private,
    /// Towards any address.
    Anywhere,
    /// Nowhere.
    Never,
}

impl Winrm {
    /// Whether what is declared has a meaning over TLS alone, or asks for it.
    #[must_use]
    pub const fn demands_tls(&self) -> bool {
        match self.tls {
            Some(tls) => tls,
            None => {
                self.pin_sha256.is_some()
                    || self.ca_file.is_some()
                    || matches!(self.plain, PlainHttp::Never)
                    || matches!(self.auth, WinrmAuth::Basic | WinrmAuth::Certificate)
            }
        }
    }
}

/// How to log on over `WinRM`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WinrmAuth {
    /// NTLM with message encryption.
    #[default]
    Ntlm,
    /// Basic, over TLS only.
    Basic,
    /// A client certificate, over TLS only.
    Certificate,
    /// Kerberos.
    Kerberos,
}

/// The `[run]` table: how the continuous loop goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Looping {
    /// What it does about what differs.
    pub mode: Mode,
    /// Whom it tells what turns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub webhooks: Vec<Webhook>,
    /// Why it only looks, where more was declared and not granted. No part of what was declared.
    #[serde(skip)]
    pub closed: Option<Gap>,
}

/// A `[page]` table: how the page of the loop is reached by others than this machine, and by which clock it tells time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PageAt {
    /// Its address: `https://` and a host, perhaps with a port, and no path.
    pub url: Option<String>,
    /// Networks from which a proxy may speak for others.
    pub proxies: Vec<IpNet>,
    /// The header in which such a proxy names who it is that asks.
    pub user_header: Option<String>,
    /// The clock by which times are told to whoever says no other.
    pub timezone: Option<String>,
    /// Why nothing but the clock counts, where that is so. No part of what was declared.
    #[serde(skip)]
    pub closed: Option<Gap>,
}

/// What the continuous loop does about what differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// It tells.
    #[default]
    Detect,
    /// It mends what the guards allow, and leaves the rest for a person.
    Enforce,
}

/// An `[[accept]]` table: drift that somebody has taken responsibility for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Accept {
    /// The instance or fleet.
    pub instance: String,
    /// The facet; none means all.
    pub facet: Option<FacetId>,
    /// Why.
    pub reason: String,
    /// Who takes responsibility, where somebody is named.
    pub owner: Option<String>,
    /// Until when.
    pub until: Option<jiff::civil::Date>,
}

impl Instance {
    /// Says where a host without a cloud is met: its id tells it to people, and its way in to whoever dials.
    pub fn is_met_at(&mut self, host: &str) {
        self.id = ResourceId::new(host);
        Arc::make_mut(&mut self.guest).host = Some(Host::of(host));
    }
}

impl Fleet {
    /// One of its members, as if it were declared by itself.
    #[must_use]
    pub fn member(&self, name: InstanceName, id: ResourceId) -> Instance {
        Instance {
            name,
            provider: self.provider.clone(),
            id,
            profile: self.profile.clone(),
            guest: Arc::clone(&self.guest),
            snapshot: self.snapshot,
            closed: self.closed.clone(),
        }
    }
}

impl GuestAccess {
    /// Whether anything of it lies in a file of this machine, or is reached by one.
    #[must_use]
    pub const fn names_files(&self) -> bool {
        self.password.is_some()
            || self.serial.is_some()
            || self.disk.is_some()
            || self.winrm.ca_file.is_some()
            || self.winrm.client_certificate.is_some()
    }
}

impl Default for GuestAccess {
    /// The cloud's own agent: it needs no password and no open port.
    fn default() -> Self {
        Self {
            via: vec![ChannelKind::RunCommand],
            host: None,
            user: None,
            password: None,
            winrm: Winrm::default(),
            serial: None,
            disk: None,
            installation: None,
            offline: None,
            proof: None,
            closed: BTreeMap::new(),
        }
    }
}

/// How long a run waits for what, unless told otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For an instance to start or reboot.
    pub boot: Duration,
    /// For one batch of guest commands.
    pub guest: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { boot: Duration::from_mins(10), guest: Duration::from_mins(2) }
    }
}
