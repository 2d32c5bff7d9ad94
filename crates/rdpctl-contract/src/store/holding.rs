//! Who holds a lease, and since when.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use rdpctl_model::lease::Token;

/// A moment on both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// What the calendar says; another machine's may say something else.
    pub wall: Timestamp,
    /// Since the machine started, time asleep counted.
    pub uptime: Duration,
}

/// A process, so that another may find out whether it lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The user.
    pub owner: String,
    /// The machine's name, for people: several may have the same.
    pub host: String,
    /// Which start of which machine; empty where the system does not say.
    pub boot: String,
    /// In which namespace the process has its number; empty where the system does not say.
    pub namespace: String,
    /// The process.
    pub pid: u32,
    /// For which command.
    pub command: String,
}

/// A lease that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Its lease and number.
    pub token: Token,
    /// By whom.
    pub holder: Holder,
    /// Since when.
    pub since: Timestamp,
    /// When it was last renewed.
    pub renewed: Moment,
    /// How often it was renewed: whoever watches sees by this that the holder works.
    pub renewals: u64,
    /// How long it lives without renewal.
    pub ttl: Duration,
}

impl fmt::Display for Holding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Holder { owner, host, pid, command, .. } = &self.holder;
        write!(f, "{owner}@{host} (pid {pid}) for `{command}` since {:.0}", self.since)
    }
}
