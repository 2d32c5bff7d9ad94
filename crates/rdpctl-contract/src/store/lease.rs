//! Who may write: leases, each with a number that only grows.
//!
//! A backend compares numbers and keeps what it is told. Whether a holder is gone is judged by whoever wants its
//! lease, who looks at clocks and processes; the backend replaces a holder only if it is still the one that was judged.

use std::time::Duration;

use async_trait::async_trait;
use rdpctl_model::lease::{LeaseName, Token};

use super::StoreError;
use super::holding::{Holder, Holding, Moment};

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
