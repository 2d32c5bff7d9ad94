//! Registry writes and deletions.

use rdpctl_model::guest::RegData;

use crate::envelope::FOLDER;
use crate::read::hexadecimal;
use crate::refusal::Unrenderable;

use super::command::{DONE, DONE_OR_NONE, MUST_BE_ABSENT, NativeCommand};
use super::quote;

/// Writes one value.
pub(super) fn set(key: &str, name: &str, data: &RegData) -> Result<NativeCommand, Unrenderable> {
    let (kind, text) = spelled(data)?;
    let (key, name) = (quote::key(key)?, quote::name("the value's name", name)?);
    Ok(NativeCommand::one(
        format!(
            "%SystemRoot%\\System32\\reg.exe add {key} /v {name} /t {kind} /d {text} /f /reg:64"
        ),
        DONE,
    ))
}

/// Deletes one value; that it is gone is asked afterwards, because the exit code says the same of a refusal.
pub(super) fn delete_value(key: &str, name: &str) -> Result<Vec<NativeCommand>, Unrenderable> {
    let (key, name) = (quote::key(key)?, quote::name("the value's name", name)?);
    Ok(vec![
        NativeCommand::one(
            format!("%SystemRoot%\\System32\\reg.exe delete {key} /v {name} /f /reg:64"),
            DONE_OR_NONE,
        ),
        NativeCommand::question(
            format!("%SystemRoot%\\System32\\reg.exe query {key} /v {name} /reg:64"),
            MUST_BE_ABSENT,
        ),
    ])
}

/// Exports a key and deletes it; without the export nothing is deleted.
pub(super) fn delete_key(
    key: &str,
    token: &str,
    place: usize,
) -> Result<Vec<NativeCommand>, Unrenderable> {
    // A hive's first level holds whole products: no facet deletes that.
    if key.matches('\\').count() < 3 {
        return Err(Unrenderable::Malformed { what: "the key to delete" });
    }
    let key = quote::key(key)?;
    let file = format!("\"{FOLDER}\\{}-{place}.reg\"", quote::token(token)?);
    Ok(vec![
        NativeCommand::one(
            format!("%SystemRoot%\\System32\\reg.exe export {key} {file} /y /reg:64"),
            DONE_OR_NONE,
        ),
        NativeCommand::several(
            format!(
                "(if exist {file} (%SystemRoot%\\System32\\reg.exe delete {key} /f /reg:64 >nul 2>&1) else (%SystemRoot%\\System32\\reg.exe query {key} /reg:64 >nul 2>&1))"
            ),
            DONE_OR_NONE,
        ),
        NativeCommand::question(
            format!("%SystemRoot%\\System32\\reg.exe query {key} /reg:64"),
            MUST_BE_ABSENT,
        ),
    ])
}

/// The type and the data as `reg add` takes them.
fn spelled(data: &RegData) -> Result<(&'static str, String), Unrenderable> {
    Ok(match data {
        RegData::Dword(number) => ("REG_DWORD", number.to_string()),
        RegData::Qword(number) => ("REG_QWORD", number.to_string()),
        RegData::Sz(text) => ("REG_SZ", quote::data(text)?),
        RegData::ExpandSz(text) => ("REG_EXPAND_SZ", quote::data(text)?),
        RegData::MultiSz(items) => {
            // The separator is these two characters, so an item that holds them would become two.
            if items.iter().any(|item| item.is_empty() || item.contains("\\0")) {
                return Err(Unrenderable::Malformed { what: "a REG_MULTI_SZ" });
            }
            ("REG_MULTI_SZ", quote::data(&items.join("\\0"))?)
        }
        RegData::Binary(bytes) if bytes.is_empty() => ("REG_BINARY", "\"\"".to_owned()),
        RegData::Binary(bytes) => ("REG_BINARY", hexadecimal(bytes).to_ascii_uppercase()),
        RegData::Other(kind, _) => return Err(Unrenderable::UnwritableType { kind: kind.clone() }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_is_written_as_reg_takes_it() {
        let cases = [
            (RegData::Dword(u32::MAX), "REG_DWORD /d 4294967295"),
            (RegData::Qword(1 << 32), "REG_QWORD /d 4294967296"),
            (RegData::Sz("Remote Desktop".to_owned()), "REG_SZ /d \"Remote Desktop\""),
            (
                RegData::ExpandSz(r"%SystemRoot%\MEMORY.DMP".to_owned()),
                r#"REG_EXPAND_SZ /d ^%SystemRoot^%"\MEMORY.DMP""#,
            ),
            (
                RegData::MultiSz(vec!["a".to_owned(), "b c".to_owned()]),
                r#"REG_MULTI_SZ /d "a\0b c""#,
            ),
            (RegData::MultiSz(Vec::new()), r#"REG_MULTI_SZ /d """#),
            (RegData::Binary(vec![0, 0xc2]), "REG_BINARY /d 00C2"),
            (RegData::Binary(Vec::new()), r#"REG_BINARY /d """#),
        ];
        for (data, tail) in cases {
            let line = set(r"HKLM\SOFTWARE\A", "N", &data).map(|command| command.line);
            assert_eq!(
                line,
                Ok(format!(
                    r#"%SystemRoot%\System32\reg.exe add "HKLM\SOFTWARE\A" /v "N" /t {tail} /f /reg:64"#
                ))
            );
        }
    }

    #[test]
    fn what_reg_cannot_write_is_refused() {
        let other = RegData::Other("REG_NONE".to_owned(), "00".to_owned());
        let items = RegData::MultiSz(vec![r"C:\0ld".to_owned()]);
        for data in [other, items, RegData::Sz("a\"b".to_owned())] {
            assert!(set(r"HKLM\SOFTWARE\A", "N", &data).is_err(), "{data:?}");
        }
        assert!(set(r"HKCU\A", "N", &RegData::Dword(1)).is_err());
        assert!(delete_key(r"HKLM\SOFTWARE\Microsoft", "t", 0).is_err());
    }
}
