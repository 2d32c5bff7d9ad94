//! Events: who writes them, and what stands in them.

use serde::{Deserialize, Serialize};

/// Who writes an event; each writes to one log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Provider {
    KernelGeneral,
    Schannel,
    TermDd,
    ConnectionManager,
    ConnectionManagerAdmin,
    ServiceControlManager,
    GroupPolicy,
    User32,
    Netlogon,
    SecurityAuditing,
    ConnectionManagerOperational,
}

/// The logs that exist, even if empty.
pub(super) const CHANNELS: [&str; 9] = [
    "System",
    "Application",
    "Security",
    "Setup",
    "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Admin",
    "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
    "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
    "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational",
    "Microsoft-Windows-GroupPolicy/Operational",
];

impl Provider {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::KernelGeneral => "Microsoft-Windows-Kernel-General",
            Self::Schannel => "Schannel",
            Self::TermDd => "TermDD",
            Self::ConnectionManager
            | Self::ConnectionManagerAdmin
            | Self::ConnectionManagerOperational => {
                "Microsoft-Windows-TerminalServices-RemoteConnectionManager"
            }
            Self::SecurityAuditing => "Microsoft-Windows-Security-Auditing",
            Self::ServiceControlManager => "Service Control Manager",
            Self::GroupPolicy => "Microsoft-Windows-GroupPolicy",
            Self::User32 => "User32",
            Self::Netlogon => "NETLOGON",
        }
    }

    pub(super) fn guid(self) -> &'static str {
        match self {
            Self::KernelGeneral => "{a68ca8b7-004f-d7b6-a698-07e2de0f1f5d}",
            Self::Schannel => "{1f678132-5938-4686-9fdc-c8ff68f15c85}",
            Self::TermDd | Self::Netlogon => "",
            Self::SecurityAuditing => "{54849625-5478-4994-a5ba-3e3b0328c30d}",
            Self::ConnectionManager
            | Self::ConnectionManagerAdmin
            | Self::ConnectionManagerOperational => "{c76baa63-ae81-421c-b425-340b4b24157f}",
            Self::ServiceControlManager => "{555908d1-a6d7-4695-8e1e-26931d2012f4}",
            Self::GroupPolicy => "{aea1b4fa-97d1-45f2-a64c-4d69fffd92c9}",
            Self::User32 => "{b0aa8734-56f7-41cc-b2f4-de228e98b946}",
        }
    }

    /// The upper half of the ids of providers that have no manifest.
    pub(super) const fn qualifiers(self) -> Option<u32> {
        match self {
            Self::TermDd => Some(49_162),
            Self::ServiceControlManager => Some(49_152),
            Self::User32 => Some(32_768),
            Self::Netlogon => Some(0),
            Self::KernelGeneral
            | Self::Schannel
            | Self::ConnectionManager
            | Self::ConnectionManagerAdmin
            | Self::ConnectionManagerOperational
            | Self::GroupPolicy
            | Self::SecurityAuditing => None,
        }
    }

    /// Whether it writes elements of its own instead of named data.
    pub(super) const fn writes_user_data(self) -> bool {
        matches!(self, Self::ConnectionManagerOperational)
    }

    pub(super) fn channel(self) -> &'static str {
        match self {
            Self::SecurityAuditing => CHANNELS[2],
            Self::ConnectionManagerAdmin => CHANNELS[4],
            Self::ConnectionManagerOperational => CHANNELS[5],
            Self::KernelGeneral
            | Self::Schannel
            | Self::TermDd
            | Self::ConnectionManager
            | Self::ServiceControlManager
            | Self::GroupPolicy
            | Self::User32
            | Self::Netlogon => CHANNELS[0],
        }
    }
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Event {
    /// Unix milliseconds.
    pub(super) time: u64,
    pub(super) provider: Provider,
    pub(super) id: u32,
    pub(super) level: u8,
    pub(super) data: Vec<(Box<str>, Box<str>)>,
}

impl Event {
    pub(super) fn new(
        time: u64,
        provider: Provider,
        id: u32,
        level: u8,
        data: &[(&str, &str)],
    ) -> Self {
        let data = data.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Self { time, provider, id, level, data }
    }
}
