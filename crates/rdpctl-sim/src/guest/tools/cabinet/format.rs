//! The cabinet format, one folder, MSZIP or stored.

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

/// What one block holds before compression.
const BLOCK: usize = 32_768;
const HEADER: usize = 36;
const FOLDER: usize = 8;

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let pair = bytes.get(at..at + 2)?;
    Some(usize::from(u16::from_le_bytes([pair[0], pair[1]])))
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..at + 4)?;
    usize::try_from(u32::from_le_bytes([four[0], four[1], four[2], four[3]])).ok()
}

fn short(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes()
}

fn wide(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
}

/// The checksum of a block: exclusive or of its words; the odd bytes at the end count backwards.
fn checksum(bytes: &[u8], seed: u32) -> u32 {
    let words = bytes.chunks_exact(4);
    let odd = words.remainder().iter().fold(0_u32, |value, byte| (value << 8) | u32::from(*byte));
    words.fold(seed, |sum, four| sum ^ u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
        ^ odd
}

/// A cabinet with one file.
pub(super) fn pack(name: &str, data: &[u8]) -> Vec<u8> {
    let blocks: Vec<(Vec<u8>, usize)> = data
        .chunks(BLOCK)
        .map(|plain| {
            let mut packed = b"CK".to_vec();
            packed.extend(compress_to_vec(plain, 6));
            (packed, plain.len())
        })
        .collect();
    let file_entry = 16 + name.len() + 1;
    let first_block = HEADER + FOLDER + file_entry;
    let total = first_block + blocks.iter().map(|(packed, _)| packed.len() + 8).sum::<usize>();
    let mut out = Vec::with_capacity(total);
    out.extend(b"MSCF");
    out.extend([0; 4]);
    out.extend(wide(total));
    out.extend([0; 4]);
    out.extend(wide(HEADER + FOLDER));
    out.extend([0; 4]);
    // Version 1.3; one folder, one file.
    out.extend([3, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    out.extend(wide(first_block));
    out.extend(short(blocks.len()));
    out.extend(short(1));
    out.extend(wide(data.len()));
    out.extend(wide(0));
    // Folder 0; a fixed date, so that the same file gives the same cabinet; the archive attribute.
    out.extend([0, 0, 0x21, 0x5c, 0, 0, 0x20, 0]);
    out.extend(name.as_bytes());
    out.push(0);
    for (packed, plain) in blocks {
        let sizes = [short(packed.len()), short(plain)].concat();
        let sum = checksum(&sizes, checksum(&packed, 0));
        out.extend(sum.to_le_bytes());
        out.extend(sizes);
        out.extend(packed);
    }
    out
}

/// The files of a cabinet; `None` when it is none, or is damaged.
pub(super) fn unpack(bytes: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    if bytes.get(..4)? != b"MSCF" {
        return None;
    }
    let mut entry = long(bytes, 16)?;
    let files = word(bytes, 28)?;
    let mut at = long(bytes, HEADER)?;
    let blocks = word(bytes, HEADER + 4)?;
    let kind = word(bytes, HEADER + 6)? & 0xf;
    let mut plain: Vec<u8> = Vec::new();
    for _ in 0..blocks {
        let packed = word(bytes, at + 4)?;
        let size = word(bytes, at + 6)?;
        let data = bytes.get(at + 8..at + 8 + packed)?;
        match kind {
            0 => plain.extend_from_slice(data),
            1 => inflate(&mut plain, data.strip_prefix(b"CK")?, size)?,
            _ => return None,
        }
        at += 8 + packed;
    }
    let mut found = Vec::new();
    for _ in 0..files {
        let size = long(bytes, entry)?;
        let offset = long(bytes, entry + 4)?;
        let name = bytes.get(entry + 16..)?;
        let end = name.iter().position(|byte| *byte == 0)?;
        let name = String::from_utf8_lossy(&name[..end]).into_owned();
        found.push((name, plain.get(offset..offset.checked_add(size)?)?.to_vec()));
        entry += 16 + end + 1;
    }
    Some(found)
}

/// Appends one block; what came before it is its dictionary.
fn inflate(plain: &mut Vec<u8>, data: &[u8], size: usize) -> Option<()> {
    let start = plain.len().saturating_sub(BLOCK);
    let mut window = plain[start..].to_vec();
    let known = window.len();
    window.resize(known + size, 0);
    let mut state = Box::new(DecompressorOxide::new());
    let flags = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let (status, _, written) = decompress(&mut state, data, &mut window, known, flags);
    if status != TINFLStatus::Done || written != size {
        return None;
    }
    plain.extend_from_slice(&window[known..]);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_comes_out_again() {
        let data: Vec<u8> =
            (0..70_000_u32).map(|n| u8::try_from((n % 977) * 7 % 251).unwrap()).collect();
        let cabinet = pack("out.txt", &data);
        assert_eq!(&cabinet[..4], b"MSCF");
        assert_eq!(long(&cabinet, 8), Some(cabinet.len()));
        assert_eq!((word(&cabinet, 40), word(&cabinet, 42)), (Some(3), Some(1)));
        assert_eq!(unpack(&cabinet).unwrap(), [("out.txt".to_owned(), data)]);
        assert_eq!(unpack(&cabinet[..cabinet.len() - 1]), None);
        assert_eq!(unpack(b"text"), None);
    }

    #[test]
    fn a_block_may_refer_to_the_one_before_it() {
        let mut plain = b"abcdefgh".to_vec();
        // Fixed Huffman codes: eight bytes from eight back, end of block.
        assert_eq!(inflate(&mut plain, &[0x83, 0xd1, 0x00], 8), Some(()));
        assert_eq!(plain, b"abcdefghabcdefgh");
    }
}
