//! Text from outside on a command line: quoted where that is safe, refused where it is not.
//!
//! Inside double quotes `cmd` leaves everything alone but `%`, `!` and the quote itself.

use rdpctl_model::action::spelling::{self, Spelled};

use crate::refusal::Unrenderable;

/// A registry key or a path: quoted.
pub(super) fn name(what: &'static str, text: &str) -> Result<String, Unrenderable> {
    check(what, text, |letter| matches!(letter, '%' | '^'))?;
    if text.is_empty() {
        return Err(Unrenderable::Malformed { what });
    }
    Ok(format!("\"{}\"", closed(text)))
}

/// A registry key below `HKEY_LOCAL_MACHINE`, and not that root itself.
pub(super) fn key(text: &str) -> Result<String, Unrenderable> {
    let below =
        text.get(..5).is_some_and(|root| root.eq_ignore_ascii_case("HKLM\\")) && text.len() > 5;
    if !below || text.ends_with('\\') || text.contains("\\\\") {
        return Err(Unrenderable::Malformed { what: "the registry key" });
    }
    name("the registry key", text)
}

/// Data: quoted, with percent signs outside the quotes and escaped, so that nothing is expanded.
pub(super) fn data(text: &str) -> Result<String, Unrenderable> {
    check("the data", text, |_| false)?;
    let mut line = String::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        literal.push_str(before);
        flush(&mut line, &mut literal);
        rest = match after.split_once('%') {
            Some((variable, after)) if is_variable(variable) => {
                line.extend(["^%", variable, "^%"]);
                after
            }
            Some(_) | None => {
                line.push_str("^%");
                after
            }
        };
    }
    literal.push_str(rest);
    flush(&mut line, &mut literal);
    Ok(if line.is_empty() { "\"\"".to_owned() } else { line })
}

/// A service's short name, quoted when it holds blanks.
pub(super) fn service(text: &str) -> Result<String, Unrenderable> {
    spelling::service(text)?;
    Ok(if text.contains(' ') { format!("\"{text}\"") } else { text.to_owned() })
}

/// A file name without a folder.
pub(super) fn file(text: &str) -> Result<&str, Unrenderable> {
    spelling::file(text)?;
    Ok(text)
}

/// An order's token, which names files in the guest.
pub(super) fn token(text: &str) -> Result<&str, Unrenderable> {
    spelling::token(text)?;
    Ok(text)
}

/// A line as `echo` must be given it outside a quoted text, so that it arrives as it is.
pub(super) fn echoed(line: &str) -> String {
    let mut quoted = false;
    let mut text = String::new();
    for letter in line.chars() {
        if letter == '"' {
            quoted = !quoted;
        }
        if !quoted && matches!(letter, '&' | '|' | '<' | '>' | '(' | ')' | '^' | '%') {
            text.push('^');
        }
        text.push(letter);
    }
    text
}

fn check(what: &'static str, text: &str, also: impl Fn(char) -> bool) -> Result<(), Unrenderable> {
    Ok(spelling::within_quotes(Spelled::Other(what), text, also)?)
}

fn is_variable(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn flush(line: &mut String, literal: &mut String) {
    if !literal.is_empty() {
        line.extend(["\"", &closed(literal), "\""]);
        literal.clear();
    }
}

/// Programs take a backslash before a quote as its escape, so those at the end are doubled.
fn closed(text: &str) -> String {
    let slashes = text.len() - text.trim_end_matches('\\').len();
    format!("{text}{}", "\\".repeat(slashes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn data_is_quoted_so_that_nothing_in_it_acts() {
        let cases = [
            ("", r#""""#),
            ("a b", r#""a b""#),
            ("a&b|c<d>e(f)g^h", r#""a&b|c<d>e(f)g^h""#),
            (r"%SystemRoot%\MEMORY.DMP", r#"^%SystemRoot^%"\MEMORY.DMP""#),
            (
                r"|App=%SystemRoot%\system32\svchost.exe|",
                r#""|App="^%SystemRoot^%"\system32\svchost.exe|""#,
            ),
            ("100%", r#""100"^%"#),
            ("a%b c%d", r#""a"^%"b c"^%"d""#),
            (r"C:\dir\", r#""C:\dir\\""#),
            (r"C:\%X%", r#""C:\\"^%X^%"#),
        ];
        for (text, line) in cases {
            assert_eq!(data(text).as_deref(), Ok(line), "{text}");
        }
    }

    #[test]
    fn what_has_no_safe_spelling_is_refused() {
        for text in ["a\"b", "a!b", "a\nb", "a\0b", "é", "\u{7f}"] {
            assert!(data(text).is_err(), "{text:?}");
            assert!(name("the name", text).is_err(), "{text:?}");
            assert!(
                service(text).is_err() && file(text).is_err() && token(text).is_err(),
                "{text:?}"
            );
        }
        for text in ["%TEMP%", "a^b", ""] {
            assert!(name("the name", text).is_err(), "{text:?}");
        }
        for text in ["a&b", "a|b", "..", "a/b", r"a\b", "-f", ""] {
            assert!(
                service(text).is_err() && file(text).is_err() && token(text).is_err(),
                "{text:?}"
            );
        }
    }

    #[test]
    fn only_keys_below_the_machine_are_keys() {
        for text in ["HKLM", "HKLM\\", "HKCU\\x", "HKLM\\a\\", "HKLM\\a\\\\b", "\\\\host\\HKLM\\a"]
        {
            assert!(key(text).is_err(), "{text}");
        }
        assert_eq!(key(r"HKLM\SOFTWARE\A b").as_deref(), Ok(r#""HKLM\SOFTWARE\A b""#));
        assert_eq!(key(r"hklm\software\*+HTTP").as_deref(), Ok(r#""hklm\software\*+HTTP""#));
    }

    #[test]
    fn an_echoed_line_arrives_as_it_was() {
        assert_eq!(
            echoed(r#"reg add "a&b" /d ^%%X^%%"c""#),
            r#"reg add "a&b" /d ^^^%^%X^^^%^%"c""#
        );
    }

    proptest! {
        /// Outside quotes nothing stands but escaped percent signs, and quotes are closed.
        #[test]
        fn quoted_data_never_lets_a_character_act(text in "[ -~]{0,60}") {
            let Ok(line) = data(&text) else { return Ok(()) };
            let mut outside = String::new();
            let mut quoted = false;
            for letter in line.chars() {
                if letter == '"' {
                    quoted = !quoted;
                } else if quoted {
                    prop_assert!(letter != '%' && letter != '!');
                } else {
                    outside.push(letter);
                }
            }
            prop_assert!(!quoted);
            let left = outside.replace("^%", "");
            prop_assert!(left.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "{line}");
        }
    }
}
