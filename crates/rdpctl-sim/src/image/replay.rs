//! Replaying logs, as Windows does with a hive that was not closed before anybody reads it.
//!
//! Entries of the new logs must begin at or behind the number where the hive stopped, and go on without a gap, across both files; a log
//! of the old kind must be of the very write that was cut off. What no log carries on is left as it is, which no
//! loader takes.

use super::log::{marvin, seal};

const SECTOR: usize = 512;
const BASE: usize = 4096;

/// The hive as Windows makes it of its file and the logs beside it; the file itself where it was closed.
#[must_use]
pub fn replayed(file: Vec<u8>, logs: &[Vec<u8>]) -> Vec<u8> {
    let logs: Vec<&Vec<u8>> = logs.iter().filter(|log| is_base(log)).collect();
    let Some(mut hive) = with_base(file.clone(), &logs) else { return file };
    if word(&hive, 4) == word(&hive, 8) {
        return hive;
    }
    let Some(stopped) = word(&hive, 8) else { return file };
    let last = match new_entries(&mut hive, &logs, stopped) {
        Some(last) => last,
        None => match old_entries(&mut hive, &logs) {
            Some(()) => word(&hive, 4).unwrap_or(stopped),
            None => return file,
        },
    };
    for at in [4, 8] {
        hive[at..at + 4].copy_from_slice(&last.wrapping_add(1).to_le_bytes());
    }
    seal(&mut hive);
    hive
}

/// A first sector that adds up.
fn is_base(bytes: &[u8]) -> bool {
    let Some(base) = bytes.get(..SECTOR).filter(|base| base.starts_with(b"regf")) else {
        return false;
    };
    let mut sealed = base.to_vec();
    seal(&mut sealed);
    sealed == base
}

/// The hive, with its first sector from the newest log where its own was torn.
fn with_base(mut file: Vec<u8>, logs: &[&Vec<u8>]) -> Option<Vec<u8>> {
    if is_base(&file) {
        return Some(file);
    }
    let newest = logs.iter().max_by_key(|log| word(log, 4))?;
    file.get_mut(..SECTOR)?.copy_from_slice(&newest[..SECTOR]);
    file[28..32].fill(0);
    // It was not closed, whatever the log's copy says.
    let number = word(&file, 4)?;
    file[8..12].copy_from_slice(&number.wrapping_sub(1).to_le_bytes());
    seal(&mut file);
    Some(file)
}

/// The number of the last entry that was applied; nothing where none was.
fn new_entries(hive: &mut Vec<u8>, logs: &[&Vec<u8>], stopped: u32) -> Option<u32> {
    let mut new: Vec<&&Vec<u8>> = logs.iter().filter(|log| word(log, 28) == Some(6)).collect();
    new.sort_by_key(|log| word(log, 4));
    let mut last = None;
    for log in new {
        let mut expected = match last {
            None => word(log, 4)?,
            Some(last) => u32::wrapping_add(last, 1),
        };
        if word(log, 4) != Some(expected) || expected < stopped {
            continue;
        }
        let mut rest = &log[SECTOR..];
        while let Some((entry, behind)) = entry(rest, expected) {
            apply(hive, entry)?;
            last = Some(expected);
            expected = expected.wrapping_add(1);
            rest = behind;
        }
    }
    last
}

/// The entry of a number, whole, and what stands behind it.
fn entry(log: &[u8], number: u32) -> Option<(&[u8], &[u8])> {
    let size = place(word(log, 4)?)?;
    let (entry, behind) = log.split_at_checked(size)?;
    let sums = |at: usize, bytes: &[u8]| {
        entry.get(at..at + 8).is_some_and(|sum| sum == marvin(bytes).to_le_bytes())
    };
    let is_whole = size >= SECTOR
        && size.is_multiple_of(SECTOR)
        && entry.starts_with(b"HvLE")
        && word(entry, 12) == Some(number)
        && sums(24, &entry[40..])
        && sums(32, &entry[..32]);
    is_whole.then_some((entry, behind))
}

