//! What `reg query` prints: sections that begin with a key's path, values indented by four blanks.

use std::collections::BTreeMap;

use rdpctl_model::guest::RegData;

/// Values of one key by lower-case name.
pub type Values = BTreeMap<String, RegData>;

/// A query's output, sorted out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dump {
    /// Values by key, in lower case from `hklm\` on. A key that only names itself has none.
    pub sections: BTreeMap<String, Values>,
    /// Whether every line was understood.
    pub clean: bool,
}

/// How the values begin that hold Windows' product key.
const PRODUCT_KEY: &str = "digitalproductid";

/// Reads the output of a query for a key, keeping what lies at or below it.
#[must_use]
pub fn dump(text: &str, asked: &str) -> Dump {
    let asked = asked.to_ascii_lowercase();
    let mut sections: BTreeMap<String, Values> = BTreeMap::new();
    let mut current: Option<&mut Values> = None;
    let mut clean = true;
    for line in text.lines() {
        if let Some(path) = section_start(line) {
            // A value that holds line breaks can print what looks like another key's section.
            let rest = path.strip_prefix(asked.as_str());
            let ours = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('\\'));
            clean &= ours;
            current = if ours { Some(sections.entry(path).or_default()) } else { None };
        } else if let Some((name, data)) = value_line(line) {
            match &mut current {
                // Windows' own product key stands beside what is asked for, and is nobody's business here.
                Some(_) if name.starts_with(PRODUCT_KEY) => {}
                Some(values) => {
                    values.entry(name).or_insert(data);
                }
                None => clean = false,
            }
        } else {
            clean &= line.trim().is_empty();
        }
    }
    Dump { sections, clean }
}

/// The value lines alone, wherever they stand, with their names as printed.
pub fn value_lines(text: &str) -> impl Iterator<Item = (&str, RegData)> {
    text.lines().filter_map(split_value)
}

/// The lower-case path of a section, its root shortened.
fn section_start(line: &str) -> Option<String> {
    let line = line.trim_end();
    let rest = line.strip_prefix("HKEY_")?;
    let (root, path) = rest.split_once('\\').unwrap_or((rest, ""));
    let root = match root {
        "LOCAL_MACHINE" => "hklm",
        "USERS" => "hku",
        "CLASSES_ROOT" => "hkcr",
        "CURRENT_USER" => "hkcu",
        "CURRENT_CONFIG" => "hkcc",
        _ => return None,
    };
    Some(if path.is_empty() {
        root.to_owned()
    } else {
        format!("{root}\\{}", path.to_ascii_lowercase())
    })
}

fn value_line(line: &str) -> Option<(String, RegData)> {
    split_value(line).map(|(name, data)| (name.to_lowercase(), data))
}

/// What stands between a value's name, its type and its data.
const GAP: &str = "    ";

/// Where gaps begin, none within another.
fn gaps(line: &str) -> impl Iterator<Item = usize> + '_ {
    let mut next = 0;
    memchr::memchr_iter(b' ', line.as_bytes()).filter(move |at| {
        let begins = *at >= next && line.as_bytes()[*at..].starts_with(GAP.as_bytes());
        if begins {
            next = at + GAP.len();
        }
        begins
    })
}

/// Splits `    NAME    TYPE    DATA`; a name may hold blanks too, so the first gap that a type follows counts.
fn split_value(line: &str) -> Option<(&str, RegData)> {
    let line = line.strip_prefix(GAP)?;
    gaps(line).find_map(|at| {
        let (name, rest) = (&line[..at], &line[at + GAP.len()..]);
        let (kind, data) = match gaps(rest).next() {
            Some(at) => (&rest[..at], &rest[at + GAP.len()..]),
            // Empty data, and blanks lost at the line's end.
            None => (rest.trim_end(), ""),
        };
        is_type(kind).then(|| (name, data_of(kind, data)))
    })
}

