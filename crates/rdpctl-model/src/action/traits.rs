//! What can be said of an action. The table itself says it of each.

use ipnet::IpNet;

use super::Check;
use super::check::{RulesAre, RulesOf};
use super::kinds::{FirewallProfile, Setting, StartType, Switch};
use crate::guest::RegData;

mod cloud;
mod offline;
mod table;

pub use offline::{DiskEdit, Offline};

/// What an action is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traits<'a> {
    /// Who carries it out.
    pub through: Through,
    /// When it is done, among the steps of one machine.
    pub phase: Phase,
    /// What it restarts.
    pub restarts: Restarts,
    /// Which ways in may be closed once it is done.
    pub may_close: Ways,
    /// What it means for whoever stands outside.
    pub security: Security<'a>,
    /// What it does to the port on which RDP listens.
    pub port: Port,
    /// Whether a way back must be made first.
    pub risk: Risk,
    /// Whether something may follow it in the same batch of commands.
    pub batch: Batch,
    /// What seeing its end state beforehand means.
    pub seen_before: SeenBefore,
    /// What is read back of it, and proves it.
    pub reads: Reads<'a>,
    /// What becomes of it where Windows does not run and its disk is mounted.
    pub offline: Offline<'a>,
    /// On what it acts.
    pub owner: Owner,
    /// What doing it twice would do.
    pub twice: Twice,
    /// What it sets.
    pub sets: Sets<'a>,
    /// Whether a group policy may put back what it set.
    pub policy: Policy,
    /// What an earlier step must have made for it.
    pub uses: Thing,
    /// What it makes for later steps.
    pub makes: Thing,
    /// How long it takes, in seconds, roughly.
    pub seconds: u64,
    /// What it costs.
    pub money: Money,
}

/// Who carries an action out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Through {
    /// The cloud's API.
    Cloud,
    /// A channel into the guest.
    Guest,
    /// A look at the guest.
    Look,
    /// A handshake from outside.
    Proof,
    /// A log-on from outside.
    LogOn,
}

impl Through {
    /// Whether it changes something, rather than look at it.
    #[must_use]
    pub const fn changes(self) -> bool {
        match self {
            // It moves counters and writes events.
            Self::Cloud | Self::Guest | Self::LogOn => true,
            Self::Look | Self::Proof => false,
        }
    }
}

/// When an action is done, among the steps of one machine. What is not bound by a need still runs side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The machine starts.
    Start,
    /// A way back is made.
    Save,
    /// What an earlier run left is removed.
    Clear,
    /// A dead man's switch is armed.
    Arm,
    /// Group policy is held.
    Hold,
    /// A door opens.
    Open,
    /// Something is changed.
    Change,
    /// A wall goes up.
    Wall,
    /// What was changed is put into force.
    Restart,
    /// Group policy is let back.
    Resume,
    /// Group policy is applied.
    Refresh,
    /// The guest is looked at.
    Look,
    /// The end is proved from outside.
    Prove,
    /// A former door is closed, now that the new one is proved.
    CloseFormer,
    /// The dead man's switch is disarmed.
    Disarm,
}

/// What an action restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restarts {
    /// Nothing.
    Nothing,
    /// `TermService`, and `SessionEnv` before it where a certificate is due.
    Rdp {
        /// Whether `SessionEnv` is restarted too.
        session_env: bool,
    },
    /// Windows.
    Windows,
}

/// Which ways into the guest an action may close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ways {
    /// None.
    None,
    /// Whatever comes over the guest's network: RDP, and `WinRM` beside it.
    Network,
    /// The very connection over which `WinRM` is told to do it.
    Winrm,
}

/// What an action means for whoever stands outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security<'a> {
    /// Nothing.
    Neutral,
    /// Lets somebody in who was kept out.
    Opens(Barrier<'a>),
    /// Keeps somebody out who was let in.
    Closes(Barrier<'a>),
    /// The one or the other, by what is declared; the facet says so with the guard `weaken`.
    AsDeclared,
}

/// What stands between the outside and the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barrier<'a> {
    /// A port in the cloud's rules.
    CloudPort {
        /// The port.
        port: u16,
        /// Who is let in.
        sources: &'a [IpNet],
    },
    /// The lack of a public address.
    PublicAddress,
    /// Windows' refusal of remote connections.
    RemoteConnections,
    /// Windows' firewall as a whole.
    Firewall,
    /// Windows' firewall for RDP.
    FirewallRdp,
    /// A port in Windows' firewall.
    FirewallPort {
        /// The port.
        port: u16,
    },
    /// `WinRM`.
    Winrm {
        /// Who is let in; empty means anybody.
        sources: &'a [IpNet],
    },
    /// The list of those who may read the RDP key.
    RdpKey,
}

