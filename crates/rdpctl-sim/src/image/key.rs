//! Whether RDP keys are found by their names: in their own records, and in their folder.

use super::disk::{DiskImage, MACHINE_GUID};

/// All of them are called so, with the GUID of a machine behind.
const PREFIX: &str = "f686aace6942fb7f7ceb231212eef4a4_";
/// The GUID of the machine that the image was cloned from: its key was left behind.
pub const FORMER_GUID: &str = "1f1e1d1c-1b1a-1918-1716-151413121110";

impl DiskImage {
    /// Whether Windows finds its key.
    ///
    /// # Panics
    ///
    /// Where folder and file disagree about the name.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.has_key_of(MACHINE_GUID)
    }

    /// Whether the key of a machine is found. A folder that names a file which is called otherwise is what `chkdsk`
    /// complains of, and nothing that should ever be.
    ///
    /// # Panics
    ///
    /// Where folder and file disagree about the name, or the skeleton has no such key by any name.
    #[must_use]
    pub fn has_key_of(&self, machine: &str) -> bool {
        let name = format!("{PREFIX}{machine}");
        let letters = letters(&name);
        // Its last letter may have become another one.
        let stem = &letters[..letters.len() - 2];
        let is_it = |name: &[u8]| name.len() == letters.len() && name.starts_with(stem);
        let at = self.record_named(is_it).expect("the skeleton has this key");
        let says = |record: &[u8]| record.windows(letters.len()).any(|part| part == letters);
        let own = self.content(at);
        // Records lie in the order of their numbers, and a file name begins with the number of its folder's record.
        let number = |bytes: &[u8]| {
            usize::try_from(u32::from_le_bytes(bytes.try_into().expect("four bytes"))).unwrap_or(0)
        };
        let name = attributes(&own).into_iter().find(|(kind, _)| *kind == 0x30);
        let name = name.map(|(_, at)| at + half(&own, at + 20)).expect("every file has a name");
        let folder = at - (number(&own[44..48]) - number(&own[name..name + 4])) * RECORD;
        let (file, folder) = (says(&own), says(&self.content(folder)));
        assert_eq!(file, folder, "the folder and the file disagree about the key's name");
        file
    }

    /// Where the record of a file lies on the disk, by its name.
    #[must_use]
    pub fn record(&self, name: &str) -> Option<usize> {
        let letters = letters(name);
        self.record_named(|name| name == letters)
    }

    fn record_named(&self, wanted: impl Fn(&[u8]) -> bool) -> Option<usize> {
        let start = self.windows_start();
        let is_named = |record: &[u8]| {
            attributes(record).into_iter().any(|(kind, at)| {
                let name = at + half(record, at + 20) + 66;
                kind == 0x30 && wanted(&record[name..name + 2 * usize::from(record[name - 2])])
            })
        };
        let mut records = self.bytes()[start..].chunks(RECORD).enumerate();
        let found = records.find(|(_, record)| {
            record.starts_with(b"FILE") && record[22] & 1 == 1 && is_named(record)
        });
        found.map(|(number, _)| start + RECORD * number)
    }

    /// Where an attribute of a kind stands in a record at a place.
    #[must_use]
    pub fn attribute(&self, record: usize, kind: u8) -> Option<usize> {
        let all = attributes(&self.bytes()[record..record + RECORD]);
        all.into_iter().find(|(own, _)| *own == kind).map(|(_, at)| record + at)
    }

    /// A record as it is meant: the last bytes of its sectors stand at its front.
    fn content(&self, at: usize) -> Vec<u8> {
        let mut record = self.bytes()[at..at + RECORD].to_vec();
        let ends = half(&record, 4);
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

/// A record of the file table.
const RECORD: usize = 1024;
const SECTOR: usize = 512;

fn letters(name: &str) -> Vec<u8> {
    name.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn half(bytes: &[u8], at: usize) -> usize {
    usize::from(bytes[at]) | usize::from(bytes[at + 1]) << 8
}

/// The attributes of a record: their kinds and places in it.
fn attributes(record: &[u8]) -> Vec<(u8, usize)> {
    let mut at = half(record, 20);
    let mut all = Vec::new();
    while record[at] != 0xff {
        all.push((record[at], at));
        at += half(record, at + 4);
    }
    all
}
