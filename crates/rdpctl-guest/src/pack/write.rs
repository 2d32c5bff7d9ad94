//! A cabinet with one file, for `expand`: what is brought into a guest is as small as what comes out of it.

use miniz_oxide::deflate::compress_to_vec;

/// What one block holds before it is compressed.
const BLOCK: usize = 32_768;
/// Header, folder, and a file's entry up to its name.
const HEAD: usize = 36 + 8 + 16;
/// As small as it gets: a line is slower than any machine.
const LEVEL: u8 = 10;

/// The cabinet of a file with that name, each of its blocks under a checksum that `expand` compares.
pub(crate) fn cabinet_of(name: &str, plain: &[u8]) -> Vec<u8> {
    let blocks: Vec<(Vec<u8>, usize)> = plain
        .chunks(BLOCK)
        .map(|block| ([b"CK".to_vec(), compress_to_vec(block, LEVEL)].concat(), block.len()))
        .collect();
    let data_at = HEAD + name.len() + 1;
    let total = data_at + blocks.iter().map(|(packed, _)| packed.len() + 8).sum::<usize>();
    let mut bytes = Vec::with_capacity(total);
    bytes.extend_from_slice(b"MSCF\0\0\0\0");
    bytes.extend_from_slice(&long(total));
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&long(36 + 8));
    bytes.extend_from_slice(&[0; 4]);
    // Version 1.3; one folder with one file.
    bytes.extend_from_slice(&[3, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend_from_slice(&long(data_at));
    bytes.extend_from_slice(&short(blocks.len()));
    // MSZIP.
    bytes.extend_from_slice(&short(1));
    bytes.extend_from_slice(&long(plain.len()));
    bytes.extend_from_slice(&[0; 4]);
    // Folder 0; some day, the same for all; the attribute that every new file has.
    bytes.extend_from_slice(&[0, 0, 0x21, 0x5c, 0, 0, 0x20, 0]);
    bytes.extend_from_slice(name.as_bytes());
    bytes.push(0);
    for (packed, length) in blocks {
        let sizes = [short(packed.len()), short(length)].concat();
        bytes.extend_from_slice(&checksum(&sizes, checksum(&packed, 0)).to_le_bytes());
        bytes.extend_from_slice(&sizes);
        bytes.extend_from_slice(&packed);
    }
    bytes
}

/// The exclusive or of all words; the odd bytes at the end count from the other side.
fn checksum(bytes: &[u8], seed: u32) -> u32 {
    let (words, odd) = bytes.as_chunks::<4>();
    let odd = odd.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
    words.iter().fold(seed, |sum, word| sum ^ u32::from_le_bytes(*word)) ^ odd
}

fn short(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes()
}

fn long(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
}
