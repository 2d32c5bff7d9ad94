//! Cabinets as `makecab` writes them for one file: blocks of deflate, each with the text before it as dictionary.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// How much a cabinet may hold.
const PLAIN_LIMIT: usize = 8 << 20;
/// How much one block may hold.
const BLOCK_LIMIT: usize = 32_768;

/// The bytes are no cabinet that we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cabinet with one MSZIP folder")]
pub struct NotACabinet;

/// The one file of a cabinet.
pub fn unpack(bytes: &[u8]) -> Result<Vec<u8>, NotACabinet> {
    const MSZIP: u16 = 1;
    let reader = Reader(bytes);
    // Flags announce other cabinets or reserved areas, which `makecab` does not write unasked.
    if bytes.get(..4) != Some(b"MSCF") || reader.u16(30)? != 0 || reader.u16(42)? & 0xf != MSZIP {
        return Err(NotACabinet);
    }
    let size = usize::try_from(reader.u32(reader.offset(16)?)?).map_err(|_| NotACabinet)?;
    if size > PLAIN_LIMIT {
        return Err(NotACabinet);
    }
    let mut at = reader.offset(36)?;
    let mut plain: Vec<u8> = Vec::new();
    for _ in 0..reader.u16(40)? {
        let (packed, length) = (usize::from(reader.u16(at + 4)?), usize::from(reader.u16(at + 6)?));
        let data = bytes.get(at + 8..at + 8 + packed).ok_or(NotACabinet)?;
        inflate(data, length, &mut plain)?;
        at += 8 + packed;
    }
    if plain.len() < size {
        return Err(NotACabinet);
    }
    plain.truncate(size);
    Ok(plain)
}

/// Adds one block, whose references may reach back into the text before it.
fn inflate(data: &[u8], length: usize, plain: &mut Vec<u8>) -> Result<(), NotACabinet> {
    let data = data.strip_prefix(b"CK").ok_or(NotACabinet)?;
    let start = plain.len();
    if length > BLOCK_LIMIT || start + length > PLAIN_LIMIT {
        return Err(NotACabinet);
    }
    plain.resize(start + length, 0);
    let mut state = DecompressorOxide::new();
    let (status, _, written) =
        decompress(&mut state, data, plain, start, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF);
    if status == TINFLStatus::Done && written == length { Ok(()) } else { Err(NotACabinet) }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn u16(&self, at: usize) -> Result<u16, NotACabinet> {
        let pair = self.0.get(at..at.saturating_add(2)).and_then(|pair| pair.try_into().ok());
        pair.map(u16::from_le_bytes).ok_or(NotACabinet)
    }

    fn u32(&self, at: usize) -> Result<u32, NotACabinet> {
        let four = self.0.get(at..at.saturating_add(4)).and_then(|four| four.try_into().ok());
        four.map(u32::from_le_bytes).ok_or(NotACabinet)
    }

    /// A place within the cabinet.
    fn offset(&self, at: usize) -> Result<usize, NotACabinet> {
        let place = usize::try_from(self.u32(at)?).map_err(|_| NotACabinet)?;
        if place <= self.0.len() { Ok(place) } else { Err(NotACabinet) }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A cabinet with one file.
    pub(in crate::pack) fn cabinet(plain: &[u8]) -> Vec<u8> {
        crate::pack::write::cabinet_of("out.txt", plain)
    }

    #[test]
    fn what_was_packed_comes_back() {
        for size in [0, 1, 18_000, 32_768, 100_000] {
            let plain: Vec<u8> = (0..size)
                .map(|place: u32| (place.wrapping_mul(2_654_435_761) >> 27).to_le_bytes()[0])
                .collect();
            assert_eq!(unpack(&cabinet(&plain)).as_deref(), Ok(plain.as_slice()), "{size}");
        }
    }

    /// The second block says "ten bytes from six back" and nothing else, which only the first block can answer.
    #[test]
    fn a_block_may_refer_to_the_text_of_the_one_before_it() {
        let mut plain = b"rdpctl".to_vec();
        // Fixed Huffman codes: length 10 (code 264), distance 6 (code 4, one extra bit), end of block.
        let bits = ["1", "10", "0001000", "00100", "1", "0000000"].concat();
        let mut packed = b"CK".to_vec();
        packed.extend(bits.as_bytes().chunks(8).map(|eight| {
            eight.iter().enumerate().fold(0u8, |byte, (place, bit)| byte | (bit - b'0') << place)
        }));
        assert_eq!(inflate(&packed, 10, &mut plain), Ok(()));
        assert_eq!(plain, b"rdpctlrdpctlrdpc");
        assert_eq!(inflate(&packed, 10, &mut b"rd".to_vec()), Err(NotACabinet));
    }

    #[test]
    fn what_is_no_cabinet_is_refused() {
        let good = cabinet(b"some text");
        for bad in [&b""[..], b"MSCF", &good[..good.len() - 1], &good[1..]] {
            assert_eq!(unpack(bad), Err(NotACabinet));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0usize..120) {
            let _ = unpack(&bytes);
            let mut spoiled = cabinet(b"some text of a guest, some text of a guest");
            spoiled.truncate(cut);
            spoiled.extend_from_slice(&bytes);
            let _ = unpack(&spoiled);
        }
    }
}
