//! Holding a lease for as long as a command lives: taken, renewed while it works, asked before each change, given back.
//!
//! Whoever lost it stops at once. Nothing that is written afterwards is taken, because the memory compares numbers;
//! nothing is changed in the world, because the permit is asked first.

mod here;
mod permit;
mod takeover;

use std::sync::Arc;
use std::time::Duration;

use rdpctl_contract::store::{Claim, Holding};
use rdpctl_contract::{Clock, Lease, LeaseName, StoreError};
use rdpctl_model::Said;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use here::Here;
pub use permit::Permit;
pub use takeover::{Process, Standing, standing};

/// How long a lease lives without renewal: a loop that stands by takes over within this.
pub const TTL: Duration = Duration::from_secs(15);

/// How often a lease is renewed.
const RENEWAL: Duration = Duration::from_secs(5);

/// How often a foreign holder is looked at while nobody can tell whether it lives.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// A lease that is held.
pub struct Held {
    permit: Arc<Permit>,
    renewal: JoinHandle<()>,
}

/// Pause between attempts of somebody who stands by: an end that was clean is seen within it.
const STANDING_BY: Duration = Duration::from_millis(500);

/// What happens on the way to a lease, for whoever waits.
#[derive(Clone, Debug)]
pub enum Waiting {
    /// Somebody holds it, and will be followed.
    StandingBy(Box<Holding>),
    /// Its holder lives elsewhere, if it does: it is watched whether it renews.
    Watching(Box<Holding>),
    /// Its holder is gone, and it is taken over.
    TakingOver(Box<Holding>, Standing),
    /// The state does not answer: it is asked until it does.
    Unanswered(Said),
}

/// Takes a lease and keeps renewing it. When it is lost, `stop` is cancelled: nobody acts without it.
pub async fn hold(
    store: Arc<dyn Lease>,
    clock: Arc<dyn Clock>,
    lease: &LeaseName,
    here: &Here,
    stop: CancellationToken,
    tell: &(dyn Fn(Waiting) + Sync),
) -> Result<Held, StoreError> {
    let gone = match store.holder(lease).await? {
        None => None,
        Some(holding) => {
            let standing = await_end(store.as_ref(), clock.as_ref(), here, &holding, tell).await?;
            tell(Waiting::TakingOver(Box::new(holding.clone()), standing));
            Some(holding)
        }
    };
    let claim = Claim { holder: here.holder.clone(), at: clock.moment(), ttl: TTL };
    let token = store.acquire(lease, &claim, gone.as_ref()).await?;
    let permit = Arc::new(Permit::new(store, clock, token, claim.at, stop));
    let renewal = tokio::spawn(Arc::clone(&permit).keep(RENEWAL));
    Ok(Held { permit, renewal })
}

/// Takes a lease as soon as whoever holds it is gone or gives it back. Nothing is taken once `enough` is cancelled.
pub async fn stand_by(
    store: &Arc<dyn Lease>,
    clock: &Arc<dyn Clock>,
    lease: &LeaseName,
    here: &Here,
    (stop, enough): (CancellationToken, &CancellationToken),
    tell: &(dyn Fn(Waiting) + Sync),
) -> Result<Option<Held>, StoreError> {
    let mut followed = None;
    let mut unanswered = false;
    loop {
        let held = hold(Arc::clone(store), Arc::clone(clock), lease, here, stop.clone(), tell);
        let taken = tokio::select! {
            biased;
            () = enough.cancelled() => return Ok(None),
            taken = held => taken,
        };
        match taken {
            Ok(held) => return Ok(Some(held)),
            Err(StoreError::Held { holding }) => {
                unanswered = false;
                if followed.as_ref() != Some(&holding.token) {
                    followed = Some(holding.token.clone());
                    tell(Waiting::StandingBy(holding));
                }
            }
            // Whoever stands by anyway can wait for a database, too.
            Err(error @ StoreError::Unreachable { .. }) => {
                if !std::mem::replace(&mut unanswered, true) {
                    tell(Waiting::Unanswered(error.said()));
                }
                // Once it answers, who holds it is said again.
                followed = None;
            }
            Err(error) => return Err(error),
        }
        tokio::select! {
            () = enough.cancelled() => return Ok(None),
            () = tokio::time::sleep(STANDING_BY) => {}
        }
    }
}

/// Returns once a holder is known to be gone; refuses when it lives.
async fn await_end(
    store: &dyn Lease,
    clock: &dyn Clock,
    here: &Here,
    holding: &Holding,
    tell: &(dyn Fn(Waiting) + Sync),
) -> Result<Standing, StoreError> {
    let refused = |holding: Holding| StoreError::Held { holding: Box::new(holding) };
    let process = here.process(&holding.holder);
    match standing(holding, &here.holder, process, clock.moment()) {
        ended @ (Standing::Gone | Standing::Lapsed) => Ok(ended),
        Standing::Lives { .. } => Err(refused(holding.clone())),
        Standing::Elsewhere => {
            tell(Waiting::Watching(Box::new(holding.clone())));
            // Another machine's clock is not believed: what counts is how long its lease stood still before our eyes.
            let since = clock.uptime();
            while clock.uptime().saturating_sub(since) < holding.ttl {
                tokio::time::sleep(BETWEEN_LOOKS).await;
                match store.holder(&holding.token.lease).await? {
                    Some(now) if now.token == holding.token && now.renewals == holding.renewals => {
                    }
                    Some(now) => return Err(refused(now)),
                    // Given back meanwhile: what is left is to take it.
                    None => break,
                }
            }
            Ok(Standing::Lapsed)
        }
    }
}

impl Held {
    /// The right to act and to write.
    #[must_use]
    pub const fn permit(&self) -> &Arc<Permit> {
        &self.permit
    }

    /// Gives the lease back.
    pub async fn release(self) -> Result<(), StoreError> {
        self.renewal.abort();
        self.permit.give_back().await
    }
}

impl Drop for Held {
    /// Whoever lets go without giving back works no more: his lease lapses, and is not renewed for ever on his behalf.
    fn drop(&mut self) {
        // The renewal only waits; it has nothing to report.
        self.renewal.abort();
    }
}
