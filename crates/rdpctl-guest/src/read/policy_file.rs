//! `registry.pol`: what a policy writes, as Windows keeps it (MS-GPREG).
//!
//! A header of eight bytes, then entries `[key;value;type;size;data]` in UTF-16, each part but the numbers ended by a
//! zero. A value whose name begins with `**` is a directive about others.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const HEADER: [u8; 8] = *b"PReg\x01\0\0\0";
/// Entries that are read at most.
const LIMIT: usize = 10_000;

/// What one entry does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Directive {
    /// It writes or deletes one value.
    Value {
        /// Below `HKLM`.
        key: String,
        name: String,
    },
    /// It deletes all values of a key, or the key with all below it.
    Whole {
        /// Below `HKLM`.
        key: String,
    },
}

/// What a file that `certutil` encoded does; `None` where it is no such file.
pub(crate) fn encoded(text: &str) -> Option<Vec<Directive>> {
    let base64: String = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("-----") && !line.starts_with("rc "))
        .collect();
    directives(&STANDARD.decode(base64).ok()?)
}

/// What a file does.
fn directives(bytes: &[u8]) -> Option<Vec<Directive>> {
    let mut rest = bytes.strip_prefix(&HEADER)?;
    let mut found = Vec::new();
    while !rest.is_empty() && found.len() < LIMIT {
        rest = unit(rest, b'[')?;
        let key = text(&mut rest)?;
        let name = text(&mut rest)?;
        let (_, after) = rest.split_first_chunk::<4>()?;
        let (size, after) = unit(after, b';')?.split_first_chunk::<4>()?;
        let size = usize::try_from(u32::from_le_bytes(*size)).ok()?;
        let (data, after) = unit(after, b';')?.split_at_checked(size)?;
        rest = unit(after, b']')?;
        found.extend(meant(key, &name, data));
    }
    Some(found)
}

/// What a name and its data mean. Names compare without case.
fn meant(key: String, name: &str, data: &[u8]) -> Vec<Directive> {
    let lower = name.to_ascii_lowercase();
    // One that is to be deleted, and one that is written only where there is none.
    for head in ["**del.", "**soft."] {
        if let Some(rest) = lower.strip_prefix(head) {
            let name = name.get(name.len() - rest.len()..).unwrap_or(rest).to_owned();
            return vec![Directive::Value { key, name }];
        }
    }
    let listed = || -> Vec<String> {
        let text = utf16(data);
        let names = text.trim_end_matches('\0').split(';').filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    };
    match lower.trim_end_matches('.') {
        "**deletevalues" => {
            let value = |name| Directive::Value { key: key.clone(), name };
            listed().into_iter().map(value).collect()
        }
        "**deletekeys" => {
            let whole = |name| Directive::Whole { key: format!("{key}\\{name}") };
            listed().into_iter().map(whole).collect()
        }
        "**delvals" => vec![Directive::Whole { key }],
        // Who may read a key, and a key without values: no value is written.
        "**securekey" | "" => Vec::new(),
        _ => vec![Directive::Value { key, name: name.to_owned() }],
    }
}

/// What follows one character.
fn unit(rest: &[u8], character: u8) -> Option<&[u8]> {
    rest.strip_prefix(&[character, 0])
}

/// A text up to its zero, and the semicolon behind it.
fn text(rest: &mut &[u8]) -> Option<String> {
    let end = rest.chunks_exact(2).position(|two| two == [0, 0])?;
    let text = utf16(rest.get(..2 * end)?);
    *rest = unit(rest.get(2 * (end + 1)..)?, b';')?;
    Some(text)
}

fn utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> =
        bytes.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]])).collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(entries: &[(&str, &str, &[u8])]) -> Vec<u8> {
        let mut bytes = HEADER.to_vec();
        let put = |bytes: &mut Vec<u8>, text: &str| {
            bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        };
        for (key, name, data) in entries {
            put(&mut bytes, &format!("[{key}\0;{name}\0;"));
            bytes.extend(4_u32.to_le_bytes());
            put(&mut bytes, ";");
            bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
            put(&mut bytes, ";");
            bytes.extend(*data);
            put(&mut bytes, "]");
        }
        bytes
    }

    fn value(key: &str, name: &str) -> Directive {
        Directive::Value { key: key.to_owned(), name: name.to_owned() }
    }

    fn whole(key: &str) -> Directive {
        Directive::Whole { key: key.to_owned() }
    }

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn every_directive_is_read_as_what_it_does() {
        let values = wide("x;Y\0");
        let keys = wide("Sub;Other\\Below\0");
        let bytes = file(&[
            (r"SOFTWARE\A", "x", &[1, 0, 0, 0]),
            (r"SOFTWARE\B", "**del.y", b" \0\0\0"),
            (r"SOFTWARE\B", "**Del.Mixed", b" \0\0\0"),
            (r"SOFTWARE\B", "**soft.kept", b" \0\0\0"),
            (r"SOFTWARE\C", "**DeleteValues", &values),
            (r"SOFTWARE\D", "**DeleteKeys", &keys),
            (r"SOFTWARE\E", "**delvals.", b" \0\0\0"),
            (r"SOFTWARE\F", "**SecureKey", &[1, 0, 0, 0]),
            (r"SOFTWARE\G", "", &[]),
            // Data of an odd length.
            (r"SOFTWARE\H", "odd", &[1, 2, 3]),
        ]);
        let expected = vec![
            value(r"SOFTWARE\A", "x"),
            value(r"SOFTWARE\B", "y"),
            value(r"SOFTWARE\B", "Mixed"),
            value(r"SOFTWARE\B", "kept"),
            value(r"SOFTWARE\C", "x"),
            value(r"SOFTWARE\C", "Y"),
            whole(r"SOFTWARE\D\Sub"),
            whole(r"SOFTWARE\D\Other\Below"),
            whole(r"SOFTWARE\E"),
            value(r"SOFTWARE\H", "odd"),
        ];
        assert_eq!(directives(&bytes).unwrap(), expected);
        let pem = format!(
            "rc 0\r\n-----BEGIN CERTIFICATE-----\r\n{}\r\n-----END CERTIFICATE-----",
            STANDARD.encode(&bytes)
        );
        assert_eq!(encoded(&pem).unwrap(), expected);
    }

    #[test]
    fn what_is_cut_is_no_file() {
        assert_eq!(directives(&HEADER), Some(Vec::new()));
        let bytes = file(&[(r"SOFTWARE\A", "x", &[1, 0, 0, 0]), (r"SOFTWARE\B", "y", &[0; 4])]);
        for cut in 1..bytes.len() {
            let part = directives(&bytes[..cut]);
            assert!(part.is_none_or(|part| part.len() < 2), "{cut}");
        }
    }
}