/// What an action does to the port on which RDP listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// Nothing.
    Stays,
    /// Moves RDP to another one.
    Moves,
    /// Takes it from somebody who stood in the way.
    Frees,
}

/// Whether a way back must be made first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Risk {
    /// No.
    Low,
    /// The founding document asks for a snapshot of the system disk first.
    SnapshotFirst,
}

/// Whether something may follow an action in the same batch of commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    /// Yes.
    GoesOn,
    /// No: nobody is there to go on.
    Ends,
}

/// What seeing an action's end state beforehand means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeenBefore {
    /// Nothing is left to do.
    Done,
    /// Nothing: a restart leaves a service as it found it, and a running service is only one part of a way in.
    Nothing,
}

/// What is read back of an action, and proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads<'a> {
    /// Nothing: it only looks.
    Nothing,
    /// Whoever carries it out asks for its end itself: a vendor's answer, a file that must be gone, a task that must be
    /// there, a boot that must be another one.
    ByItself,
    /// What is done for each member in the end says it.
    Bound,
    /// One registry value.
    Value {
        /// The key.
        key: &'a str,
        /// The value's name.
        name: &'a str,
        /// Its data; `None` means that it is absent.
        data: Option<&'a RegData>,
    },
    /// That a registry key is absent.
    NoKey {
        /// The key.
        key: &'a str,
    },
    /// How a service starts.
    Start {
        /// The service.
        service: &'a str,
        /// The start type.
        start: StartType,
    },
    /// Whether a service runs.
    Run {
        /// The service.
        service: &'a str,
        /// Whether it is on.
        state: Switch,
    },
    /// What is to stand yet, of all that was set before.
    Kept(&'a [Check]),
    /// That a registry key is there.
    Key {
        /// The key.
        key: &'a str,
    },
    /// Rules of Windows' firewall.
    Rules {
        /// Whose.
        of: RulesOf,
        /// What is to be seen of them.
        are: RulesAre,
    },
    /// An element of the boot entry that starts by default.
    BootElement {
        /// Its number.
        element: &'a str,
        /// Its bytes; `None` means that it is absent.
        bytes: Option<&'a [u8]>,
    },
    /// A boot menu on the serial console.
    BootMenu {
        /// How long it waits.
        seconds: u16,
    },
    /// That those who must can read a key file.
    KeyReadable {
        /// The file's name.
        file: &'a str,
    },
}

/// On what an action acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// On the machine alone.
    Machine,
    /// On something that other machines may share, and which is edited once for all of them.
    Shared,
}

/// What doing an action twice would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twice {
    /// Nothing more than doing it once.
    Harmless,
    /// Obtain a second thing that costs money, unless it is repeated under the token of the first time.
    Buys,
}

/// What an action sets, by which two steps are known to speak of the same thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sets<'a> {
    /// One registry value.
    Value {
        /// The key.
        key: &'a str,
        /// The value's name.
        name: &'a str,
        /// What it is for.
        setting: Setting,
    },
    /// A registry key.
    Key {
        /// What it is for.
        setting: Setting,
    },
    /// How a service starts.
    ServiceStart {
        /// The service.
        service: &'a str,
    },
    /// Whether a service runs.
    ServiceRun {
        /// The service.
        service: &'a str,
    },
    /// Whether a profile of Windows' firewall is on.
    FirewallProfile {
        /// Which.
        profile: FirewallProfile,
        /// On or off.
        state: Switch,
    },
    /// Something that no other action sets.
    Other,
}

/// Whether a group policy may put back what an action set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// No policy speaks of it.
    Indifferent,
    /// It may, at its next refresh.
    MayRevert,
}

/// What a step makes for another of the same machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// Nothing.
    Nothing,
    /// An address that is not bound yet.
    FreeAddress,
    /// An address of the machine.
    BoundAddress,
}

/// What an action costs, where its guard says that it costs at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Money {
    /// Nothing of its own.
    Nothing,
    /// A stopped instance is charged again.
    Instance,
    /// An address.
    Address,
    /// Bandwidth by time.
    Bandwidth,
    /// A snapshot.
    Snapshot,
}

#[cfg(test)]
mod tests;
