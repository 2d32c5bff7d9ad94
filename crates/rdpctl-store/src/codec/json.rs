//! Documents as JSON in a blob, pressed with LZ4 where that makes them smaller.
//!
//! JSON, because evidence outlives the program that wrote it and people want to read it; LZ4, because surveys repeat
//! their keys and a hundred thousand of them would otherwise be mostly those.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Garbled;

const PLAIN: i64 = 0;
const LZ4: i64 = 1;
/// Below this LZ4 gains nothing.
const WORTH_PRESSING: usize = 256;
/// No document is larger once unpressed; a damaged size must not make us allocate without bound.
const MOST: usize = 1 << 30;

/// A document as it lies on disk.
pub(crate) struct Pressed {
    /// How it lies there.
    pub(crate) form: i64,
    /// Its bytes.
    pub(crate) body: Vec<u8>,
}

/// Writes a document.
pub(crate) fn encode(document: &impl Serialize) -> Result<Pressed, serde_json::Error> {
    Ok(press(serde_json::to_vec(document)?))
}

/// Presses JSON.
pub(crate) fn press(plain: Vec<u8>) -> Pressed {
    if plain.len() < WORTH_PRESSING {
        return Pressed { form: PLAIN, body: plain };
    }
    let pressed = lz4_flex::block::compress_prepend_size(&plain);
    if pressed.len() < plain.len() {
        Pressed { form: LZ4, body: pressed }
    } else {
        Pressed { form: PLAIN, body: plain }
    }
}

/// Reads a document.
pub(crate) fn decode<T: DeserializeOwned>(
    form: i64,
    body: &[u8],
    what: &'static str,
) -> Result<T, Garbled> {
    serde_json::from_slice(&plain(form, body, what)?).map_err(|_| Garbled { what })
}

/// The JSON as it was before it was pressed.
pub(crate) fn plain<'a>(
    form: i64,
    body: &'a [u8],
    what: &'static str,
) -> Result<Cow<'a, [u8]>, Garbled> {
    let garbled = Garbled { what };
    match form {
        PLAIN => Ok(Cow::Borrowed(body)),
        LZ4 => {
            let (size, rest) = body.split_at_checked(4).ok_or(garbled)?;
            let size = u32::from_le_bytes(size.try_into().map_err(|_| garbled)?) as usize;
            // LZ4 makes nothing more than 255 times smaller, so a size beyond that is damage as well.
            if size > MOST || size > rest.len().saturating_mul(255) {
                return Err(garbled);
            }
            lz4_flex::block::decompress(rest, size).map(Cow::Owned).map_err(|_| garbled)
        }
        _ => Err(garbled),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_documents_stay_plain_and_long_ones_are_pressed() {
        let short = encode(&"running").unwrap();
        assert_eq!((short.form, short.body.as_slice()), (PLAIN, br#""running""#.as_slice()));
        let long = vec!["running"; 1000];
        let pressed = encode(&long).unwrap();
        assert_eq!(pressed.form, LZ4);
        assert!(pressed.body.len() < 200, "{}", pressed.body.len());
        assert_eq!(decode::<Vec<String>>(pressed.form, &pressed.body, "words").unwrap(), long);
    }

    #[test]
    fn damaged_documents_are_garbled_and_claim_no_memory() {
        let pressed = encode(&vec!["running"; 1000]).unwrap();
        let garbled = Err(Garbled { what: "words" });
        let cut = &pressed.body[..pressed.body.len() / 2];
        assert_eq!(decode::<Vec<String>>(LZ4, cut, "words"), garbled);
        assert_eq!(decode::<Vec<String>>(LZ4, &[0xff; 8], "words"), garbled);
        assert_eq!(decode::<Vec<String>>(9, b"[]", "words"), garbled);
        assert_eq!(decode::<Vec<String>>(PLAIN, b"[", "words"), garbled);
    }
}
