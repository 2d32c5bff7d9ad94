//! The parts of a guest's description: closed sets of what may be healthy or broken.

use serde::Deserialize;

use super::registry::RegistryValueSpec;

/// A release of Windows Server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum OsRelease {
    /// 9600.
    #[serde(rename = "2012r2")]
    Server2012R2,
    /// 14393.
    #[serde(rename = "2016")]
    Server2016,
    /// 17763.
    #[serde(rename = "2019")]
    Server2019,
    /// 20348.
    #[default]
    #[serde(rename = "2022")]
    Server2022,
    /// 26100.
    #[serde(rename = "2025")]
    Server2025,
}

impl OsRelease {
    /// The build number.
    #[must_use]
    pub fn build(self) -> u32 {
        match self {
            Self::Server2012R2 => 9600,
            Self::Server2016 => 14393,
            Self::Server2019 => 17763,
            Self::Server2022 => 20348,
            Self::Server2025 => 26100,
        }
    }
}

/// How a service starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StartSpec {
    /// 0.
    Boot,
    /// 1.
    System,
    /// 2.
    Auto,
    /// 3.
    Manual,
    /// 4.
    Disabled,
}

/// Whether a service runs when the world begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StateSpec {
    /// It runs.
    Running,
    /// It does not.
    Stopped,
    /// It is on its way to its end, and never gets there.
    Stopping,
    /// It was told to pause.
    Paused,
}

/// How a service differs from its default, or a service that Windows does not have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a line of the world that is there or not"
)]
pub struct ServiceSpec {
    /// The start type.
    pub start: Option<StartSpec>,
    /// Whether it runs when the world begins.
    pub state: Option<StateSpec>,
    /// A start never ends: the service stays in state 2.
    pub hang: bool,
    /// What it says of how far it is while a state is pending.
    pub checkpoint: Option<u32>,
    /// Within how many milliseconds it says to be further.
    pub wait_hint: Option<u32>,
    /// While a state is pending it gets on, however slowly.
    pub moves: bool,
    /// The Win32 code of its last end, for one that is stopped.
    pub exit: Option<u32>,
    /// The code of its own behind 1066.
    pub service_exit: u32,
    /// It runs and never opens its port, as something that was loaded into it keeps it from that.
    pub mute: bool,
    /// A start ends in error 1067.
    pub crash: bool,
    /// The program, for a service of the world's own.
    pub image: Option<String>,
    /// The display name, for a service of the world's own.
    pub display: Option<String>,
    /// What it depends on, for a service of the world's own.
    pub depends: Vec<String>,
    /// The account it runs as (`ObjectName`).
    pub account: Option<String>,
}

/// A process beyond those of a healthy system.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProcessSpec {
    /// The image name.
    pub image: String,
    /// The process id, when it matters.
    pub pid: Option<u32>,
}

/// Who owns a port.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PortSpec {
    /// The program; `System` stands for the kernel (PID 4).
    pub image: String,
    /// The service that the program belongs to; it is created when Windows has none of that name.
    #[serde(default)]
    pub service: Option<String>,
}

/// One of the three firewall profiles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NetworkProfile {
    /// Joined to a domain that answers.
    Domain,
    /// A network that the administrator trusts.
    Private,
    /// Any other: what a cloud VM sees.
    #[default]
    Public,
}

/// Which profiles filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct FirewallProfiles {
    /// The domain profile.
    pub domain: bool,
    /// The private profile.
    pub private: bool,
    /// The public profile.
    pub public: bool,
}

impl Default for FirewallProfiles {
    fn default() -> Self {
        Self { domain: true, private: true, public: true }
    }
}

/// The state of the predefined Remote Desktop rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemoteDesktopRules {
    /// Enabled.
    #[default]
    Allow,
    /// Present and not enabled.
    Off,
    /// Enabled, with the action Block under the built-in name.
    Block,
    /// Deleted.
    Absent,
}

/// A rule, raw or field by field.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum FirewallRuleSpec {
    /// The registry's own form: `v2.31|Action=...|`.
    Raw(String),
    /// The same under a chosen id.
    Named {
        /// The value name.
        id: String,
        /// The registry's own form.
        rule: String,
    },
}

/// How the firewall differs from a healthy one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct FirewallSpec {
    /// Which profiles filter.
    pub profiles: FirewallProfiles,
    /// The profile of the network in use.
    pub active: NetworkProfile,
    /// More rules.
    pub rules: Vec<FirewallRuleSpec>,
    /// The predefined Remote Desktop rules.
    pub remote_desktop: RemoteDesktopRules,
    /// Rules of applications besides, as a machine in use has hundreds of them.
    pub applications: u16,
}

