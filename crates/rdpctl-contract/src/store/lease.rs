//! Who may write: leases, each with a number that only grows.
//!
//! A backend compares numbers and keeps what it is told. Whether a holder is gone is judged by whoever wants its
//! lease, who looks at clocks and processes; the backend replaces a holder only if it is still the one that was judged.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rdpctl_model::lease::{LeaseName, Token};

use super::StoreError;

/// Gives leases out, one holder at a time.
#[async_trait]
pub trait Lease: Send + Sync {
    /// Takes a lease that nobody holds, or whose holder is exactly the one that the caller judged to be gone.
    /// The number of the new token is larger than all before it.
    async fn acquire(
        &self,
        lease: &LeaseName,
        claim: &Claim,
        gone: Option<&Holding>,
    ) -> Result<Token, StoreError>;

    /// Says that the holder still works; fails when the token is not current.
    async fn renew(&self, token: &Token, at: Moment) -> Result<(), StoreError>;

    /// Gives the lease back; fails when the token is not current. Its number is never given out again.
    async fn release(&self, token: &Token) -> Result<(), StoreError>;

    /// Who holds a lease.
    async fn holder(&self, lease: &LeaseName) -> Result<Option<Holding>, StoreError>;

    /// All leases that are held.
    async fn holders(&self) -> Result<Vec<Holding>, StoreError>;
}

/// A moment on both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// What the calendar says; another machine's may say something else.
    pub wall: Timestamp,
    /// Since the machine started, time asleep counted.
    pub uptime: Duration,
}

/// Who wants a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Who.
    pub holder: Holder,
    /// Since when.
    pub at: Moment,
    /// How long it lives without renewal.
    pub ttl: Duration,
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
