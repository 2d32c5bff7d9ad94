//! Many texts in one blob: a column of lengths, then the texts one after another.

use super::{Garbled, Reader, packed};

/// Appends texts of which each has a length.
pub(crate) fn write<'a>(out: &mut Vec<u8>, texts: impl Iterator<Item = &'a str> + Clone) {
    packed::write(out, texts.clone().map(|text| u32::try_from(text.len()).unwrap_or(u32::MAX)));
    for text in texts {
        out.extend_from_slice(text.as_bytes());
    }
}

/// Appends texts that lie in one piece already.
pub(crate) fn write_whole(
    out: &mut Vec<u8>,
    lengths: impl Iterator<Item = u32> + Clone,
    text: &str,
) {
    packed::write(out, lengths);
    out.extend_from_slice(text.as_bytes());
}

/// Reads the lengths of so many texts, and the texts in one piece.
pub(crate) fn read<'a>(
    reader: &mut Reader<'a>,
    count: usize,
    what: &'static str,
) -> Result<(Vec<u32>, &'a str), Garbled> {
    let lengths = packed::Packed::read(reader, count, what)?;
    let mut total = 0_usize;
    lengths.for_each(|length| total = total.saturating_add(length as usize));
    let bytes = reader.take(total, what)?;
    let text = std::str::from_utf8(bytes).map_err(|_| Garbled { what })?;
    Ok((lengths.to_vec(), text))
}

/// Reads so many texts, each on its own.
pub(crate) fn read_each(
    bytes: &[u8],
    count: usize,
    into: &mut Vec<Box<str>>,
) -> Result<(), Garbled> {
    const WHAT: &str = "a dictionary";
    if count > MOST {
        return Err(Garbled { what: WHAT });
    }
    let mut reader = Reader::new(bytes);
    let (lengths, mut rest) = read(&mut reader, count, WHAT)?;
    reader.end(WHAT)?;
    into.reserve(count);
    for length in lengths {
        let (text, after) = rest.split_at_checked(length as usize).ok_or(Garbled { what: WHAT })?;
        into.push(text.into());
        rest = after;
    }
    Ok(())
}

/// How many texts one blob holds at most: a damaged count must not make us allocate without bound.
pub(crate) const MOST: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_as_they_were() {
        let texts = ["", "안녕", "running", "running"];
        let mut bytes = Vec::new();
        write(&mut bytes, texts.into_iter());
        let mut back = Vec::new();
        read_each(&bytes, texts.len(), &mut back).unwrap();
        assert_eq!(back.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), texts);
    }

    #[test]
    fn texts_that_were_cut_lengthened_or_split_inside_a_letter_are_garbled() {
        let mut bytes = Vec::new();
        write(&mut bytes, ["가", "나"].into_iter());
        let garbled = Err(Garbled { what: "a dictionary" });
        assert_eq!(read_each(&bytes[..bytes.len() - 1], 2, &mut Vec::new()), garbled);
        assert_eq!(read_each(&[bytes.as_slice(), b"x"].concat(), 2, &mut Vec::new()), garbled);
        assert_eq!(read_each(&bytes, usize::MAX, &mut Vec::new()), garbled);
        let mut split = Vec::new();
        packed::write(&mut split, [2, 4].into_iter());
        split.extend_from_slice("가나".as_bytes());
        assert_eq!(read_each(&split, 2, &mut Vec::new()), garbled);
    }
}
