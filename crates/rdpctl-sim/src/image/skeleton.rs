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
