//! What the inside of Windows says: registry, services, sockets, firewall rules, ACLs, events.
//!
//! Facts as parsed from native commands; no judgement. Names compare as Windows compares them: without case.

mod closely;
mod logged_on;
mod on_disk;
mod policies;
mod reg_data;
pub mod remains;

pub use closely::{Closely, WORKSTATION};
pub use logged_on::{LoggedOn, Presence};
pub use on_disk::{BootNames, KeyMend};
pub use policies::{Enforced, EnforcedStart, OwnPolicy, Policies, Somewhere};
pub use reg_data::RegData;
pub use remains::Left;

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::gap::Gap;
use crate::local::Accounts;

/// Which way into the guest an answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelKind {
    /// The cloud's agent.
    RunCommand,
    /// WS-Management.
    Winrm,
    /// The serial console.
    Serial,
    /// The disk, mounted elsewhere.
    Offline,
}

/// What a channel is. Whoever asks a question about channels reads it here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// The name that users write.
    pub name: &'static str,
    /// What it goes through.
    pub through: Through,
    /// Whether somebody logs on.
    pub log_on: LogOn,
    /// As whom commands run.
    pub runs_as: RunsAs,
}

/// What a channel goes through to get into a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Through {
    /// The cloud's agent, which has to be there and to answer.
    Agent,
    /// The guest's own network, as RDP does: what closes that closes this.
    Network,
    /// The machine's console.
    Console,
    /// Its disk, while nothing runs from it.
    Disk,
}

/// Whether somebody logs on to a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogOn {
    /// Nobody.
    Nobody,
    /// A declared account, in the way that is declared.
    AsDeclared,
    /// A declared account with its password.
    Account,
}

/// As whom commands run in a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunsAs {
    /// SYSTEM.
    System,
    /// The account that logged on.
    Account,
}

