//! The table of four, and the chain of extended ones behind it.

use super::{Active, Identity, Partition, Role, SECTOR, Table};
use crate::blocks::{Blocks, Region, read};
use crate::bytes::{slice, u32_at};
use crate::error::{Damage, Error, Structure};

/// Windows makes fewer; a chain that goes on is no chain.
const MOST_LOGICAL: usize = 128;

pub(super) struct Mbr {
    signature: u32,
    entries: [Entry; 4],
}

#[derive(Clone, Copy)]
struct Entry {
    active: Active,
    kind: u8,
    first: u32,
    count: u32,
}

impl Entry {
    fn read(bytes: &[u8]) -> Option<Self> {
        let active = match bytes.first()? {
            0x80 => Active::Yes,
            _ => Active::No,
        };
        Some(Self {
            active,
            kind: *bytes.get(4)?,
            first: u32_at(bytes, 8)?,
            count: u32_at(bytes, 12)?,
        })
    }

    fn is_extended(self) -> bool {
        matches!(self.kind, 0x05 | 0x0f | 0x85)
    }

    fn partition(self, number: usize, base: u64, size: u64) -> Result<Partition, Damage> {
        let outside =
            Damage::new(Structure::PartitionTable, number, "the partition ends behind the disk");
        let start = (base + u64::from(self.first)).checked_mul(SECTOR).ok_or(outside)?;
        let length = u64::from(self.count) * SECTOR;
        if start.checked_add(length).is_none_or(|end| end > size) {
            return Err(outside);
        }
        Ok(Partition {
            number,
            region: Region { start, length },
            role: role(self.kind),
            guid: None,
            active: self.active,
        })
    }
}

fn role(kind: u8) -> Role {
    match kind {
        0x07 | 0x01 | 0x04 | 0x06 | 0x0b | 0x0c | 0x0e => Role::Data,
        0x27 => Role::Recovery,
        0x42 => Role::Dynamic,
        0xe7 => Role::StorageSpaces,
        0xef => Role::EfiSystem,
        _ => Role::Foreign,
    }
}

impl Mbr {
    pub(super) fn read(sector: &[u8]) -> Option<Self> {
        if slice(sector, 510, 2)? != [0x55, 0xaa] {
            return None;
        }
        let entry = |at: usize| Entry::read(slice(sector, 446 + 16 * at, 16)?);
        let entries = [entry(0)?, entry(1)?, entry(2)?, entry(3)?];
        // A FAT volume's boot sector ends with the same two bytes; its program is no table.
        let plausible = sector[446..510].chunks(16).all(|entry| matches!(entry[0], 0 | 0x80));
        let used = entries.iter().any(|entry| entry.kind != 0 && entry.count != 0);
        (plausible && used).then_some(Self { signature: u32_at(sector, 440)?, entries })
    }

    pub(super) fn protects_gpt(&self) -> bool {
        self.entries.iter().any(|entry| entry.kind == 0xee)
    }

    pub(super) fn table(&self, blocks: &dyn Blocks) -> Result<Table, Error> {
        let size = blocks.size();
        let mut partitions = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            if entry.kind == 0 || entry.count == 0 {
                continue;
            }
            if entry.is_extended() {
                logical(blocks, u64::from(entry.first), &mut partitions)?;
            } else {
                partitions.push(entry.partition(at + 1, 0, size)?);
            }
        }
        partitions.sort_by_key(|partition| partition.number);
        Ok(Table { identity: Identity::Mbr(self.signature), partitions, remark: None })
    }
}

/// Logical partitions are numbered from 5, each described by a table of its own that names the next one.
fn logical(blocks: &dyn Blocks, extended: u64, into: &mut Vec<Partition>) -> Result<(), Error> {
    let mut at = extended;
    for number in 5..5 + MOST_LOGICAL {
        let place = at.saturating_mul(SECTOR);
        let sector = read(blocks, place, 512)?;
        if sector[510..] != [0x55, 0xaa] {
            return Err(Damage::new(
                Structure::PartitionTable,
                place,
                "an extended table has no signature",
            )
            .into());
        }
        let entry = |at: usize| slice(&sector, 446 + 16 * at, 16).and_then(Entry::read);
        if let Some(own) = entry(0).filter(|entry| entry.kind != 0 && entry.count != 0) {
            into.push(own.partition(number, at, blocks.size())?);
        }
        match entry(1).filter(|next| next.is_extended() && next.first != 0) {
            Some(next) => at = extended + u64::from(next.first),
            None => return Ok(()),
        }
    }
    Err(Damage::new(Structure::PartitionTable, at, "the chain of logical partitions has no end")
        .into())
}
