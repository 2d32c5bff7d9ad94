//! `registry.pol`: what a policy writes, as Windows keeps it.
//!
//! A header of eight bytes, then entries `[key;value;type;size;data]` in UTF-16, each part but the numbers ended by a
//! zero.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const HEADER: [u8; 8] = *b"PReg\x01\0\0\0";
/// Entries that are read at most.
const LIMIT: usize = 10_000;

/// The keys and names in a file that `certutil` encoded, below `HKLM`; `None` where it is no such file.
pub(crate) fn encoded(text: &str) -> Option<Vec<(String, String)>> {
    let base64: String = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("-----") && !line.starts_with("rc "))
        .collect();
    values(&STANDARD.decode(base64).ok()?)
}

/// The keys and names in a file.
fn values(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    let body = bytes.strip_prefix(&HEADER)?;
    let units: Vec<u16> =
        body.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]])).collect();
    let mut rest = units.as_slice();
    let mut found = Vec::new();
    while !rest.is_empty() && found.len() < LIMIT {
        rest = rest.strip_prefix(&[u16::from(b'[')])?;
        let key = text(&mut rest)?;
        let name = text(&mut rest)?;
        // Type and size are two units each, between semicolons.
        let [_, _, _, low, high, _, tail @ ..] = rest else { return None };
        let size = (usize::from(*high) << 16) | usize::from(*low);
        rest = tail.get(size.div_ceil(2)..)?.strip_prefix(&[u16::from(b']')])?;
        // A directive to delete a value is about that value, too.
        let name = name.strip_prefix("**del.").unwrap_or(&name).to_owned();
        found.push((key, name));
    }
    Some(found)
}

/// A text up to its zero, and the semicolon behind it.
fn text(rest: &mut &[u16]) -> Option<String> {
    let end = rest.iter().position(|unit| *unit == 0)?;
    let text = String::from_utf16_lossy(&rest[..end]);
    *rest = rest[end + 1..].strip_prefix(&[u16::from(b';')])?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(entries: &[(&str, &str, &[u8])]) -> Vec<u8> {
        let mut bytes = HEADER.to_vec();
        for (key, name, data) in entries {
            let mut units: Vec<u16> = format!("[{key}\0;{name}\0;").encode_utf16().collect();
            units.extend([
                4,
                0,
                u16::from(b';'),
                u16::try_from(data.len()).unwrap(),
                0,
                u16::from(b';'),
            ]);
            bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
            bytes.extend(*data);
            bytes.extend(u16::from(b']').to_le_bytes());
        }
        bytes
    }

    #[test]
    fn keys_and_names_are_read_and_what_is_cut_is_no_file() {
        let bytes =
            file(&[(r"SOFTWARE\A", "x", &[1, 0, 0, 0]), (r"SOFTWARE\B", "**del.y", b" \0\0\0")]);
        let expected = [(r"SOFTWARE\A", "x"), (r"SOFTWARE\B", "y")];
        let expected = expected.map(|(key, name)| (key.to_owned(), name.to_owned()));
        assert_eq!(values(&bytes).unwrap(), expected);
        assert_eq!(values(&HEADER), Some(Vec::new()));
        let pem = format!(
            "rc 0\r\n-----BEGIN CERTIFICATE-----\r\n{}\r\n-----END CERTIFICATE-----",
            STANDARD.encode(&bytes)
        );
        assert_eq!(encoded(&pem).unwrap(), expected);
        for cut in 1..bytes.len() - 2 {
            let part = values(&bytes[..cut]);
            assert!(part.is_none_or(|part| part.len() < 2), "{cut}");
        }
    }
}
