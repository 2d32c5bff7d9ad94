//! Recovery: what Windows does with a hive that was not closed, before anybody sees it.

use super::base::{self, Base, LENGTH, SECTOR};
use super::image::{Beside, Hive, Recovery};
use super::log::{self, Content, Log, LogEntry, Page};
use crate::Refusal;
use crate::bytes::{put, u64_at};
use crate::error::{Damage, Error, Structure};

impl Hive {
    /// Reads a hive's file with the logs that lie beside it (`.LOG`, `.LOG1`, `.LOG2`, in any order; those that are
    /// no logs count for nothing).
    ///
    /// A hive that was closed is taken as it is, whatever its logs hold. One that was not is replayed, and refused
    /// where no log carries it on: what lies in the file then is half of two states.
    pub fn recover(bytes: Vec<u8>, logs: &[&[u8]]) -> Result<Self, Error> {
        let logs: Vec<Log<'_>> = logs.iter().filter_map(|bytes| Log::read(bytes)).collect();
        let known = Known::of(&logs);
        match Base::read(&bytes).filter(|base| base.kind == 0) {
            Some(base) => {
                if !base.is_plausible {
                    return Err(damage(20, "it is of no version that is known").into());
                }
                let mut hive = open(bytes, base, known)?;
                if base.primary != base.secondary {
                    replay(&mut hive, &logs, base.written, Some(base.secondary))?;
                }
                Ok(hive)
            }
            None => without_base(bytes, &logs, known),
        }
    }
}

fn damage(at: u64, what: &'static str) -> Damage {
    Damage::new(Structure::Hive, at, what)
}

/// What the logs beside a hive have to do with whatever is written next.
#[derive(Clone, Copy)]
struct Known {
    /// The greatest number that stands in any log, applicable or not.
    greatest: u32,
    beside: Beside,
}

