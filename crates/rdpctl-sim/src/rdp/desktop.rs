//! One listening Remote Desktop: its settings, and what it says of its machine.

use crate::guest::{Guest, OsRelease, RdpListener};

/// A listener with the machine behind it, at one moment.
#[derive(Clone, Debug)]
pub struct Desktop {
    /// The settings in force, the certificate and its key.
    pub listener: RdpListener,
    /// What the machine says of itself to anybody who asks.
    pub identity: Identity,
    /// What becomes of those who may use it, where that is not a session.
    pub turns_away: Option<TurnsAway>,
    /// Whether log-ons are judged and never answered.
    pub silent: bool,
}

/// Why a machine turns away those who may use its Remote Desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnsAway {
    /// It takes no log-ons now.
    NoLogOns,
    /// The days without a licence server are over.
    Unlicensed,
}

/// What an NTLM challenge tells: names, version and clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The computer name.
    pub computer: String,
    /// The release of Windows.
    pub os: OsRelease,
    /// The guest's clock, in milliseconds since 1970.
    pub now: u64,
    /// The version of CredSSP that it speaks.
    pub credssp: u8,
    /// Whether it takes NTLM from nobody.
    pub refuses_ntlm: bool,
    /// Whether it refuses clients without the update of March 2018.
    pub only_updated: bool,
}

impl Identity {
    /// What a guest says of itself at a moment of its own clock.
    #[must_use]
    pub fn of(guest: &Guest, now: u64) -> Self {
        Self {
            computer: guest.hostname().to_owned(),
            os: guest.template().os(),
            now,
            credssp: guest.template().credssp(),
            refuses_ntlm: guest.refuses_ntlm(),
            only_updated: guest.takes_only_updated_clients(),
        }
    }

    /// The `NetBIOS` name: upper case, and cut after fifteen characters.
    pub(super) fn netbios(&self) -> String {
        self.computer.to_uppercase().chars().take(15).collect()
    }

    /// The clock as Windows counts: 100 ns since 1601.
    pub(super) fn file_time(&self) -> u64 {
        self.now.saturating_add(11_644_473_600_000).saturating_mul(10_000)
    }

    /// The version of RDP that the server announces.
    pub(super) fn protocol_version(&self) -> u32 {
        match self.os {
            OsRelease::Server2012R2 => 0x0008_0004,
            OsRelease::Server2016 => 0x0008_0007,
            OsRelease::Server2019 => 0x0008_000b,
            // Not seen on a wire by us: the documentation's order of releases.
            OsRelease::Server2022 => 0x0008_000f,
            OsRelease::Server2025 => 0x0008_0011,
        }
    }

    /// Major, minor and build as an NTLM challenge shows them.
    pub(super) fn version(&self) -> (u8, u8, u16) {
        let build = u16::try_from(self.os.build()).unwrap_or(u16::MAX);
        match self.os {
            OsRelease::Server2012R2 => (6, 3, build),
            OsRelease::Server2016
            | OsRelease::Server2019
            | OsRelease::Server2022
            | OsRelease::Server2025 => (10, 0, build),
        }
    }
}