impl ChannelKind {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::RunCommand, Self::Winrm, Self::Serial, Self::Offline];

    /// What it is, said once.
    #[must_use]
    pub const fn way(self) -> Way {
        let (name, through, log_on, runs_as) = match self {
            Self::RunCommand => ("run-command", Through::Agent, LogOn::Nobody, RunsAs::System),
            Self::Winrm => ("winrm", Through::Network, LogOn::AsDeclared, RunsAs::Account),
            // A console session of whoever logs on there.
            Self::Serial => ("serial", Through::Console, LogOn::Account, RunsAs::Account),
            Self::Offline => ("offline", Through::Disk, LogOn::Nobody, RunsAs::System),
        };
        Way { name, through, log_on, runs_as }
    }

    /// The name that users write.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.way().name
    }

    /// Whether it survives whatever the guest's network does.
    #[must_use]
    pub const fn is_independent(self) -> bool {
        match self.way().through {
            Through::Agent | Through::Console | Through::Disk => true,
            Through::Network => false,
        }
    }

    /// The channel of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl std::fmt::Display for ChannelKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// All guest facts of one survey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestSurvey {
    /// Through which channel.
    pub via: ChannelKind,
    /// Channels that stand before it in the declared order and did not answer, with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<(ChannelKind, Gap)>,
    /// The part of the registry that was asked for.
    pub registry: Registry,
    /// Running state by service name (lower case).
    pub services: BTreeMap<String, Answer<ServiceState>>,
    /// Listening sockets.
    pub listeners: Answer<Vec<Listener>>,
    /// Addresses from which somebody is connected to `WinRM`, as the guest sees them; looked for where we came that way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub callers: Vec<IpAddr>,
    /// Processes with the services that they host.
    pub processes: Answer<Vec<Process>>,
    /// Firewall rule strings by rule id, as far as they may concern RDP and `WinRM`.
    pub firewall_rules: Answer<BTreeMap<String, String>>,
    /// The DACL of the `MachineKeys` folder, as SDDL; empty where there is no such folder.
    pub acl_folder: Answer<String>,
    /// File name and DACL of each RDP key file.
    pub acl_keys: Answer<Vec<(String, String)>>,
    /// How a list of them that is wrong can be mended there.
    #[serde(default, skip_serializing_if = "KeyMend::is_usual")]
    pub key_mend: KeyMend,
    /// When the guest booted, by its own log (RFC 3339), with the event's record id.
    pub booted: Answer<(String, u64)>,
    /// The boot nonce, if one is set.
    pub boot_nonce: Answer<Option<String>>,
    /// Recent events that concern RDP, newest first.
    pub events: Answer<Vec<Event>>,
    /// Purposes of which there were as many events as were asked for, so that there may be more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub floods: Vec<String>,
    /// Whether the machine has a policy file of its own, which tells whether it is worth asking what policies write.
    #[serde(default = "not_asked", skip_serializing_if = "is_not_asked")]
    pub own_policy: Answer<OwnPolicy>,
    /// Registry values that policies write again at every refresh; asked for only where it matters.
    #[serde(default = "not_asked", skip_serializing_if = "is_not_asked")]
    pub policies: Answer<Policies>,
    /// Which disk the boot store names; seen on disks alone, for a Windows that runs was started from its own.
    #[serde(default = "not_asked", skip_serializing_if = "is_not_asked")]
    pub boot_names: Answer<BootNames>,
    /// Who holds the rights to log on and their denials, by the right's name: SIDs behind an asterisk, or names; asked
    /// for only where it matters.
    #[serde(default = "not_asked", skip_serializing_if = "is_not_asked")]
    pub rights: Answer<BTreeMap<String, Vec<String>>>,
    /// The local accounts and groups; asked for only where they matter.
    #[serde(default = "not_asked", skip_serializing_if = "is_not_asked")]
    pub accounts: Answer<Accounts>,
    /// How many days the Session Host role still works without a licence server; asked for only where that matters.
    #[serde(default = "not_asked", skip_serializing_if = "is_not_asked")]
    pub grace: Answer<u32>,
    /// Which of our own attempts to log on it refused lately, newest first; asked for only where a log-on is declared.
    #[serde(default = "not_asked", skip_serializing_if = "is_not_asked")]
    pub refusals: Answer<Vec<Event>>,
    /// What earlier runs left there; asked for by channels into a Windows that runs.
    #[serde(default = "not_asked", skip_serializing_if = "is_not_asked")]
    pub left: Answer<Left>,
    /// Who is logged on; asked for by channels into a Windows that runs, and not every Windows can tell.
    #[serde(default = "not_asked", skip_serializing_if = "is_not_asked")]
    pub sessions: Answer<Vec<LoggedOn>>,
    /// The SHA-256 of the certificate that `WinRM`'s listener for TLS names, in hexadecimal; none where none is named.
    #[serde(default = "not_asked", skip_serializing_if = "is_not_asked")]
    pub winrm_certificate: Answer<Option<String>>,
}

/// What a survey of a former rdpctl says of a question that it did not know.
const fn not_asked<T>() -> Answer<T> {
    Err(Gap::NotAsked)
}

fn is_not_asked<T>(answer: &Answer<T>) -> bool {
    matches!(answer, Err(Gap::NotAsked))
}

/// An answer, or why there is none.
pub type Answer<T> = Result<T, Gap>;

/// The asked part of a registry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registry {
    /// By key path in lower case, `hklm\…`.
    pub keys: BTreeMap<String, KeyAnswer>,
}

/// What came of asking for one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyAnswer {
    /// It exists, with these values by lower-case name.
    Present(BTreeMap<String, RegData>),
    /// Only one value was asked for, under its lower-case name.
    Value(String, Option<RegData>),
    /// It does not exist.
    Absent,
    /// It was asked for, and there is no usable answer.
    Gap(Gap),
}

/// The running state of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ServiceState {
    /// What it does now.
    pub run: RunState,
    /// The process that hosts it; 0 when none does.
    pub pid: u32,
    /// Its last Win32 exit code.
    pub win32_exit: u32,
    /// How far a start or stop has come, while one is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
}

