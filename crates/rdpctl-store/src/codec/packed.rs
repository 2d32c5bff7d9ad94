//! A column of numbers in as few bytes each as its range needs: none when all are equal, else 1, 2 or 4.
//!
//! Layout: the smallest number (4 bytes, little endian), the width (1 byte), then each number less the smallest.

use super::{Garbled, Reader};

/// A column as it lies in the bytes that were read.
#[derive(Clone, Copy)]
pub(crate) struct Packed<'a> {
    smallest: u32,
    form: Form<'a>,
}

#[derive(Clone, Copy)]
enum Form<'a> {
    Equal(usize),
    Bytes(&'a [u8]),
    Halves(&'a [u8]),
    Words(&'a [u8]),
}

/// Appends a column.
pub(crate) fn write(out: &mut Vec<u8>, numbers: impl Iterator<Item = u32> + Clone) {
    let smallest = numbers.clone().min().unwrap_or(0);
    let range = numbers.clone().max().unwrap_or(0) - smallest;
    out.extend_from_slice(&smallest.to_le_bytes());
    let width = match range {
        0 => 0,
        1..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=u32::MAX => 4,
    };
    out.push(width);
    for number in numbers {
        let bytes = (number - smallest).to_le_bytes();
        out.extend(bytes.iter().take(usize::from(width)));
    }
}

impl<'a> Packed<'a> {
    /// Reads a column of so many numbers.
    pub(crate) fn read(
        reader: &mut Reader<'a>,
        count: usize,
        what: &'static str,
    ) -> Result<Self, Garbled> {
        let smallest = reader.number(what)?;
        let form = match reader.byte(what)? {
            0 => Form::Equal(count),
            1 => Form::Bytes(reader.take(count, what)?),
            2 => Form::Halves(reader.take(count * 2, what)?),
            4 => Form::Words(reader.take(count * 4, what)?),
            _ => return Err(Garbled { what }),
        };
        Ok(Self { smallest, form })
    }

    /// Hands each number over, in order. One loop per width, so that none decides anew for each number.
    pub(crate) fn for_each(self, mut take: impl FnMut(u32)) {
        let from = self.smallest;
        match self.form {
            Form::Equal(count) => (0..count).for_each(|_| take(from)),
            Form::Bytes(bytes) => {
                for byte in bytes {
                    take(from.wrapping_add(u32::from(*byte)));
                }
            }
            Form::Halves(bytes) => {
                for half in bytes.as_chunks::<2>().0 {
                    take(from.wrapping_add(u32::from(u16::from_le_bytes(*half))));
                }
            }
            Form::Words(bytes) => {
                for word in bytes.as_chunks::<4>().0 {
                    take(from.wrapping_add(u32::from_le_bytes(*word)));
                }
            }
        }
    }

    /// All numbers.
    pub(crate) fn to_vec(self) -> Vec<u32> {
        let mut numbers = Vec::with_capacity(self.len());
        self.for_each(|number| numbers.push(number));
        numbers
    }

    const fn len(&self) -> usize {
        match self.form {
            Form::Equal(count) => count,
            Form::Bytes(bytes) => bytes.len(),
            Form::Halves(bytes) => bytes.len() / 2,
            Form::Words(bytes) => bytes.len() / 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(numbers: &[u32]) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out, numbers.iter().copied());
        out
    }

    fn unpacked(bytes: &[u8], count: usize) -> Result<Vec<u32>, Garbled> {
        Packed::read(&mut Reader::new(bytes), count, "numbers").map(Packed::to_vec)
    }

    #[test]
    fn a_column_takes_as_few_bytes_as_its_range_needs() {
        let cases: [(&[u32], usize); 6] = [
            (&[], 5),
            (&[7, 7, 7, 7], 5),
            (&[1_000_000, 1_000_255], 5 + 2),
            (&[0, 256, 3], 5 + 6),
            (&[0, 65_536], 5 + 8),
            (&[u32::MAX, 0], 5 + 8),
        ];
        for (numbers, size) in cases {
            let bytes = packed(numbers);
            assert_eq!(bytes.len(), size, "{numbers:?}");
            assert_eq!(unpacked(&bytes, numbers.len()).unwrap(), numbers);
        }
    }

    #[test]
    fn a_column_that_was_cut_or_has_no_known_width_is_garbled() {
        let bytes = packed(&[1, 2, 3]);
        for end in 0..bytes.len() {
            assert_eq!(
                unpacked(&bytes[..end], 3),
                Err(Garbled { what: "numbers" }),
                "cut at {end}"
            );
        }
        assert_eq!(unpacked(&[0, 0, 0, 0, 3, 1, 1, 1], 1), Err(Garbled { what: "numbers" }));
    }
}
