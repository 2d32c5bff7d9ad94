//! Holding the state's lock for as long as a command lives, renewed while it works.

use std::sync::Arc;
use std::time::Duration;

use rdpctl_contract::{Clock, LockInfo, Store, StoreError};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long a lock lives without renewal.
pub const TTL: Duration = Duration::from_mins(1);

/// A lock that is held.
pub struct Held {
    store: Arc<dyn Store>,
    id: String,
    done: CancellationToken,
    renewal: JoinHandle<()>,
}

/// Takes the lock and keeps renewing it. When it is lost, `stop` is cancelled: nobody writes without it.
pub async fn hold(
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    info: LockInfo,
    stop: CancellationToken,
) -> Result<Held, StoreError> {
    store.lock(&info, TTL).await?;
    let done = CancellationToken::new();
    let (renewer, ended, id) = (Arc::clone(&store), done.clone(), info.id.clone());
    let renewal = tokio::spawn(async move {
        loop {
            tokio::select! {
                () = ended.cancelled() => return,
                () = tokio::time::sleep(TTL / 3) => {}
            }
            if renewer.renew(&id, clock.now(), TTL).await.is_err() {
                stop.cancel();
                return;
            }
        }
    });
    Ok(Held { store, id: info.id, done, renewal })
}

impl Held {
    /// Gives the lock back.
    pub async fn release(self) -> Result<(), StoreError> {
        self.done.cancel();
        // The renewal only waits; it has nothing to report.
        self.renewal.abort();
        self.store.unlock(&self.id).await
    }
}
