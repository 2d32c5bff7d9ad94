//! Steps: idempotent changes and checks, as closed enums that every executor must know whole.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::facet::FacetId;
use crate::guest::RegData;
use crate::id::ResourceId;
pub use crate::proof::{SWITCH_MARKS, service_key};
use crate::rules::NewRule;

/// One idempotent change, with why, what it risks and how it is proved.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Step {
    /// The facet that wants it.
    pub facet: FacetId,
    /// What is done.
    pub action: Action,
    /// The value that is replaced, for people.
    pub before: String,
    /// The value that will stand, for people.
    pub after: String,
    /// Why, in one sentence.
    pub why: String,
    /// The founding document's step, such as `Tencent 3`.
    pub seed: String,
    /// What it disrupts at worst.
    pub disruption: Disruption,
    /// The guards that must allow it.
    pub guards: Vec<Guarded>,
    /// Whether the way back is known.
    pub reversible: bool,
    /// Guest checks that must hold before, or the plan is stale.
    pub expects: Vec<Check>,
}

/// What a step disrupts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disruption {
    /// Nothing.
    None,
    /// Takes effect with one restart of `TermService`: live sessions are disconnected and may be resumed.
    RestartsRdp,
    /// Takes effect with one reboot.
    Reboots,
}

/// What needs permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guarded {
    /// A reboot.
    Reboot,
    /// Money.
    Spend,
    /// Stopping a service that owns the port.
    StopService,
    /// Moving RDP to another port.
    MovePort,
    /// Repair of a disk mounted elsewhere.
    OfflineRepair,
    /// Turning the firewall off.
    FirewallOff,
    /// Opening the port to every address on the internet.
    OpenToWorld,
    /// Making something weaker than it was: old TLS, no NLA.
    Weaken,
}

impl Guarded {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Reboot,
        Self::Spend,
        Self::StopService,
        Self::MovePort,
        Self::OfflineRepair,
        Self::FirewallOff,
        Self::OpenToWorld,
        Self::Weaken,
    ];

    /// The key that users write in `[guard]` and after `--allow`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reboot => "reboot",
            Self::Spend => "spend",
            Self::StopService => "stop-service",
            Self::MovePort => "move-port",
            Self::OfflineRepair => "offline-repair",
            Self::FirewallOff => "firewall-off",
            Self::OpenToWorld => "open-to-world",
            Self::Weaken => "weaken",
        }
    }

    /// The guard of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|guard| guard.name() == name)
    }
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Through the cloud's API.
    Cloud(CloudAction),
    /// Inside Windows, through a channel.
    Guest(GuestAction),
    /// Looks again where nothing could be seen, then lets the named facets decide.
    Observe {
        /// The facets that it will decide.
        facets: Vec<FacetId>,
    },
    /// An RDP handshake from outside.
    Prove {
        /// The port to try.
        port: u16,
    },
}

/// A change through the cloud's API, addressed by the instance or the named object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum CloudAction {
    /// Starts the instance.
    Start,
    /// Obtains an elastic address, marked as ours; a free one of ours is reused.
    AllocateAddress {
        /// Its bandwidth.
        mbps: u32,
    },
    /// Binds the address obtained just before, or ours that is free.
    AssociateAddress,
    /// Turns the ordinary address into an elastic one, keeping its number.
    TransformAddress,
    /// Sets the bandwidth of the elastic address.
    SetAddressBandwidth {
        /// Mbps.
        mbps: u32,
    },
    /// Sets the bandwidth of the instance.
    SetInstanceBandwidth {
        /// Mbps.
        mbps: u32,
    },
    /// Inserts one accept rule into a rule set at a version.
    OpenDoor {
        /// The group.
        rule_set: ResourceId,
        /// The version on which the index rests.
        version: String,
        /// The rule.
        rule: NewRule,
        /// How many instances are bound to the group, where known.
        affects: Option<u32>,
    },
    /// Removes the rule that we own.
    CloseDoor {
        /// The group.
        rule_set: ResourceId,
        /// The version on which the index rests.
        version: String,
        /// The rule.
        rule: NewRule,
    },
    /// Copies the system disk before the first risky step.
    SnapshotSystemDisk,
    /// Reboots through the API.
    Reboot,
    /// Gives an address back that rdpctl obtained.
    ReleaseAddress {
        /// The address.
        address: ResourceId,
    },
}

