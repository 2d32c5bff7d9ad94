//! What a step disrupts, and what it needs permission for.

use serde::{Deserialize, Serialize};

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
    /// Making a boot store name the disk that it lies on, where it names another.
    DiskIdentity,
    /// One attempt to log on, which counts against an account.
    LogOn,
    /// An interrupt that Windows cannot mask: it stops with an error.
    Nmi,
}

impl Guarded {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Reboot,
        Self::Spend,
        Self::StopService,
        Self::MovePort,
        Self::OfflineRepair,
        Self::FirewallOff,
        Self::OpenToWorld,
        Self::Weaken,
        Self::DiskIdentity,
        Self::LogOn,
        Self::Nmi,
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
            Self::DiskIdentity => "disk-identity",
            Self::LogOn => "logon",
            Self::Nmi => "nmi",
        }
    }

    /// The guard of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|guard| guard.name() == name)
    }
}
