//! Data runs: a compact list of where a file's clusters lie.

use crate::error::{Damage, Structure};

/// Neighbouring clusters of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// The first one's number in the file.
    pub(super) first: u64,
    /// Where it lies in the volume; nowhere for a hole.
    pub(super) place: Option<u64>,
    /// How many there are.
    pub(super) count: u64,
}

/// Reads the runs from cluster `first` of the file on, for a volume of so many clusters.
pub(super) fn read(bytes: &[u8], first: u64, clusters: u64) -> Result<Vec<Run>, Damage> {
    let damage = |what| Damage::new(Structure::FileRecord, first, what);
    let mut runs = Vec::new();
    let mut rest = bytes;
    let mut next = first;
    let mut place: i64 = 0;
    loop {
        let Some((header, behind)) = rest.split_first() else {
            return Err(damage("a list of clusters has no end"));
        };
        if *header == 0 {
            return Ok(runs);
        }
        let (lengths, offsets) = (usize::from(header & 15), usize::from(header >> 4));
        if !(1..=8).contains(&lengths) || offsets > 8 || behind.len() < lengths + offsets {
            return Err(damage("a list of clusters is cut off"));
        }
        let (length, behind) = behind.split_at(lengths);
        let (offset, behind) = behind.split_at(offsets);
        let count = unsigned(length);
        let end = next.checked_add(count).filter(|_| count > 0);
        let end = end.ok_or_else(|| damage("a run of clusters is empty or endless"))?;
        let at = if offset.is_empty() {
            None
        } else {
            place =
                place.checked_add(signed(offset)).ok_or_else(|| damage("a run lies nowhere"))?;
            let start = u64::try_from(place).map_err(|_| damage("a run lies before the volume"))?;
            if start.checked_add(count).is_none_or(|end| end > clusters) {
                return Err(damage("a run lies behind the volume"));
            }
            Some(start)
        };
        runs.push(Run { first: next, place: at, count });
        next = end;
        rest = behind;
    }
}

fn unsigned(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

fn signed(bytes: &[u8]) -> i64 {
    let mut wide = match bytes.last() {
        Some(0x80..) => [0xff; 8],
        Some(_) | None => [0; 8],
    };
    wide[..bytes.len()].copy_from_slice(bytes);
    i64::from_le_bytes(wide)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_signed_and_relative_to_the_run_before() {
        // 0x18 clusters at 0x5634, 4 at 0x5634 - 0x10, a hole of 2.
        let bytes = [0x21, 0x18, 0x34, 0x56, 0x11, 0x04, 0xf0, 0x01, 0x02, 0x00];
        let runs = read(&bytes, 0, 1 << 20).unwrap();
        assert_eq!(
            runs,
            [
                Run { first: 0, place: Some(0x5634), count: 0x18 },
                Run { first: 0x18, place: Some(0x5624), count: 4 },
                Run { first: 0x1c, place: None, count: 2 },
            ]
        );
    }

    #[test]
    fn a_run_outside_the_volume_or_without_an_end_is_damage() {
        assert!(read(&[0x11, 0x04, 0xf0, 0x00], 0, 1000).is_err());
        assert!(read(&[0x11, 0x04, 0x7f, 0x00], 0, 100).is_err());
        assert!(read(&[0x11, 0x04, 0x10], 0, 1000).is_err());
        assert!(read(&[0x11, 0x00, 0x10, 0x00], 0, 1000).is_err());
        assert!(read(&[0x9f, 0x00], 0, 1000).is_err());
    }
}
