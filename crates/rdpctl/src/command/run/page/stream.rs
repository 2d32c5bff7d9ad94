//! What changed, as a stream of events: ids alone, never what stands behind them.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, stream};
use hyper::body::Frame;
use rdpctl_page::{Cause, Id, View};
use tokio::sync::broadcast::{self, error::RecvError};

/// How often a stream shows that it lives.
const BEAT: Duration = Duration::from_secs(15);
/// More ids than so many are told as a whole page.
const IDS: usize = 200;

/// What a new snapshot changed.
#[derive(Clone, Debug)]
pub(super) struct Change {
    serial: u64,
    ids: Vec<String>,
}

impl Change {
    /// Between two snapshots: the numbers, the groups that are new, gone or of another size, and the rows of a table.
    pub(super) fn between(before: Option<&View>, after: &View) -> Self {
        let told = |cause: &Cause| (cause.key.clone(), cause.instances);
        let set = |view: &View| view.causes.iter().map(told).collect::<BTreeSet<_>>();
        let (was, is) = (before.map(set).unwrap_or_default(), set(after));
        let mut ids: Vec<String> = was
            .symmetric_difference(&is)
            .map(|(key, _)| Id::of("g", key).as_str().to_owned())
            .collect();
        ids.dedup();
        if before.map(|view| view.numbers) != Some(after.numbers) {
            ids.push("tally".to_owned());
        }
        if !ids.is_empty() {
            ids.extend(["rows", "verdicts", "progress"].map(str::to_owned));
        }
        Self { serial: after.serial, ids }
    }

    fn event(&self) -> Bytes {
        let kind = if self.ids.len() > IDS { "reset" } else { "changed" };
        let data = serde_json::json!({ "serial": self.serial, "ids": self.ids });
        Bytes::from(format!("id: {}\nevent: {kind}\ndata: {data}\n\n", self.serial))
    }
}

/// Whether somebody listened before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comes {
    /// For the first time.
    Anew,
    /// Again, and may have missed something.
    Back,
}

/// The events from now on. Whoever is too slow is told to look anew; whoever comes back with an id as well.
pub(super) fn events(
    changes: broadcast::Receiver<Change>,
    comes: Comes,
) -> impl Stream<Item = Result<Frame<Bytes>, Infallible>> {
    let first = if comes == Comes::Back {
        "retry: 5000\nevent: reset\ndata: {}\n\n"
    } else {
        "retry: 5000\nevent: beat\ndata: {}\n\n"
    };
    stream::unfold((changes, Some(first)), |(mut changes, first)| async move {
        if let Some(first) = first {
            return Some((Ok(Frame::data(Bytes::from_static(first.as_bytes()))), (changes, None)));
        }
        let told = match tokio::time::timeout(BEAT, changes.recv()).await {
            Err(_) => Bytes::from_static(b"event: beat\ndata: {}\n\n"),
            Ok(Ok(change)) => change.event(),
            Ok(Err(RecvError::Lagged(_))) => Bytes::from_static(b"event: reset\ndata: {}\n\n"),
            Ok(Err(RecvError::Closed)) => return None,
        };
        Some((Ok(Frame::data(told)), (changes, None)))
    })
}