impl Known {
    fn of(logs: &[Log<'_>]) -> Self {
        let mut known = Self { greatest: 0, beside: Beside::NumberedLogs };
        for log in logs {
            known.greatest = known.greatest.max(log.base.primary).max(log.base.secondary);
            match log.content {
                Content::Old(_) => known.beside = Beside::OldLog,
                Content::New(bytes) => {
                    let last = log::entries(bytes).map(|entry| entry.sequence).max();
                    known.greatest = known.greatest.max(last.unwrap_or(0));
                }
            }
        }
        known
    }
}

fn open(bytes: Vec<u8>, base: Base, known: Known) -> Result<Hive, Error> {
    if LENGTH + base.bins() > bytes.len() {
        return Err(damage(40, "the file ends before the hive does").into());
    }
    let greatest = known.greatest.max(base.primary).max(base.secondary);
    Ok(Hive::new(bytes, base, greatest, known.beside))
}

/// The first sector itself is torn: the newest log has a copy of it, and that log alone is replayed.
fn without_base(mut bytes: Vec<u8>, logs: &[Log<'_>], known: Known) -> Result<Hive, Error> {
    if bytes.len() < 2 * LENGTH || bytes.get(LENGTH..LENGTH + 4) != Some(b"hbin") {
        return Err(damage(0, "it has no signature, and no first bin").into());
    }
    // The first bin repeats when the hive was last written; where the write was cut off before that bin, what is left
    // of the sector does.
    let written = [u64_at(&bytes, LENGTH + 20), u64_at(&bytes, 12)];
    let fits = |log: &&Log<'_>| fits_alone(log, &written);
    let newest = logs.iter().filter(fits).max_by_key(|log| last_number(log));
    let log = newest.ok_or(Refusal::LogsDoNotApply)?;
    put(&mut bytes, 0, log.sector).ok_or_else(|| damage(0, "it is cut off"))?;
    bytes.get_mut(..SECTOR).and_then(base::set_hive).ok_or_else(|| damage(0, "it is cut off"))?;
    let base = Base::read(&bytes).ok_or_else(|| damage(0, "a log's copy of it does not check"))?;
    let mut hive = open(bytes, base, known)?;
    replay(&mut hive, std::slice::from_ref(log), base.written, None)?;
    Ok(hive)
}

fn fits_alone(log: &Log<'_>, written: &[Option<u64>]) -> bool {
    match log.content {
        Content::Old(bytes) => {
            log.base.primary == log.base.secondary
                && written.contains(&Some(log.base.written))
                && log::old_pages(&log.base, bytes).is_some()
        }
        Content::New(bytes) => log::entries(bytes)
            .next()
            .is_some_and(|entry| entry.sequence == log.base.primary && entry.pages().is_some()),
    }
}

fn last_number(log: &Log<'_>) -> u32 {
    match log.content {
        Content::Old(_) => log.base.primary,
        Content::New(bytes) => log::entries(bytes)
            .take_while(|entry| entry.pages().is_some())
            .map(|entry| entry.sequence)
            .last()
            .unwrap_or(0),
    }
}

/// `from`: the number that the first entry must have reached, where the hive's own is to be trusted.
fn replay(hive: &mut Hive, logs: &[Log<'_>], written: u64, from: Option<u32>) -> Result<(), Error> {
    let entries = replay_new(hive, logs, from)?;
    if entries > 0 {
        hive.recovered(Recovery::New { entries });
        return Ok(());
    }
    replay_old(hive, logs, written)?;
    hive.recovered(Recovery::Old);
    Ok(())
}

/// Two logs are used in turn, so that entries go on from one to the other, in whichever order.
fn replay_new(hive: &mut Hive, logs: &[Log<'_>], from: Option<u32>) -> Result<usize, Error> {
    let mut new: Vec<(&Log<'_>, &[u8])> = logs
        .iter()
        .filter_map(|log| match log.content {
            Content::New(bytes) => Some((log, bytes)),
            Content::Old(_) => None,
        })
        .collect();
    new.sort_by_key(|(log, _)| log.base.primary);
    let all: usize = new.iter().map(|(_, bytes)| bytes.len()).sum();
    let mut last: Option<u32> = None;
    let mut applied = 0;
    for (log, bytes) in new {
        let mut expected = match last {
            None => log.base.primary,
            Some(last) => last.wrapping_add(1),
        };
        if log.base.primary != expected || from.is_some_and(|from| expected < from) {
            continue;
        }
        for entry in log::entries(bytes) {
            let pages = if entry.sequence == expected { entry.pages() } else { None };
            let Some(pages) = pages else { break };
            // Whatever a hive grows by stands in its logs; more is a number that nobody wrote.
            if crate::bytes::index(entry.bins) > hive.file.saturating_add(all) {
                break;
            }
            apply(hive, &entry, &pages)?;
            applied += 1;
            last = Some(expected);
            expected = expected.wrapping_add(1);
        }
    }
    Ok(applied)
}

fn apply(hive: &mut Hive, entry: &LogEntry<'_>, pages: &[Page<'_>]) -> Result<(), Error> {
    hive.reserve(crate::bytes::index(entry.bins));
    hive.set_bins(entry.bins)?;
    hive.header(|sector| base::set_locked(sector, entry.flags))?;
    for page in pages {
        hive.put(page.at, page.bytes)?;
    }
    Ok(())
}

/// A log of the old kind belongs to the hive that was written at the same time. Windows tries the first one first;
/// where both fit and differ, which of them it takes depends on its version, and neither is taken here.
fn replay_old(hive: &mut Hive, logs: &[Log<'_>], written: u64) -> Result<(), Error> {
    let mut done: Option<Hive> = None;
    for log in logs {
        let Content::Old(bytes) = log.content else { continue };
        if log.base.primary != log.base.secondary || log.base.written != written {
            continue;
        }
        let Some(pages) = log::old_pages(&log.base, bytes) else { continue };
        if log.base.bins() > hive.file.saturating_add(bytes.len()) {
            continue;
        }
        let mut replayed = hive.clone();
        replayed.reserve(log.base.bins());
        replayed.set_bins(log.base.bins)?;
        for page in pages {
            replayed.put(page.at, page.bytes)?;
        }
        match &done {
            Some(other) if other.bins() != replayed.bins() => {
                return Err(Refusal::LogsDisagree.into());
            }
            Some(_) | None => done = Some(replayed),
        }
    }
    *hive = done.ok_or(Refusal::LogsDoNotApply)?;
    Ok(())
}
