//! What may be about a disk that keeps others from reading it, or from changing it behind Windows' back.

use serde::Deserialize;

use super::disk::{DiskImage, Style, mark_windows_partition};
use super::log::{new_log, with_numbers};

/// One such thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// The volume is encrypted; on Azure by the vendor's extension, which the vendor knows.
    Bitlocker,
    /// The volume is encrypted from inside Windows, of which a vendor knows nothing.
    BitlockerInside,
    /// The volume has another file system of Windows.
    Refs,
    /// The disk belongs to a pool.
    StorageSpaces,
    /// Its volumes do not follow its table.
    DynamicDisk,
    /// A session goes on at the next start.
    Hibernated,
    /// It was shut down with fast startup.
    FastStart,
    /// The volume's own log was not closed.
    UncleanLog,
    /// The volume waits for a check.
    DirtyVolume,
    /// The system hive has holes.
    SparseHive,
    /// The system hive is compressed.
    CompressedHive,
    /// The system hive is encrypted by the file system.
    EncryptedHive,
    /// The system hive was cut off in mid-write, and no log carries on from it.
    CutOffHive,
    /// The system hive was left open: its first pages wait in its logs.
    OpenHive,
    /// The system hive contradicts itself.
    DamagedHive,
    /// The boot store contradicts itself.
    DamagedBootStore,
}

const SYSTEM: &str = "Windows/System32/config/SYSTEM";

impl DiskImage {
    /// Puts a trouble on the disk.
    ///
    /// # Panics
    ///
    /// Where the skeleton is not what its recipe makes.
    pub fn spoil(&mut self, trouble: Trouble) -> &mut Self {
        let start = self.windows_start();
        match trouble {
            Trouble::Bitlocker | Trouble::BitlockerInside => self.put_at(start + 3, b"-FVE-FS-"),
            Trouble::Refs => self.put_at(start + 3, b"ReFS\0\0\0\0"),
            Trouble::StorageSpaces => mark_windows_partition(
                self,
                0xe7,
                *b"\x8f\xaf\x5c\xe7\x80\xf6\xee\x4c\xaf\xa3\xb0\x01\xe5\x6e\xfc\x2d",
            ),
            Trouble::DynamicDisk => mark_windows_partition(
                self,
                0x42,
                *b"\xa0\x60\x9b\xaf\x31\x14\x62\x4f\xbc\x68\x33\x11\x71\x4a\x69\xad",
            ),
            Trouble::Hibernated => {
                self.put("hiberfil.sys", b"hibr");
            }
            Trouble::FastStart => {
                self.put("hiberfil.sys", b"HIBR");
            }
            Trouble::UncleanLog => {
                let data = self.of_file("$LogFile", 0x80);
                let at = start + self.first_cluster(data) * 4096;
                self.put_at(at, b"RSTR");
                self.put_at(at + 24, &[0x30, 0]);
                // One client has it open, and it was not shut.
                self.put_at(at + 0x30, &[1, 0, 0, 0, 0, 0, 0, 0]);
                self.put_at(at + 0x30 + 12, &[0, 0, 0, 0]);
            }
            Trouble::DirtyVolume => {
                let information = self.of_file("$Volume", 0x70);
                self.put_at(information + 24 + 10, &[1]);
            }
            Trouble::SparseHive => self.flag_system_hive(0x8000),
            Trouble::CompressedHive => self.flag_system_hive(0x0001),
            Trouble::EncryptedHive => self.flag_system_hive(0x4000),
            Trouble::CutOffHive => {
                let cut = with_numbers(self.get(SYSTEM), 9, 8);
                self.put(SYSTEM, &cut);
                for log in ["LOG1", "LOG2"] {
                    self.put(&format!("{SYSTEM}.{log}"), &[]);
                }
            }
            Trouble::OpenHive => {
                let whole = self.get(SYSTEM);
                let bins = u32::from_le_bytes(whole[40..44].try_into().expect("four bytes"));
                let bins = usize::try_from(bins).expect("a length in memory");
                // As many as the two logs have room for.
                let half = (bins / 4096).min(60) / 2 * 4096;
                let mut later = whole.clone();
                later[4096 + half..4096 + 2 * half].fill(0x5a);
                let mut before = later.clone();
                before[4096..4096 + half].fill(0x5a);
                let logs = [new_log(&[&before, &later], 9), new_log(&[&later, &whole], 10)];
                self.put(SYSTEM, &with_numbers(before, 9, 8));
                for (name, log) in ["LOG1", "LOG2"].into_iter().zip(logs) {
                    self.put(&format!("{SYSTEM}.{name}"), &log);
                }
            }
            Trouble::DamagedHive => self.damage(SYSTEM),
            Trouble::DamagedBootStore => match self.style() {
                Style::Gpt => self.damage("EFI/Microsoft/Boot/BCD"),
                Style::Mbr => self.damage("Boot/BCD"),
            },
        }
        self
    }

    fn put_at(&mut self, at: usize, bytes: &[u8]) {
        self.bytes_mut()[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn of_file(&self, name: &str, kind: u8) -> usize {
        let record = self.record(name).expect("every volume has it");
        self.attribute(record, kind).expect("every such file has it")
    }

    /// Where the first run of a list of clusters begins.
    fn first_cluster(&self, data: usize) -> usize {
        let bytes = self.bytes();
        let runs = data + usize::from(bytes[data + 32]);
        let (lengths, offsets) = (usize::from(bytes[runs] & 15), usize::from(bytes[runs] >> 4));
        let place = &bytes[runs + 1 + lengths..runs + 1 + lengths + offsets];
        place.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
    }

    fn flag_system_hive(&mut self, flags: u16) {
        let data = self.of_file("SYSTEM", 0x80);
        self.put_at(data + 12, &flags.to_le_bytes());
    }

    /// The size of a hive's first cell becomes one that no cell can have.
    fn damage(&mut self, path: &str) {
        let mut hive = self.get(path);
        hive[4096 + 0x20] ^= 1;
        self.put(path, &hive);
    }
}
