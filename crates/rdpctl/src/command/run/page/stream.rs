//! What changed, as a stream of events: ids alone, never what stands behind them. Whoever comes back goes on where he was.

use std::collections::{BTreeSet, VecDeque};
use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, stream};
use hyper::body::Frame;
use rdpctl_page::{Cause, HeldLine, Id, View, icon};
use tokio::sync::broadcast::{self, error::RecvError};

/// How often a stream shows that it lives.
const BEAT: Duration = Duration::from_secs(15);
/// More ids than so many are told as a whole page.
const IDS: usize = 200;
/// So many changes are kept for whoever comes back.
const KEPT: usize = 1_000;

/// What a new snapshot changed.
#[derive(Clone, Debug)]
pub(super) struct Change {
    serial: u64,
    ids: Vec<String>,
    icon: String,
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
            ids.extend(["rows", "verdicts"].map(str::to_owned));
        }
        let asked = |line: &HeldLine| (line.digest.clone(), line.answered.clone());
        let held = |view: &View| view.held.iter().map(asked).collect::<Vec<_>>();
        let runs = |view: &View| {
            let one = |run: &rdpctl_page::RunLine| (run.record.id.clone(), run.record.ended);
            view.runs.iter().map(one).collect::<Vec<_>>()
        };
        let banners = |view: &View| {
            view.banners.iter().map(|one| (one.says.clone(), one.since)).collect::<Vec<_>>()
        };
        let moved = |same: bool| !same;
        if moved(before.map(held) == Some(held(after)))
            || moved(before.map(runs) == Some(runs(after)))
        {
            ids.extend(["nav", "held", "runs"].map(str::to_owned));
        }
        if moved(before.map(banners) == Some(banners(after))) {
            ids.push("banners".to_owned());
        }
        // A run goes on between snapshots of the same numbers, too.
        if !ids.is_empty() || after.running() > 0 || before.is_some_and(|it| it.running() > 0) {
            ids.extend(["head", "progress", "events"].map(str::to_owned));
        }
        Self { serial: after.serial, ids, icon: icon(after) }
    }

    fn event(&self, epoch: &str) -> Bytes {
        let kind = if self.ids.len() > IDS { "reset" } else { "changed" };
        let data = serde_json::json!({ "serial": self.serial, "ids": self.ids, "icon": self.icon });
        Bytes::from(format!("id: {epoch}-{}\nevent: {kind}\ndata: {data}\n\n", self.serial))
    }
}

/// The last changes, for whoever comes back.
#[derive(Default)]
pub(super) struct Past(VecDeque<Change>);

impl Past {
    pub(super) fn keep(&mut self, change: Change) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(change);
    }

    /// What came after an event of this process; nothing where nobody can say.
    fn since(&self, serial: u64) -> Option<Vec<Change>> {
        let (first, last) = (self.0.front()?.serial, self.0.back()?.serial);
        let known = (first..=last).contains(&(serial + 1)) || serial == last;
        known.then(|| self.0.iter().filter(|change| change.serial > serial).cloned().collect())
    }

    /// With what a stream begins: what its listener missed, or that he has to look anew.
    pub(super) fn begin(&self, epoch: &str, last: Option<&str>) -> Vec<Bytes> {
        let Some(last) = last else {
            return vec![Bytes::from_static(b"retry: 5000\nevent: beat\ndata: {}\n\n")];
        };
        let serial = last
            .rsplit_once('-')
            .filter(|(of, _)| *of == epoch)
            .and_then(|(_, serial)| serial.parse().ok());
        match serial.and_then(|serial| self.since(serial)) {
            Some(missed) => {
                let mut all = vec![Bytes::from_static(b"retry: 5000\nevent: beat\ndata: {}\n\n")];
                all.extend(missed.iter().map(|change| change.event(epoch)));
                all
            }
            None => vec![Bytes::from_static(b"retry: 5000\nevent: reset\ndata: {}\n\n")],
        }
    }
}

/// The events from now on, after those that a listener missed. Whoever is too slow is told to look anew.
pub(super) fn events(
    changes: broadcast::Receiver<Change>,
    begin: Vec<Bytes>,
    epoch: String,
) -> impl Stream<Item = Result<Frame<Bytes>, Infallible>> {
    let begin = VecDeque::from(begin);
    stream::unfold((changes, begin, epoch), |(mut changes, mut begin, epoch)| async move {
        if let Some(first) = begin.pop_front() {
            return Some((Ok(Frame::data(first)), (changes, begin, epoch)));
        }
        let told = match tokio::time::timeout(BEAT, changes.recv()).await {
            Err(_) => Bytes::from_static(b"event: beat\ndata: {}\n\n"),
            Ok(Ok(change)) => change.event(&epoch),
            Ok(Err(RecvError::Lagged(_))) => Bytes::from_static(b"event: reset\ndata: {}\n\n"),
            Ok(Err(RecvError::Closed)) => return None,
        };
        Some((Ok(Frame::data(told)), (changes, begin, epoch)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(serials: std::ops::RangeInclusive<u64>) -> Past {
        let mut past = Past::default();
        for serial in serials {
            past.keep(Change { serial, ids: vec!["tally".to_owned()], icon: String::new() });
        }
        past
    }

    fn told(past: &Past, last: Option<&str>) -> Vec<String> {
        let all = past.begin("e1", last).into_iter();
        all.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap()).collect()
    }

    #[test]
    fn whoever_comes_back_is_told_what_he_missed_and_nothing_twice() {
        let past = kept(1..=5);
        assert_eq!(told(&past, None).len(), 1);
        let missed = told(&past, Some("e1-3"));
        assert!(missed[1].starts_with("id: e1-4\nevent: changed"), "{missed:?}");
        assert_eq!(missed.len(), 3);
        assert_eq!(told(&past, Some("e1-5")).len(), 1, "he missed nothing");
        // Of another process, of what is forgotten, or of nothing that ever was: he looks anew.
        for other in ["e0-3", "e1-99", "e1-x", "", "3"] {
            assert!(told(&past, Some(other))[0].contains("event: reset"), "{other}");
        }
        let long = kept(1..=1_500);
        assert!(told(&long, Some("e1-3"))[0].contains("event: reset"));
        assert_eq!(told(&long, Some("e1-500")).len(), 1_001);
    }
}
