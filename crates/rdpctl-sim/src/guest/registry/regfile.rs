//! The `.reg` text format: read for worlds and `reg import`, written by `reg export`.

use std::fmt::Write as _;

use super::path::KeyPath;
use super::value::{Data, Kind, Value};

/// One line's effect.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RegOperation {
    Create(KeyPath),
    Delete(KeyPath),
    Set(KeyPath, String, Value),
    DeleteValue(KeyPath, String),
}

/// Reads a `.reg` text; the error names the line.
pub(crate) fn parse_reg_text(text: &str) -> Result<Vec<RegOperation>, (usize, String)> {
    let text = text.trim_start_matches('\u{feff}');
    let mut lines = text.lines().enumerate();
    let header = lines.by_ref().find(|(_, line)| !line.trim().is_empty());
    match header.map(|(_, line)| line.trim()) {
        Some("Windows Registry Editor Version 5.00" | "REGEDIT4") => {}
        _ => return Err((1, "the header of a .reg file is missing".to_owned())),
    }
    let mut operations = Vec::new();
    let mut key: Option<KeyPath> = None;
    while let Some((at, line)) = lines.next() {
        let mut line = line.trim().to_owned();
        while line.ends_with('\\') && !line.starts_with('[') {
            line.pop();
            match lines.next() {
                Some((_, more)) => line.push_str(more.trim()),
                None => break,
            }
        }
        if line.is_empty() || line.starts_with(';') {
            continue;
        }
        let fail = |reason: &str| (at + 1, reason.to_owned());
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let (delete, name) =
                section.strip_prefix('-').map_or((false, section), |name| (true, name));
            let path = KeyPath::parse(name).ok_or_else(|| fail("the root key is unknown"))?;
            if delete {
                operations.push(RegOperation::Delete(path));
                key = None;
            } else {
                operations.push(RegOperation::Create(path.clone()));
                key = Some(path);
            }
            continue;
        }
        let key = key.clone().ok_or_else(|| fail("a value stands outside of any key"))?;
        let (name, data) = split_entry(&line).ok_or_else(|| fail("no name=data here"))?;
        if data == "-" {
            operations.push(RegOperation::DeleteValue(key, name));
        } else {
            let value = parse_data(data).ok_or_else(|| fail("the data is malformed"))?;
            operations.push(RegOperation::Set(key, name, value));
        }
    }
    Ok(operations)
}

fn split_entry(line: &str) -> Option<(String, &str)> {
    if let Some(rest) = line.strip_prefix("@=") {
        return Some((String::new(), rest.trim()));
    }
    let (name, rest) = quoted(line)?;
    Some((name, rest.trim_start().strip_prefix('=')?.trim()))
}

/// A quoted string with its escapes undone, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut chars = text.strip_prefix('"')?.char_indices();
    let mut out = String::new();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((out, &text[at + 2..])),
            '\\' => out.push(chars.next()?.1),
            other => out.push(other),
        }
    }
    None
}

fn parse_data(data: &str) -> Option<Value> {
    if data.starts_with('"') {
        let (text, rest) = quoted(data)?;
        return rest.trim().is_empty().then(|| Value::text(&text));
    }
    if let Some(number) = data.strip_prefix("dword:") {
        return u32::from_str_radix(number.trim(), 16).ok().map(Value::dword);
    }
    let rest = data.strip_prefix("hex")?;
    let (kind, bytes) = match rest.strip_prefix('(') {
        Some(rest) => {
            let (code, bytes) = rest.split_once("):")?;
            (Kind::from_code(u32::from_str_radix(code, 16).ok()?), bytes)
        }
        None => (Kind::Binary, rest.strip_prefix(':')?),
    };
    let bytes: Option<Vec<u8>> = bytes
        .split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
        .map(|pair| u8::from_str_radix(pair, 16).ok())
        .collect();
    Some(Value::from_bytes(kind, &bytes?))
}

/// Appends a key and its values as `reg export` writes them.
pub(crate) fn export_section<'a>(
    out: &mut String,
    shown: &str,
    values: impl Iterator<Item = (&'a str, &'a Value)>,
) {
    let _ = write!(out, "[{shown}]\r\n");
    for (name, value) in values {
        let mut line =
            if name.is_empty() { "@=".to_owned() } else { format!("\"{}\"=", escape(name)) };
        match (&value.kind, &value.data) {
            (Kind::Sz, Data::Text(text)) => {
                let _ = write!(line, "\"{}\"", escape(text));
            }
            (Kind::Dword, Data::Number(number)) => {
                let _ = write!(line, "dword:{number:08x}");
            }
            (kind, _) => {
                if *kind == Kind::Binary {
                    line.push_str("hex:");
                } else {
                    let _ = write!(line, "hex({:x}):", kind.code());
                }
                hex_lines(out, line, &value.to_bytes());
                continue;
            }
        }
        out.push_str(&line);
        out.push_str("\r\n");
    }
    out.push_str("\r\n");
}

/// Bytes separated by commas, broken before column 80 with a backslash.
fn hex_lines(out: &mut String, mut line: String, bytes: &[u8]) {
    for (at, byte) in bytes.iter().enumerate() {
        let _ = write!(line, "{byte:02x}");
        if at + 1 < bytes.len() {
            line.push(',');
            if line.len() > 76 {
                out.push_str(&line);
                out.push_str("\\\r\n");
                "  ".clone_into(&mut line);
            }
        }
    }
    out.push_str(&line);
    out.push_str("\r\n");
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_survives_export_and_import() {
        let key = KeyPath::parse(r"HKLM\SOFTWARE\Test").unwrap();
        let values = [
            ("", Value::text("default")),
            (r#"a "quoted" \name"#, Value::text(r"C:\x")),
            ("d", Value::dword(0xd3d)),
            ("e", Value::expandable("%SystemRoot%\\MEMORY.DMP")),
            ("m", Value::many(["one", "two"])),
            ("b", Value::binary(&[0; 60])),
        ];
        let mut text = "Windows Registry Editor Version 5.00\r\n\r\n".to_owned();
        export_section(&mut text, &key.shown, values.iter().map(|(name, value)| (*name, value)));
        assert!(text.contains("\"d\"=dword:00000d3d\r\n"));
        assert!(text.lines().all(|line| line.len() <= 80));
        let mut expected = vec![RegOperation::Create(key.clone())];
        expected.extend(
            values.into_iter().map(|(n, v)| RegOperation::Set(key.clone(), n.to_owned(), v)),
        );
        assert_eq!(parse_reg_text(&text).unwrap(), expected);
    }

    #[test]
    fn deletions_are_read_and_errors_name_the_line() {
        let text = "Windows Registry Editor Version 5.00\n\n[-HKEY_LOCAL_MACHINE\\SOFTWARE\\X]\n\
                    [HKEY_LOCAL_MACHINE\\SOFTWARE\\Y]\n\"gone\"=-\n";
        let y = KeyPath::parse(r"HKEY_LOCAL_MACHINE\SOFTWARE\Y").unwrap();
        assert_eq!(
            parse_reg_text(text).unwrap()[1..],
            [RegOperation::Create(y.clone()), RegOperation::DeleteValue(y, "gone".to_owned())]
        );
        assert_eq!(parse_reg_text("REGEDIT4\n[HKLM\\X]\nnonsense").unwrap_err().0, 3);
    }
}
