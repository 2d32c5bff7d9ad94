//! Volumes that others' tools made, and where the files in them lie.

use std::sync::LazyLock;

/// Which volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumeName {
    /// NTFS, with the folders of a Windows.
    Windows,
    /// FAT, with the folders of an EFI system partition.
    System,
}

/// A run of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which volume.
    pub volume: VolumeName,
    /// The path, with `/` between names.
    pub path: &'static str,
    /// From which byte of the file on.
    pub at: usize,
    /// From which byte of the volume on.
    pub start: usize,
    /// How many bytes.
    pub length: usize,
}

/// A volume's bytes, as they were made.
///
/// # Panics
///
/// Where what is compiled in is not what the recipe makes.
#[must_use]
pub fn volume(name: VolumeName) -> &'static [u8] {
    static WINDOWS: LazyLock<Vec<u8>> =
        LazyLock::new(|| unpack(include_bytes!("../../skeleton/windows.z")));
    static SYSTEM: LazyLock<Vec<u8>> =
        LazyLock::new(|| unpack(include_bytes!("../../skeleton/system.z")));
    match name {
        VolumeName::Windows => &WINDOWS,
        VolumeName::System => &SYSTEM,
    }
}

fn unpack(packed: &[u8]) -> Vec<u8> {
    let mut image =
        miniz_oxide::inflate::decompress_to_vec_zlib(packed).expect("the recipe packs so");
    let mut last = 0_u16;
    for word in image.chunks_exact_mut(2) {
        last = last.wrapping_add(u16::from_le_bytes([word[0], word[1]]));
        word.copy_from_slice(&last.to_le_bytes());
    }
    image
}

/// All runs of all files.
///
/// # Panics
///
/// Where what is compiled in is not what the recipe makes.
#[must_use]
pub fn places() -> Vec<Place> {
    let number = |text: &str| text.parse::<usize>().expect("the recipe writes numbers");
    include_str!("../../skeleton/places.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let fields: Vec<&'static str> = line.split('\t').collect();
            Place {
                volume: if fields[0] == "windows" {
                    VolumeName::Windows
                } else {
                    VolumeName::System
                },
                path: fields[1],
                at: number(fields[2]),
                start: number(fields[3]),
                length: number(fields[4]),
            }
        })
        .collect()
}

/// Who may read the RDP key of a skeleton's disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyDescriptor {
    /// Administrators alone.
    Administrators,
    /// NETWORK SERVICE is denied.
    NetworkServiceDenied,
    /// Healthy up to Windows Server 2016.
    Healthy2016,
    /// Healthy since 2019.
    Healthy2019,
}

/// The key's record in the Windows volume, and the number of a descriptor in its store.
pub(super) fn key_record(descriptor: KeyDescriptor) -> (usize, u32) {
    let mut lines = include_str!("../../skeleton/descriptors.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'));
    let record = lines.next().and_then(|line| line.parse().ok()).expect("the recipe writes it");
    let number = |line: &str| line.split('\t').next().and_then(|number| number.parse().ok());
    let place = match descriptor {
        KeyDescriptor::Administrators => 0,
        KeyDescriptor::NetworkServiceDenied => 1,
        KeyDescriptor::Healthy2016 => 2,
        KeyDescriptor::Healthy2019 => 3,
    };
    (record, lines.nth(place).and_then(number).expect("the recipe writes four"))
}
