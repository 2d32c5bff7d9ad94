//! The right to change the world and to write down what was done, for as long as its lease is ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use rdpctl_contract::store::{Author, Moment};
use rdpctl_contract::{Clock, Lease, Leave, MayChange, StoreError, Token};
use tokio_util::sync::CancellationToken;

use super::TTL;

/// What must be left of a lease when a change begins; below that it is renewed first.
const MARGIN: Duration = Duration::from_secs(5);

/// Pauses between attempts to renew while the memory does not answer.
const AGAIN: Duration = Duration::from_secs(1);

/// The right to act under a lease.
pub struct Permit {
    store: Arc<dyn Lease>,
    clock: Arc<dyn Clock>,
    token: Token,
    /// Until when it holds without renewal, in milliseconds since the machine started. Time asleep counts: whoever
    /// was stopped for a minute finds that it does not hold any more.
    until: AtomicU64,
    stop: CancellationToken,
}

impl Permit {
    pub(super) fn new(
        store: Arc<dyn Lease>,
        clock: Arc<dyn Clock>,
        token: Token,
        at: Moment,
        stop: CancellationToken,
    ) -> Self {
        let until = AtomicU64::new(milliseconds(at.uptime + TTL));
        Self { store, clock, token, until, stop }
    }

    /// Under which number is written.
    #[must_use]
    pub const fn token(&self) -> &Token {
        &self.token
    }

    /// As whom what is seen is remembered.
    #[must_use]
    pub fn author(&self) -> Author {
        Author::Run(self.token.clone())
    }

    /// Before each request that changes something: whether it may be made. A lease that is about to lapse is renewed
    /// first, and one that lapsed is renewed if nobody took it meanwhile.
    pub async fn check(&self) -> Result<(), StoreError> {
        if self.holds(MARGIN) { Ok(()) } else { self.renew().await }
    }

    /// The same, for whoever sends the requests.
    #[must_use]
    pub fn leave(self: &Arc<Self>) -> Leave {
        Leave::of(Arc::clone(self) as Arc<dyn MayChange>)
    }

    /// Whether it holds for so long without renewal.
    fn holds(&self, span: Duration) -> bool {
        milliseconds(self.clock.uptime() + span) < self.until.load(Ordering::Acquire)
    }

    async fn renew(&self) -> Result<(), StoreError> {
        let at = self.clock.moment();
        let renewed = self.store.renew(&self.token, at).await;
        match &renewed {
            Ok(()) => {
                self.until.fetch_max(milliseconds(at.uptime + TTL), Ordering::AcqRel);
            }
            Err(StoreError::LeaseLost) => self.stop.cancel(),
            // A memory that does not answer is no proof that the lease is lost, until it has lapsed.
            Err(
                StoreError::Open { .. }
                | StoreError::Untrusted { .. }
                | StoreError::Newer { .. }
                | StoreError::Damaged { .. }
                | StoreError::Write { .. }
                | StoreError::Unreachable { .. }
                | StoreError::Held { .. }
                | StoreError::Renumbered
                | StoreError::Unsupported { .. },
            ) => {
                if self.holds(Duration::ZERO) {
                    tracing::warn!(lease = %self.token, "the lease could not be renewed; trying again");
                } else {
                    self.stop.cancel();
                }
            }
        }
        renewed
    }

    /// Renews for ever; returns when the lease is lost.
    pub(super) async fn keep(self: Arc<Self>, every: Duration) {
        loop {
            tokio::time::sleep(every).await;
            while let Err(error) = self.renew().await {
                if self.stop.is_cancelled() {
                    tracing::error!(lease = %self.token, %error, "the lease is lost; stopping");
                    return;
                }
                tokio::time::sleep(AGAIN).await;
            }
        }
    }

    pub(super) async fn give_back(&self) -> Result<(), StoreError> {
        self.store.release(&self.token).await
    }
}

#[async_trait]
impl MayChange for Permit {
    async fn may_change(&self) -> bool {
        self.check().await.is_ok()
    }
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
