//! Scripts carried guest by guest, some side by side: for ways that take one script to one machine at a time.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use rdpctl_contract::channel::{ChannelError, GuestTarget};
use rdpctl_guest::script::Script;
use tokio_util::sync::CancellationToken;

use super::dialect::{Load, RawReply};

/// Has `run` carry each load to each of its guests, so many at once; replies come in the order of the guests.
pub(crate) async fn each<R>(
    loads: Vec<Load>,
    at_once: usize,
    stop: &CancellationToken,
    run: impl Fn(GuestTarget, Arc<Script>, Duration) -> R + Send + Sync,
) -> Vec<Vec<Result<RawReply, ChannelError>>>
where
    R: Future<Output = Result<RawReply, ChannelError>> + Send,
{
    let mut parts: Vec<(usize, GuestTarget, Arc<Script>, Duration)> = Vec::new();
    for (place, load) in loads.iter().enumerate() {
        let part =
            |target: &GuestTarget| (place, target.clone(), Arc::clone(&load.script), load.within);
        parts.extend(load.targets.iter().map(part));
    }
    let mut replies: Vec<Vec<_>> = loads.iter().map(|_| Vec::new()).collect();
    let run = &run;
    let mut work = stream::iter(parts)
        .map(|(place, target, script, within)| async move {
            if stop.is_cancelled() {
                return (place, Err(ChannelError::Stopped));
            }
            (place, run(target, script, within).await)
        })
        .buffered(at_once);
    while let Some((place, reply)) = work.next().await {
        if let Some(load) = replies.get_mut(place) {
            load.push(reply);
        }
    }
    replies
}
