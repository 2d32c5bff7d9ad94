//! What becomes of an action where Windows does not run and its disk is in somebody's hand.

use ipnet::IpNet;

use crate::action::kinds::{BootElement, FirewallProfile, KeyHolder, StartType, Switch};
use crate::guest::RegData;

/// What becomes of an action where Windows does not run and its disk is mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offline<'a> {
    /// It becomes this edit of the disk.
    Edit(DiskEdit<'a>),
    /// It is left out of plans, and becomes this edit where somebody asks for it.
    OnDemand(DiskEdit<'a>),
    /// What is done for each member in the end says it.
    Bound,
    /// It is left out: the next start brings it about, or makes it needless.
    Dropped,
    /// It cannot be done there.
    No,
}

impl Offline<'_> {
    /// Whether it becomes an edit of the disk.
    #[must_use]
    pub const fn is_written(self) -> bool {
        match self {
            Self::Edit(_) | Self::Bound => true,
            Self::OnDemand(_) | Self::Dropped | Self::No => false,
        }
    }
}

/// What is edited on a disk: in hives, in the boot store, in descriptors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskEdit<'a> {
    /// One registry value.
    Value {
        /// The key.
        key: &'a str,
        /// The value's name.
        name: &'a str,
        /// Its data; `None` takes it away.
        data: Option<&'a RegData>,
    },
    /// A registry key is taken away.
    NoKey {
        /// The key.
        key: &'a str,
    },
    /// How a service starts.
    ServiceStart {
        /// The service.
        service: &'a str,
        /// The start type.
        start: StartType,
    },
    /// Windows' own firewall rules for Remote Desktop are enabled.
    RemoteDesktopRules,
    /// Our firewall rule for a port is put there.
    FirewallRule {
        /// The port.
        port: u16,
        /// Sources; empty means any.
        sources: &'a [IpNet],
    },
    /// Our firewall rule for a port is taken away.
    NoFirewallRule {
        /// The port.
        port: u16,
    },
    /// A profile of the firewall is turned on or off.
    FirewallProfile {
        /// Which.
        profile: FirewallProfile,
        /// On or off.
        state: Switch,
    },
    /// An element of the boot entry is taken away.
    NoBootElement {
        /// Which.
        element: BootElement,
    },
    /// The emergency management console is turned on.
    SerialConsole,
    /// The boot menu is shown for so many seconds.
    BootMenu {
        /// How long it waits.
        seconds: u16,
    },
    /// The RDP key gets a healthy descriptor.
    KeyDescriptor {
        /// The key file's name.
        file: &'a str,
        /// Who else gets what the healthy ACL of this Windows gives.
        third: KeyHolder,
    },
    /// The RDP key is set aside.
    KeyAside {
        /// Its name.
        file: &'a str,
    },
    /// The boot store names the disk that it lies on.
    OwnDisk,
}
