//! The GUID partition table, with both of its sums, and its copy at the disk's end.

use super::{Active, Guid, Identity, Partition, Role, SECTOR, Table, TableRemark};
use crate::blocks::{self, Blocks, Region};
use crate::bytes::{array, index, slice, u32_at, u64_at};
use crate::error::{Damage, Error, Structure};

/// Windows makes 128 entries of 128 bytes; what claims a hundred times that is no table.
const MOST_ENTRIES: u32 = 4096;
const MOST_ENTRY: u32 = 4096;

fn read_one(blocks: &dyn Blocks, sector: u64) -> Result<Table, Error> {
    let place = sector.saturating_mul(SECTOR);
    let damage = |what| Error::from(Damage::new(Structure::PartitionTable, place, what));
    let header = blocks::read(blocks, place, 512)?;
    if !header.starts_with(b"EFI PART") {
        return Err(damage("there is no GPT"));
    }
    let short = || damage("the GPT's header is cut off");
    let size = index(u32_at(&header, 12).ok_or_else(short)?);
    let mut summed = slice(&header, 0, size).filter(|_| size >= 92).ok_or_else(short)?.to_vec();
    summed[16..20].fill(0);
    if u32_at(&header, 16) != Some(crc32(&summed)) {
        return Err(damage("the GPT's header does not match its sum"));
    }
    if u64_at(&header, 24) != Some(sector) {
        return Err(damage("the GPT says that it lies elsewhere"));
    }
    let first = u64_at(&header, 72).ok_or_else(short)?;
    let count = u32_at(&header, 80).ok_or_else(short)?;
    let each = u32_at(&header, 84).ok_or_else(short)?;
    if count > MOST_ENTRIES || !(128..=MOST_ENTRY).contains(&each) {
        return Err(damage("the GPT's number or size of entries is impossible"));
    }
    let place = first.saturating_mul(SECTOR);
    let entries = blocks::read(blocks, place, index(count) * index(each))?;
    if u32_at(&header, 88) != Some(crc32(&entries)) {
        return Err(damage("the GPT's entries do not match their sum"));
    }
    let mut partitions = Vec::new();
    for (at, entry) in entries.chunks_exact(index(each)).enumerate() {
        let guid = |at| array(entry, at).map(Guid).ok_or_else(short);
        let kind = guid(0)?;
        if kind.is_nil() {
            continue;
        }
        let (first, last) = (u64_at(entry, 32), u64_at(entry, 40));
        let region = first.zip(last).and_then(|(first, last)| {
            let start = first.checked_mul(SECTOR)?;
            let end = last.checked_add(1)?.checked_mul(SECTOR)?;
            let length = end.checked_sub(start)?;
            (end <= blocks.size()).then_some(Region { start, length })
        });
        partitions.push(Partition {
            number: at + 1,
            region: region.ok_or_else(|| damage("a partition ends behind the disk"))?,
            role: role(kind),
            guid: Some(guid(16)?),
            active: Active::No,
        });
    }
    let identity = Identity::Gpt(array(&header, 56).map(Guid).ok_or_else(short)?);
    Ok(Table { identity, partitions, remark: None })
}

/// The table at the start, or where that does not check the one at the end.
pub(super) fn read(blocks: &dyn Blocks) -> Result<Table, Error> {
    let last = blocks.size() / SECTOR - 1;
    match read_one(blocks, 1) {
        Ok(table) => {
            let remark = read_one(blocks, last).is_err().then_some(TableRemark::SecondGptBroken);
            Ok(Table { remark, ..table })
        }
        Err(first) => match read_one(blocks, last) {
            Ok(table) => Ok(Table { remark: Some(TableRemark::FirstGptBroken), ..table }),
            Err(_) => Err(first),
        },
    }
}

fn role(kind: Guid) -> Role {
    // As written in Windows' documentation; compared in the order on the disk.
    match kind.to_string().as_str() {
        "c12a7328-f81f-11d2-ba4b-00a0c93ec93b" => Role::EfiSystem,
        "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7" => Role::Data,
        "e3c9e316-0b5c-4db8-817d-f92df00215ae" => Role::Reserved,
        "de94bba4-06d1-4d40-a16a-bfd50179d6ac" => Role::Recovery,
        "e75caf8f-f680-4cee-afa3-b001e56efc2d" => Role::StorageSpaces,
        "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3" | "af9b60a0-1431-4f62-bc68-3311714a69ad" => {
            Role::Dynamic
        }
        _ => Role::Foreign,
    }
}

/// The sum of Ethernet and ZIP. A table is some sixteen kilobytes: bit by bit is fast enough.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |mut sum, byte| {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
        }
        sum
    })
}

#[cfg(test)]
mod tests {
    use super::crc32;

    #[test]
    fn the_sum_is_the_well_known_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }
}