/// The state of the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateKind {
    /// Five months left.
    Valid,
    /// Ended a day before the world began.
    Expired,
    /// No entry in the store.
    Missing,
    /// An entry that does not parse.
    Corrupt,
    /// Starts a day after the world begins.
    NotYetValid,
}

/// The certificate, by state or by the days that are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum CertificateSpec {
    /// By state.
    Kind(CertificateKind),
    /// By the days that are left.
    DaysLeft {
        /// Days from the beginning of the world.
        #[serde(rename = "days-left")]
        days_left: i32,
    },
}

impl Default for CertificateSpec {
    fn default() -> Self {
        Self::Kind(CertificateKind::Valid)
    }
}

/// A certificate in the personal store, with a key of its own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MyCertificateSpec {
    /// The common name of its subject.
    pub subject: String,
    /// The last day of its validity in days since 1970; 2044 when it is not said.
    #[serde(default)]
    pub last_day: Option<u32>,
}

/// Who may read the RDP key file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MachineKeysSpec {
    /// Those who should.
    #[default]
    Ok,
    /// The entry of NETWORK SERVICE is gone.
    NoNetworkService,
    /// SYSTEM is denied.
    DenySystem,
    /// NETWORK SERVICE is denied.
    DenyNetworkService,
    /// Nobody may even read the list: it has to be taken over first.
    Locked,
    /// The key file is gone.
    Missing,
    /// The folder admits administrators only; the key file itself is as it should be.
    HardenedFolder,
    /// There is no folder.
    FolderGone,
}

/// How the guest starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BootSpec {
    /// As usual.
    #[default]
    Normal,
    /// Safe mode.
    SafeMinimal,
    /// Safe mode with networking.
    SafeNetwork,
    /// msconfig's selective startup, with the Remote Desktop services switched off.
    Selective,
    /// msconfig's diagnostic startup.
    Diagnostic,
}

/// Whether the guest has a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NetworkSpec {
    /// It has.
    #[default]
    Up,
    /// A static address that does not fit, or no gateway: nothing gets out or in.
    Lost,
    /// The adapter is disabled inside Windows.
    Disabled,
}

/// A value that a domain policy enforces.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PolicyValue {
    /// The key.
    pub key: String,
    /// The value's name.
    pub name: String,
    /// The data; `false` enforces absence.
    pub value: RegistryValueSpec,
    /// By what means the domain writes it.
    #[serde(default)]
    pub source: PolicySource,
}

/// By what means a domain writes a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicySource {
    /// A registry setting, which `gpresult` names.
    #[default]
    Setting,
    /// An administrative template, which it tells by its display name alone.
    Template,
    /// A security option, told by one name that holds key and value.
    SecurityOption,
    /// A preference, told as attributes.
    Preference,
    /// A setting that is told by its key alone.
    Unnamed,
    /// The firewall's own pages: a setting of a profile, or a rule, told by their own elements.
    Firewall,
    /// How a service starts, told by its name and mode.
    SystemService,
    /// The same as a preference.
    ServicePreference,
    /// The machine's own policy: in `registry.pol`, and told by its display name alone.
    Local,
    /// A script, which leaves no trace there.
    Script,
}

/// What the guest does wrong.
#[expect(clippy::struct_excessive_bools, reason = "faults that are there or not, each by itself")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct FaultSpec {
    /// Commands that never end.
    pub hung: Vec<String>,
    /// Commands that are not there (exit code 9009).
    pub missing: Vec<String>,
    /// Commands that answer with error 5.
    pub denied: Vec<String>,
    /// Standard output ends after this many bytes.
    pub truncate_output: Option<usize>,
    /// Output is in this code page whatever was asked for.
    pub code_page: Option<u32>,
    /// A line of another program's output after every so many lines.
    pub noise_every: Option<usize>,
    /// The agent is a 32-bit program: without `/reg:64` it sees the other half of the registry.
    pub agent_32_bit: bool,
    /// Keys that nobody may read, whoever asks.
    pub closed_keys: Vec<String>,
    /// `icacls /save` writes no mark of byte order, so that `type` shows the file as it lies on disk.
    pub lists_without_mark: bool,
    /// Whoever answers a challenge at the RDP port is judged and never hears of it: the security authority hangs.
    pub log_ons_unanswered: bool,
    /// PowerShell is held to its constrained language, in which no program's parts are called.
    pub constrained_powershell: bool,
    /// `reg add` to this key is refused for everyone but SYSTEM.
    pub protected_keys: Vec<String>,
    /// What is wrong with its serial line.
    pub serial: super::SerialFault,
    /// How long each thing on its serial line takes to arrive, in milliseconds.
    pub serial_latency: u64,
}
