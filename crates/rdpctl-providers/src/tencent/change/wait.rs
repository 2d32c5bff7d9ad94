//! Waiting for end states: one poll asks about everything that is waited for.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use futures_util::future::BoxFuture;
use rdpctl_contract::cloud::CloudError;
use tokio_util::sync::CancellationToken;

use crate::moved::say as moved;
use crate::tencent::error::CallError;
use crate::tencent::pace::Pace;
use rdpctl_model::Said;

/// What a look at one object showed.
pub(super) enum Look {
    /// As wanted; with what the receipt says.
    Settled(Said),
    /// Not yet; with what was seen.
    NotYet(Said),
    /// It will not come.
    Failed(CloudError),
}

/// Looks at all of these, and says of each one found what it shows.
pub(super) trait Watch: Sync {
    /// What is waited for, for people.
    fn what(&self, key: &str) -> Said;

    /// Looks once, at all of these together.
    fn look(&self, keys: Vec<String>) -> BoxFuture<'_, Result<HashMap<String, Look>, CallError>>;
}

/// Waits until each of these has settled, failed, or taken too long.
pub(super) async fn settle(
    watch: &impl Watch,
    keys: Vec<String>,
    patience: Duration,
    stop: &CancellationToken,
) -> BTreeMap<String, Result<Said, CloudError>> {
    let mut settled = BTreeMap::new();
    let each = |key, result| {
        settled.insert(key, result);
    };
    settle_each(watch, keys, patience, stop, each).await;
    settled
}

/// The same; each is told of when it is known.
pub(super) async fn settle_each(
    watch: &impl Watch,
    keys: Vec<String>,
    patience: Duration,
    stop: &CancellationToken,
    mut each: impl FnMut(String, Result<Said, CloudError>) + Send,
) {
    let mut last: BTreeMap<String, Said> =
        keys.into_iter().map(|key| (key, moved::not_looked_at())).collect();
    let mut pace = Pace::within(patience);
    let mut fault = None;
    while !last.is_empty() {
        match watch.look(last.keys().cloned().collect()).await {
            Ok(mut seen) => {
                fault = None;
                last.retain(|key, last| match seen.remove(key) {
                    Some(Look::Settled(note)) => {
                        each(key.clone(), Ok(note));
                        false
                    }
                    Some(Look::Failed(error)) => {
                        each(key.clone(), Err(error));
                        false
                    }
                    Some(Look::NotYet(now)) => {
                        *last = now;
                        true
                    }
                    None => {
                        *last = moved::not_listed();
                        true
                    }
                });
            }
            // A look may fail and the next one succeed; what was done is done either way.
            Err(error) => fault = Some(CloudError::from(error)),
        }
        if last.is_empty() || !pace.rest(stop).await {
            break;
        }
    }
    for (key, last) in last {
        let error = match &fault {
            _ if stop.is_cancelled() => CloudError::Stopped,
            Some(fault) => fault.clone(),
            None => CloudError::NotSettled { what: watch.what(&key), waited: patience, last },
        };
        each(key, Err(error));
    }
}
