//! Whether the RDP key is found by its name: in its own record, and in its folder.

use super::disk::{DiskImage, MACHINE_GUID};
use super::skeleton::{KeyDescriptor, key_record};

/// A record of the file table.
const RECORD: usize = 1024;
const SECTOR: usize = 512;

impl DiskImage {
    /// Whether Windows finds the key. A folder that names a file which is called otherwise is what `chkdsk` complains
    /// of, and nothing that should ever be.
    ///
    /// # Panics
    ///
    /// Where folder and file disagree about the name.
    #[must_use]
    pub fn has_key(&self) -> bool {
        let name = format!("f686aace6942fb7f7ceb231212eef4a4_{MACHINE_GUID}");
        let letters: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let (at, _) = key_record(KeyDescriptor::Healthy2019);
        let own = self.record(at);
        let says = |record: &[u8]| record.windows(letters.len()).any(|part| part == letters);
        // Records lie in the order of their numbers, and a file name begins with the number of its folder's record.
        let number = |bytes: &[u8]| {
            usize::try_from(u32::from_le_bytes(bytes.try_into().expect("four bytes"))).unwrap_or(0)
        };
        let folder = at - (number(&own[44..48]) - number(&own[file_name(&own)..][..4])) * RECORD;
        let (file, folder) = (says(&own), says(&self.record(folder)));
        assert_eq!(file, folder, "the folder and the file disagree about the key's name");
        file
    }

    /// A record as it is meant: the last bytes of its sectors stand at its front.
    fn record(&self, at: usize) -> Vec<u8> {
        let start = self.windows_start() + at;
        let mut record = self.bytes()[start..start + RECORD].to_vec();
        let ends = usize::from(u16::from_le_bytes([record[4], record[5]]));
        for sector in 1..=RECORD / SECTOR {
            let kept = [record[ends + 2 * sector], record[ends + 2 * sector + 1]];
            assert_eq!(
                record[sector * SECTOR - 2..sector * SECTOR],
                record[ends..ends + 2],
                "a sector of the record was not written with the rest"
            );
            record[sector * SECTOR - 2..sector * SECTOR].copy_from_slice(&kept);
        }
        record
    }
}

/// Where the value of a record's file name begins.
fn file_name(record: &[u8]) -> usize {
    let half = |at: usize| usize::from(u16::from_le_bytes([record[at], record[at + 1]]));
    let mut at = half(20);
    while record[at] != 0x30 {
        at += half(at + 4);
    }
    at + half(at + 20)
}