fn apply(hive: &mut Vec<u8>, entry: &[u8]) -> Option<()> {
    let bins = word(entry, 16)?;
    grow(hive, bins)?;
    let count = place(word(entry, 20)?)?;
    let mut from = 40 + count * 8;
    for page in 0..count {
        let (at, length) =
            (place(word(entry, 40 + page * 8)?)?, place(word(entry, 44 + page * 8)?)?);
        put(hive, at, entry.get(from..from + length)?)?;
        from += length;
    }
    Some(())
}

/// A log of the old kind, of the write that was cut off: both say when that was.
fn old_entries(hive: &mut Vec<u8>, logs: &[&Vec<u8>]) -> Option<()> {
    let written = hive.get(12..20)?.to_vec();
    let log = logs.iter().find(|log| {
        matches!(word(log, 28), Some(1 | 2))
            && word(log, 4) == word(log, 8)
            && log.get(12..20) == Some(&written)
            && log.get(SECTOR..SECTOR + 4) == Some(b"DIRT")
    })?;
    let bins = word(log, 40)?;
    grow(hive, bins)?;
    let map = log.get(SECTOR + 4..SECTOR + 4 + place(bins)? / SECTOR / 8)?;
    let mut from = (SECTOR + 4 + map.len()).next_multiple_of(SECTOR);
    for sector in 0..map.len() * 8 {
        if map[sector / 8] >> (sector % 8) & 1 == 1 {
            put(hive, sector * SECTOR, log.get(from..from + SECTOR)?)?;
            from += SECTOR;
        }
    }
    Some(())
}

fn grow(hive: &mut Vec<u8>, bins: u32) -> Option<()> {
    let end = BASE + place(bins)?;
    // Nobody's log makes a hive of these a hundred times as large.
    if end > 64 << 20 {
        return None;
    }
    hive.resize(hive.len().max(end), 0);
    hive[40..44].copy_from_slice(&bins.to_le_bytes());
    Some(())
}

fn put(hive: &mut [u8], at: usize, bytes: &[u8]) -> Option<()> {
    let start = BASE.checked_add(at)?;
    hive.get_mut(start..start.checked_add(bytes.len())?)?.copy_from_slice(bytes);
    Some(())
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn place(number: u32) -> Option<usize> {
    usize::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::super::hive::{Data, HiveKey, HiveShape, hive};
    use super::super::log::{new_log, old_log, with_numbers};
    use super::super::read::read_hive;
    use super::*;

    fn state(number: u32) -> Vec<u8> {
        let mut root = HiveKey::new("ROOT");
        root.set("Select", "Default", Data::Dword(number));
        hive(&root, HiveShape::new(64 << 10))
    }

    fn says(file: &[u8]) -> Option<Data> {
        Some(read_hive(file)?.at("Select").values.first()?.1.clone())
    }

    fn number(number: u32) -> Data {
        Data::Raw(4, number.to_le_bytes().to_vec())
    }

    #[test]
    fn what_the_logs_carry_on_is_what_is_read_and_a_closed_hive_is_taken_as_it_is() {
        let (one, two, three) = (state(1), state(2), state(3));
        let first = new_log(&[&one, &two], 8);
        let second = new_log(&[&two, &three], 9);
        let open = with_numbers(one.clone(), 10, 8);
        assert_eq!(says(&open), None, "half of two states");
        assert_eq!(
            says(&replayed(open.clone(), &[second.clone(), first.clone()])),
            Some(number(3))
        );
        assert_eq!(says(&replayed(open.clone(), std::slice::from_ref(&first))), Some(number(2)));
        assert_eq!(
            says(&replayed(one.clone(), std::slice::from_ref(&first))),
            Some(number(1)),
            "it was closed"
        );
        // One of a session before, one with a torn entry, one of another hive's write.
        assert_eq!(says(&replayed(open.clone(), &[new_log(&[&one, &two], 7)])), None);
        let mut torn = first.clone();
        torn[700] ^= 1;
        assert_eq!(says(&replayed(open.clone(), &[torn])), None);
        assert_eq!(says(&replayed(open, &[old_log(&one, &two, 10)])), Some(number(2)));
    }

    #[test]
    fn a_torn_first_sector_comes_from_the_newest_log() {
        let (one, two) = (state(1), state(2));
        let mut torn = with_numbers(one.clone(), 9, 8);
        torn[508] ^= 1;
        assert_eq!(says(&replayed(torn, &[new_log(&[&one, &two], 9)])), Some(number(2)));
    }
}