fn is_type(text: &str) -> bool {
    let named = text.strip_prefix("REG_").is_some_and(|rest| {
        !rest.is_empty()
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    });
    let numbered = text.strip_prefix("0x").is_some_and(|rest| {
        !rest.is_empty() && rest.len() <= 8 && rest.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    named || numbered
}

fn data_of(kind: &str, text: &str) -> RegData {
    let other = || RegData::Other(kind.to_owned(), text.to_owned());
    match kind {
        "REG_SZ" => RegData::Sz(text.to_owned()),
        "REG_EXPAND_SZ" => RegData::ExpandSz(text.to_owned()),
        "REG_MULTI_SZ" if text.is_empty() => RegData::MultiSz(Vec::new()),
        "REG_MULTI_SZ" => RegData::MultiSz(text.split("\\0").map(str::to_owned).collect()),
        "REG_DWORD" => number(text)
            .and_then(|number| u32::try_from(number).ok())
            .map_or_else(other, RegData::Dword),
        "REG_QWORD" => number(text).map_or_else(other, RegData::Qword),
        "REG_BINARY" => bytes(text.trim_end()).map_or_else(other, RegData::Binary),
        _ => other(),
    }
}

fn number(text: &str) -> Option<u64> {
    u64::from_str_radix(text.trim_end().strip_prefix("0x")?, 16).ok()
}

/// Hexadecimal pairs without separators.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_product_key_of_windows_is_not_kept() {
        let said = "HKEY_LOCAL_MACHINE\\SOFTWARE\\A\r\n    DigitalProductId    REG_BINARY    A400\r\n    \
                    DigitalProductId4    REG_BINARY    F804\r\n    Build    REG_DWORD    0x1\r\n";
        let dump = dump(said, "HKLM\\SOFTWARE\\A");
        let names: Vec<&String> = dump.sections.values().flat_map(BTreeMap::keys).collect();
        assert_eq!(names, ["build"]);
        assert!(dump.clean);
    }

    #[test]
    fn every_type_is_read_as_reg_prints_it() {
        let cases: [(&str, Option<(&str, RegData)>); 17] = [
            ("    Current    REG_DWORD    0x1", Some(("current", RegData::Dword(1)))),
            ("    Max    REG_DWORD    0xffffffff", Some(("max", RegData::Dword(u32::MAX)))),
            (
                "    Wide    REG_DWORD    0x100000000",
                Some(("wide", other("REG_DWORD", "0x100000000"))),
            ),
            ("    Odd    REG_DWORD    (null)", Some(("odd", other("REG_DWORD", "(null)")))),
            ("    Q    REG_QWORD    0x100000000", Some(("q", RegData::Qword(1 << 32)))),
            (
                "    Path    REG_EXPAND_SZ    %SystemRoot%\\a b",
                Some(("path", expand("%SystemRoot%\\a b"))),
            ),
            ("    Empty    REG_SZ    ", Some(("empty", RegData::Sz(String::new())))),
            ("    Empty    REG_SZ", Some(("empty", RegData::Sz(String::new())))),
            ("    A name    REG_SZ    x", Some(("a name", RegData::Sz("x".to_owned())))),
            (
                "    wide    name    REG_SZ    x",
                Some(("wide    name", RegData::Sz("x".to_owned()))),
            ),
            ("    (기본)    REG_SZ    x", Some(("(기본)", RegData::Sz("x".to_owned())))),
            (
                "    D    REG_MULTI_SZ    CertPropSvc\\0SessionEnv",
                Some(("d", multi(&["CertPropSvc", "SessionEnv"]))),
            ),
            ("    D    REG_MULTI_SZ    RPCSS", Some(("d", multi(&["RPCSS"])))),
            ("    B    REG_BINARY    00C2FF", Some(("b", RegData::Binary(vec![0, 0xc2, 0xff])))),
            ("    B    REG_BINARY    00C", Some(("b", other("REG_BINARY", "00C")))),
            ("    H    0x20    AB", Some(("h", other("0x20", "AB")))),
            ("   three blanks    REG_SZ    x", None),
        ];
        for (line, expected) in cases {
            let expected = expected.map(|(name, data)| (name.to_owned(), data));
            assert_eq!(value_line(line), expected, "{line}");
        }
    }

    #[test]
    fn sections_go_by_key_and_a_foreign_one_is_not_believed() {
        let text = "\nHKEY_LOCAL_MACHINE\\SYSTEM\\Select\n    Current    REG_DWORD    0x1\n\n\
                    HKEY_LOCAL_MACHINE\\SYSTEM\\Select\\Sub\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Fake\n    V    REG_DWORD    0x1\n";
        let dump = dump(text, "HKLM\\SYSTEM\\Select");
        let keys: Vec<(&str, usize)> =
            dump.sections.iter().map(|(key, values)| (key.as_str(), values.len())).collect();
        assert_eq!(keys, [("hklm\\system\\select", 1), ("hklm\\system\\select\\sub", 0)]);
        assert!(!dump.clean);
    }

    #[test]
    fn a_value_with_line_breaks_is_not_clean() {
        let text = "\nHKEY_LOCAL_MACHINE\\A\n    V    REG_SZ    one\ntwo\n\n";
        assert!(!dump(text, "HKLM\\A").clean);
        assert!(dump(&text.replace("two\n", ""), "HKLM\\A").clean);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(?s).{0,300}") {
            let _ = dump(&text, "HKLM\\A");
        }
    }

    fn other(kind: &str, text: &str) -> RegData {
        RegData::Other(kind.to_owned(), text.to_owned())
    }

    fn expand(text: &str) -> RegData {
        RegData::ExpandSz(text.to_owned())
    }

    fn multi(items: &[&str]) -> RegData {
        RegData::MultiSz(items.iter().map(|item| (*item).to_owned()).collect())
    }
}