/// A start or stop under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pending {
    /// What the service counts up while it makes progress.
    pub checkpoint: u32,
    /// How long it asked to be waited for, in milliseconds.
    pub hint: u32,
    /// Whether a second look, after that time, found it where it was.
    #[serde(default)]
    pub stalled: bool,
}

/// The seven states of a service, and its absence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// 1
    Stopped,
    /// 2
    StartPending,
    /// 3
    StopPending,
    /// 4
    Running,
    /// 5
    ContinuePending,
    /// 6
    PausePending,
    /// 7
    Paused,
    /// Exit code 1060: no such service.
    NotInstalled,
}

/// A listening TCP socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Listener {
    /// The local address.
    pub address: IpAddr,
    /// The local port.
    pub port: u16,
    /// The owner.
    pub pid: u32,
}

/// A process.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Process {
    /// The image's name; untrusted text.
    pub image: String,
    /// Its id.
    pub pid: u32,
    /// The services that it hosts.
    pub services: Vec<String>,
}

/// One event of Windows' event log, without its translated text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Event {
    /// The provider's name.
    pub provider: String,
    /// The event's id.
    pub id: u32,
    /// When, as the guest's clock said (RFC 3339).
    pub time: String,
    /// Named or positional data; untrusted text.
    pub data: Vec<(String, String)>,
}

impl Registry {
    /// Whether the key is there.
    pub fn key(&self, path: &str) -> Answer<Option<&BTreeMap<String, RegData>>> {
        match self.keys.get(&path.to_ascii_lowercase()) {
            None | Some(KeyAnswer::Value(..)) => Err(Gap::NotAsked),
            Some(KeyAnswer::Absent) => Ok(None),
            Some(KeyAnswer::Present(values)) => Ok(Some(values)),
            Some(KeyAnswer::Gap(gap)) => Err(gap.clone()),
        }
    }

    /// One value; `None` when the key or the value is absent.
    pub fn value(&self, path: &str, name: &str) -> Answer<Option<&RegData>> {
        let name = name.to_ascii_lowercase();
        match self.keys.get(&path.to_ascii_lowercase()) {
            None => Err(Gap::NotAsked),
            Some(KeyAnswer::Absent) => Ok(None),
            Some(KeyAnswer::Present(values)) => Ok(values.get(&name)),
            Some(KeyAnswer::Value(asked, data)) if *asked == name => Ok(data.as_ref()),
            Some(KeyAnswer::Value(..)) => Err(Gap::NotAsked),
            Some(KeyAnswer::Gap(gap)) => Err(gap.clone()),
        }
    }

    /// A number; another type under that name is a garbled answer.
    pub fn dword(&self, path: &str, name: &str) -> Answer<Option<u32>> {
        match self.value(path, name)? {
            None => Ok(None),
            Some(RegData::Dword(number)) => Ok(Some(*number)),
            Some(_) => Err(Gap::garbled(say::no_dword(format!("{path}\\{name}")))),
        }
    }

    /// A text, expandable or not.
    pub fn text(&self, path: &str, name: &str) -> Answer<Option<&str>> {
        match self.value(path, name)? {
            None => Ok(None),
            Some(RegData::Sz(text) | RegData::ExpandSz(text)) => Ok(Some(text)),
            Some(_) => Err(Gap::garbled(say::no_text(format!("{path}\\{name}")))),
        }
    }

    /// The direct and indirect subkeys of a key that was asked for with its tree, lower case, in order.
    pub fn below<'a>(
        &'a self,
        path: &str,
    ) -> impl Iterator<Item = (&'a str, &'a BTreeMap<String, RegData>)> {
        let prefix = format!("{}\\", path.to_ascii_lowercase());
        self.keys.iter().filter_map(move |(key, answer)| match answer {
            KeyAnswer::Present(values) if key.starts_with(&prefix) => Some((key.as_str(), values)),
            KeyAnswer::Present(_)
            | KeyAnswer::Value(..)
            | KeyAnswer::Absent
            | KeyAnswer::Gap(_) => None,
        })
    }
}

crate::said::says! { "guest":
    no_dword(value);
    no_text(value);
}
