//! Names as Windows stores and compares them: each UTF-16 unit upper-cased by itself.

use crate::bytes::units;

/// Upper-cased one unit to one unit: `ß` stays `ß`, for its upper case is two letters; halves of pairs stay too.
pub(crate) fn upper(unit: u16) -> u16 {
    if unit < 0x80 {
        return match unit {
            0x61..=0x7a => unit - 0x20,
            _ => unit,
        };
    }
    // Unicode gives these an upper case that Windows' table does not.
    if matches!(unit, 0xb5 | 0x131 | 0x17f) {
        return unit;
    }
    let Some(letter) = char::from_u32(u32::from(unit)) else { return unit };
    let mut upper = letter.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => u16::try_from(u32::from(one)).unwrap_or(unit),
        (Some(_) | None, Some(_)) | (None, None) => unit,
    }
}

/// A stored name as UTF-16.
pub(crate) fn decode(bytes: &[u8], latin: bool) -> Vec<u16> {
    if latin { bytes.iter().map(|byte| u16::from(*byte)).collect() } else { units(bytes) }
}

#[cfg(test)]
mod tests {
    use super::upper;

    #[test]
    fn letters_whose_upper_case_is_not_one_letter_stay() {
        for (lower, expected) in
            [('a', 'A'), ('ä', 'Ä'), ('ß', 'ß'), ('ÿ', 'Ÿ'), ('я', 'Я'), ('µ', 'µ'), ('가', '가')]
        {
            let unit = |letter: char| u16::try_from(u32::from(letter)).unwrap();
            assert_eq!(upper(unit(lower)), unit(expected), "{lower}");
        }
        assert_eq!(upper(0xd800), 0xd800);
    }
}
