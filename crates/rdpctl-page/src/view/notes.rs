//! What people and the loop did on each of the last days, by what the state remembers: no note is written by anybody.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rdpctl_model::chronicle::{Command, Order};
use rdpctl_model::outcome::{Purpose, RunEnd};
use serde::Serialize;

use super::health::RunLine;

/// What happened on a day, by how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Notes {
    /// Runs that began.
    pub runs: usize,
    /// Those of them that did not come to their end.
    pub cut: usize,
    /// Those of them that undid another.
    pub undone: usize,
    /// Yes to what was held.
    pub approved: usize,
    /// No to it.
    pub refused: usize,
    /// Something was paused.
    pub paused: usize,
    /// Something was left alone, as it came back again and again.
    pub left_alone: usize,
}

impl Notes {
    /// Days on which something happened, by day. Where runs are many, only the newest are known; before those nothing is said.
    #[must_use]
    pub fn by_day(runs: &[RunLine], most: usize, orders: &[Order]) -> BTreeMap<Date, Self> {
        let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
        let mut notes: BTreeMap<Date, Self> = BTreeMap::new();
        let oldest = runs.iter().map(|run| day(run.record.began)).min();
        let since = oldest.filter(|_| runs.len() >= most);
        for run in runs {
            let of = day(run.record.began);
            if since.is_some_and(|since| of <= since) {
                continue;
            }
            let note = notes.entry(of).or_default();
            note.runs += 1;
            note.cut += usize::from(run.record.end == Some(RunEnd::Interrupted));
            note.undone += usize::from(matches!(run.record.purpose, Purpose::Undo(_)));
        }
        for order in orders {
            let count: fn(&mut Self) -> &mut usize = match &order.what {
                Command::Approve(_) => |note| &mut note.approved,
                Command::Refuse { .. } => |note| &mut note.refused,
                Command::Pause { .. } => |note| &mut note.paused,
                Command::LeaveAlone { .. } => |note| &mut note.left_alone,
                Command::Resume
                | Command::Now
                | Command::Spent
                | Command::Undo { .. }
                | Command::Stop { .. } => continue,
            };
            *count(notes.entry(day(order.at)).or_default()) += 1;
        }
        notes
    }
}
