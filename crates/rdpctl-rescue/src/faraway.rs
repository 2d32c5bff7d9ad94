//! A look, and a repair, for somebody who is far away: what goes back is text in parts, as much as a run-command gives back.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rdpctl_disk::blocks::{FileBlocks, Open};
use rdpctl_disk::change::Change;
use rdpctl_disk::windows::Disk;
use rdpctl_offline::{Mended, Wanted, facts, mend};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::failure::Failure;

/// What a run-command gives back is 4,096 bytes, with what is around it.
const PART: usize = 3_600;

/// Looks at the disk, keeps what it says, and answers with the first part of that.
pub(crate) fn look(disk: &str, into: &str) -> Result<String, Failure> {
    let facts = facts(&FileBlocks::open(Path::new(disk), Open::Look)?, None)?;
    keep(into, &facts)?;
    head(into)
}

/// Makes the change that is wanted and does it. One that was begun before is finished, and its answer is what it was.
pub(crate) fn make(disk: &str, wanted: &str, into: &str) -> Result<String, Failure> {
    let kept = format!("{into}.change");
    if !Path::new(into).exists() {
        let wanted: Wanted = serde_json::from_slice(&fs::read(wanted)?)?;
        let blocks = FileBlocks::open(Path::new(disk), Open::Look)?;
        let made = mend(&Disk::open(&blocks)?, &wanted)?;
        let bytes = made.change.as_ref().map_or(0, Change::bytes);
        // What was there before is safe before the first sector is written; that it is comes last.
        let change = made.change.map(|change| change.encode()).unwrap_or_default();
        write(&kept, &change)?;
        keep(into, &Mended { took: made.took, bytes })?;
    }
    let change = fs::read(&kept)?;
    if !change.is_empty() {
        let change = Change::decode(&change).map_err(rdpctl_disk::Error::from)?;
        change.finish(&mut FileBlocks::open(Path::new(disk), Open::Change)?)?;
    }
    head(into)
}

/// The part of what was kept that begins at a letter.
pub(crate) fn part(kept: &str, at: &str) -> Result<String, Failure> {
    let at: usize = at.parse().map_err(|_| Failure::Usage)?;
    let text = fs::read_to_string(kept)?;
    let end = at.saturating_add(PART).min(text.len());
    text.get(at..end).map(str::to_owned).ok_or(Failure::Usage)
}

/// The sum and the length of all of it, and its first part.
fn head(kept: &str) -> Result<String, Failure> {
    let text = fs::read_to_string(kept)?;
    let sum: String =
        Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{sum} {} {}", text.len(), part(kept, "0")?))
}

fn keep(into: &str, value: &impl Serialize) -> Result<(), Failure> {
    let packed = miniz_oxide::deflate::compress_to_vec(&serde_json::to_vec(value)?, 9);
    write(into, STANDARD.encode(packed).as_bytes())
}

/// Whole, or not at all.
fn write(into: &str, bytes: &[u8]) -> Result<(), Failure> {
    let fresh = format!("{into}.new");
    let mut file = fs::File::create(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(fs::rename(&fresh, into)?)
}