/// A change inside Windows. A closed set: the only things that rdpctl can do to a guest.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum GuestAction {
    /// Writes one registry value.
    SetRegistry {
        /// The key, `HKLM\…`.
        key: String,
        /// The value's name.
        name: String,
        /// Its data.
        data: RegData,
    },
    /// Deletes one registry value.
    DeleteRegistryValue {
        /// The key.
        key: String,
        /// The value's name.
        name: String,
    },
    /// Deletes a key with all below it, after exporting it.
    DeleteRegistryKey {
        /// The key.
        key: String,
    },
    /// Sets a service's start type.
    SetServiceStart {
        /// The service.
        service: String,
        /// The start type.
        start: StartType,
    },
    /// Starts a service and waits until it runs.
    StartService {
        /// The service.
        service: String,
    },
    /// Stops a service with what depends on it.
    StopService {
        /// The service.
        service: String,
    },
    /// Restarts Remote Desktop: `UmRdpService` and `TermService`, and `SessionEnv` first when a certificate is due.
    RestartRdp {
        /// Whether `SessionEnv` is restarted too.
        session_env: bool,
    },
    /// Enables Windows' own rule group for Remote Desktop.
    EnableRemoteDesktopRules,
    /// Adds our own allow rule for a port, TCP and UDP, twins removed first.
    AddFirewallRule {
        /// The port.
        port: u16,
        /// Sources; empty means any.
        sources: Vec<IpNet>,
    },
    /// Deletes our own rule for a port.
    DeleteFirewallRule {
        /// The port.
        port: u16,
    },
    /// Turns one firewall profile on or off.
    SetFirewallProfile {
        /// Which.
        profile: FirewallProfile,
        /// On or off.
        state: Switch,
    },
    /// Deletes an element of the current boot entry.
    DeleteBootElement {
        /// `safeboot` or `safebootalternateshell`.
        element: BootElement,
    },
    /// Turns the emergency management console on: EMS, port and speed.
    EnableSerialConsole,
    /// Repairs the RDP key's ACL by SID, saving the ACL before and after.
    RepairKeyAcl {
        /// The key file's name.
        file: String,
        /// Who else gets what the healthy ACL of this Windows gives.
        third: KeyHolder,
        /// Whether taking ownership comes first, because reading was denied.
        take_ownership: bool,
        /// Whether the folder's own ACL is repaired along.
        folder: bool,
    },
    /// Renames an unusable RDP key file so that Windows makes a new one.
    RetireKey {
        /// The key file's name.
        file: String,
    },
    /// Keeps group policy from being applied from the next boot on, by its service's start type.
    HoldGroupPolicy,
    /// Lets group policy be applied again, and starts its service.
    ResumeGroupPolicy,
    /// Refreshes group policy now, and looks whether what was set before still stands.
    RefreshPolicy {
        /// What a policy must not have put back.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        keeps: Vec<Check>,
    },
    /// Reboots once; a nonce proves it.
    Reboot,
    /// Arms a scheduled task that restores values unless it is disarmed in time.
    ArmDeadMansSwitch {
        /// Minutes until it fires.
        minutes: u32,
        /// What it restores.
        restore: Vec<GuestAction>,
    },
    /// Removes that task.
    DisarmDeadMansSwitch,
    /// Removes a switch that an earlier run left, armed or fired, with its marks.
    ClearDeadMansSwitch,
    /// Lets `WinRM` answer: service, listener, firewall rule for these sources.
    BootstrapWinrm {
        /// Who may connect; empty means any.
        sources: Vec<IpNet>,
    },
}

/// A service's start type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StartType {
    /// 0
    Boot,
    /// 1
    System,
    /// 2
    Auto,
    /// 3
    Manual,
    /// 4
    Disabled,
}

impl StartType {
    /// The number in the registry.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::Boot => 0,
            Self::System => 1,
            Self::Auto => 2,
            Self::Manual => 3,
            Self::Disabled => 4,
        }
    }

    /// The start type of that number.
    #[must_use]
    pub const fn from_number(number: u32) -> Option<Self> {
        match number {
            0 => Some(Self::Boot),
            1 => Some(Self::System),
            2 => Some(Self::Auto),
            3 => Some(Self::Manual),
            4 => Some(Self::Disabled),
            _ => None,
        }
    }

    /// The word for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Boot => "boot",
            Self::System => "system",
            Self::Auto => "auto",
            Self::Manual => "manual",
            Self::Disabled => "disabled",
        }
    }
}

/// The three firewall profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FirewallProfile {
    /// Domain networks.
    Domain,
    /// Private networks.
    Private,
    /// Public networks.
    Public,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// An element of a boot entry that keeps Windows from normal startup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BootElement {
    /// `safeboot`
    Safeboot,
    /// `safebootalternateshell`
    SafebootAlternateShell,
}

/// The third holder of the RDP key besides SYSTEM and NETWORK SERVICE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyHolder {
    /// Builds from 17763: the service `SessionEnv`, full access.
    SessionEnv,
    /// Older builds: Administrators, read.
    Administrators,
}

/// A fact about a guest that can be read back.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "check")]
pub enum Check {
    /// A registry value has this data, or is absent.
    Registry {
        /// The key.
        key: String,
        /// The value's name.
        name: String,
        /// The data; `None` means absent.
        data: Option<RegData>,
    },
    /// A registry key is absent.
    KeyAbsent {
        /// The key.
        key: String,
    },
    /// A service is in this state.
    Service {
        /// The service.
        service: String,
        /// Whether it runs.
        running: bool,
    },
}

/// A step's addressee.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Target {
    /// The cloud's id of the instance.
    pub id: ResourceId,
    /// Where the guest is reached, when not through the cloud.
    pub address: Option<IpAddr>,
}
