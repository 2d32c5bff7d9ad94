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

/// What a new snapshot changed, as it is told: worded once, however many listen.
#[derive(Clone, Debug)]
pub(super) struct Change {
    serial: u64,
    event: Bytes,
}

impl Change {
    /// Between two snapshots: the numbers, the groups that are new, gone or of another size, and the rows of a table.
    pub(super) fn between(before: Option<&View>, after: &View, epoch: &str) -> Self {
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
            let run = ["head", "progress", "failures", "machines", "kinds", "events", "cost"];
            ids.extend(run.map(str::to_owned));
        }
        Self::told(epoch, after.serial, &ids, &icon(after))
    }

    fn told(epoch: &str, serial: u64, ids: &[String], icon: &str) -> Self {
        // So many are told as a whole page: their names would be no shorter than it.
        let (kind, ids) = if ids.len() > IDS { ("reset", &[][..]) } else { ("changed", ids) };
        let data = serde_json::json!({ "serial": serial, "ids": ids, "icon": icon });
        let event = Bytes::from(format!("id: {epoch}-{serial}\nevent: {kind}\ndata: {data}\n\n"));
        Self { serial, event }
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
                all.extend(missed.into_iter().map(|change| change.event));
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
) -> impl Stream<Item = Result<Frame<Bytes>, Infallible>> {
    let begin = VecDeque::from(begin);
    stream::unfold((changes, begin), |(mut changes, mut begin)| async move {
        if let Some(first) = begin.pop_front() {
            return Some((Ok(Frame::data(first)), (changes, begin)));
        }
        let told = match tokio::time::timeout(BEAT, changes.recv()).await {
            Err(_) => Bytes::from_static(b"event: beat\ndata: {}\n\n"),
            Ok(Ok(change)) => change.event,
            Ok(Err(RecvError::Lagged(_))) => Bytes::from_static(b"event: reset\ndata: {}\n\n"),
            Ok(Err(RecvError::Closed)) => return None,
        };
        Some((Ok(Frame::data(told)), (changes, begin)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(serials: std::ops::RangeInclusive<u64>) -> Past {
        let mut past = Past::default();
        for serial in serials {
            past.keep(Change::told("e1", serial, &["tally".to_owned()], ""));
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

    #[test]
    fn what_a_change_says_to_everybody_is_one_text_and_short_however_much_changed() {
        let ids: Vec<String> = (0..100_000).map(|number| format!("g-{number}")).collect();
        let change = Change::told("e1", 7, &ids, "/static/icon-bad.svg");
        let told = String::from_utf8(change.event.to_vec()).unwrap();
        assert!(told.starts_with("id: e1-7\nevent: reset\n") && told.len() < 200, "{told}");
        let change = Change::told("e1", 8, &ids[..IDS], "/static/icon-bad.svg");
        let again = change.clone();
        // The same bytes, not bytes that are alike: a stream more costs no words.
        assert_eq!(change.event.as_ptr(), again.event.as_ptr());
        assert!(change.event.len() < 4_000, "{}", change.event.len());
    }
}
