//! What runs: the state of each service, the listener's settings as it read them, protocols in force.

use serde::{Deserialize, Serialize};

use crate::guest::key_fault::KeyFault;

/// A service's state, as the service control manager numbers them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ServiceState {
    #[default]
    Stopped,
    StartPending,
    StopPending,
    Running,
    Paused,
}

impl ServiceState {
    pub(crate) fn number(self) -> u32 {
        match self {
            Self::Stopped => 1,
            Self::StartPending => 2,
            Self::StopPending => 3,
            Self::Running => 4,
            Self::Paused => 7,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Stopped => "STOPPED",
            Self::StartPending => "START_PENDING",
            Self::StopPending => "STOP_PENDING",
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
        }
    }
}

/// One service at this moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ServiceRun {
    pub(crate) state: ServiceState,
    pub(crate) pid: u32,
    /// When a pending state ends; zero when none is pending, the far future when it never ends.
    pub(crate) until: u64,
    /// The Win32 exit code of its last end; 1077 when it never ran.
    pub(crate) exit: u32,
}

/// How the guest was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum BootMode {
    #[default]
    Normal,
    SafeMinimal,
    SafeNetwork,
    DirectoryRepair,
}

/// With which certificate the listener answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Credential {
    /// The certificate that the guest had when its world began.
    First,
    /// A later one, by thumbprint.
    Issued([u8; 20]),
    Broken(KeyFault),
}

/// The listener's settings as `TermService` read them at its start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Listener {
    pub(crate) port: u16,
    /// The values lead to a listener at all.
    pub(crate) sound: bool,
    /// The port was free.
    pub(crate) bound: bool,
    pub(crate) security_layer: u32,
    pub(crate) user_authentication: u32,
    pub(crate) allow_negotiation: u32,
    pub(crate) min_encryption_level: u32,
    pub(crate) credential: Credential,
}

/// Everything that is gone when the guest is switched off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Runtime {
    pub(crate) mode: BootMode,
    pub(crate) services: Vec<ServiceRun>,
    pub(crate) listener: Option<Listener>,
    /// Bit n: the n-th of SSL 3.0, TLS 1.0, 1.1, 1.2, 1.3 is enabled for servers.
    pub(crate) protocols: u8,
    /// The same bits: a suite is left for it.
    #[serde(default = "all")]
    pub(crate) suites: u8,
    /// Whoever offers TLS 1.3 is dropped.
    #[serde(default)]
    pub(crate) stumbles: bool,
    /// Emergency management was on when it started.
    #[serde(default)]
    pub(crate) ems: bool,
    /// The world's own processes that were ended.
    pub(crate) killed: Vec<u32>,
    pub(crate) next_pid: u32,
}

const fn all() -> u8 {
    u8::MAX
}

/// The exit code of a service that was never started since the boot.
pub(crate) const NEVER_STARTED: u32 = 1077;

impl Runtime {
    /// Nothing runs.
    pub(crate) fn off(services: usize) -> Self {
        let never = ServiceRun { exit: NEVER_STARTED, ..ServiceRun::default() };
        Self {
            mode: BootMode::Normal,
            services: vec![never; services],
            listener: None,
            protocols: 0,
            suites: 0,
            stumbles: false,
            ems: false,
            killed: Vec::new(),
            next_pid: 712,
        }
    }

    pub(crate) fn new_pid(&mut self) -> u32 {
        self.next_pid += 36;
        self.next_pid
    }
}
