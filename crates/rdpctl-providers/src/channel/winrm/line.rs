//! A command line on its way through the command processor that the service puts before it.
//!
//! `winrm-rs` has no way to set `WINRS_SKIP_CMD_SHELL`, so the service runs `cmd /c LINE`. Our lines are
//! `cmd /v:on /d /q /s /c "BODY"` and BODY holds quotes: for the outer processor each of them ends or begins a quoted
//! part, so that what BODY quotes, a `|` in a search pattern say, lies bare before it. A caret there protects it; the
//! outer processor takes the caret away, and the inner one sees BODY as it was written.

use rdpctl_guest::script::LINE_LIMIT;

/// What the service writes before and after a line, at its longest.
const SERVICE_WRITES: usize = r#"C:\Windows\system32\cmd.exe /C """#.len();

/// Why a line cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LineError {
    /// Control characters make invalid XML, and a line end would begin another command.
    #[error("a command line holds a control character")]
    ControlCharacter,
    /// `cmd` would cut it.
    #[error("a command line of {length} characters is longer than `cmd` takes")]
    TooLong {
        /// Its length.
        length: usize,
    },
}

/// The line to hand to the service.
pub(super) fn for_service(line: &str) -> Result<String, LineError> {
    if line.chars().any(char::is_control) {
        return Err(LineError::ControlCharacter);
    }
    let mut sent = String::with_capacity(line.len() + 64);
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            '&' | '|' | '<' | '>' | '^' if !quoted => sent.push('^'),
            _ => {}
        }
        sent.push(character);
    }
    let length = sent.chars().count() + SERVICE_WRITES;
    if length > LINE_LIMIT {
        return Err(LineError::TooLong { length });
    }
    Ok(sent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_inner_quotes_hold_is_protected_from_the_outer_processor() {
        for (line, sent) in [
            (
                r#"cmd /v:on /d /q /s /c "ver&echo !errorlevel!""#,
                r#"cmd /v:on /d /q /s /c "ver&echo !errorlevel!""#,
            ),
            (
                r#"cmd /s /c "reg query K|findstr /c:"|LPort=3389|" /c:"<a>" 2>nul""#,
                r#"cmd /s /c "reg query K|findstr /c:"^|LPort=3389^|" /c:"^<a^>" 2>nul""#,
            ),
            (r#"cmd /s /c "echo 2^>nul "a^b"""#, r#"cmd /s /c "echo 2^>nul "a^^b"""#),
        ] {
            assert_eq!(for_service(line).as_deref(), Ok(sent));
        }
    }

    #[test]
    fn what_cmd_would_cut_or_misread_is_not_sent() {
        assert_eq!(for_service("echo a\r\nformat c:"), Err(LineError::ControlCharacter));
        assert_eq!(for_service("echo \u{1}"), Err(LineError::ControlCharacter));
        let longest = "a".repeat(LINE_LIMIT - SERVICE_WRITES);
        assert_eq!(for_service(&longest), Ok(longest.clone()));
        assert_eq!(
            for_service(&format!("{longest}a")),
            Err(LineError::TooLong { length: LINE_LIMIT + 1 })
        );
        // A caret costs a character too.
        assert!(for_service(&format!("|{}", &longest[1..])).is_err());
    }
}
