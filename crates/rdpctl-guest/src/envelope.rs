//! What every script begins and ends with, whichever way it takes into the guest.
//!
//! Scripts run as SYSTEM, and `cmd` looks for a program in the current folder before it looks in Windows' own: who may
//! put a file there, has its rights. So a script first enters a folder of its own below one that SYSTEM and
//! Administrators alone may enter, tells `cmd` not to look where it stands, and names each program in full. Where that
//! folder cannot be had, nothing else is run. Its scratch files lie there under plain names and go with it.

use crate::frame::Nonce;
use crate::said::say;
use rdpctl_model::Said;

/// Where rdpctl's files lie in a guest.
pub(crate) const FOLDER: &str = r"!SystemRoot!\rdpctl";

/// SYSTEM and Administrators, and nobody else: what is inherited goes, and whoever else was given something is found
/// by the count of entries, because names are translated and SIDs are not listed.
const ADMINISTRATORS_ONLY: &str = concat!(
    r#"!X!\icacls.exe !D! /inheritance:r /grant:r "*S-1-5-18:(OI)(CI)F" "*S-1-5-32-544:(OI)(CI)F""#,
    " >nul 2>&1"
);

/// The commands that a script begins with. From here on `X` is the folder of Windows' programs.
pub(crate) fn enter(nonce: &Nonce) -> Vec<String> {
    // Two that begin at once must not share a folder: a mark that was drawn is only had by who makes its folder.
    let (draw, only_if_made) =
        if nonce.is_drawn_there() { (Some(DRAW), "&&") } else { (None, "&") };
    let head = ["set NoDefaultCurrentDirectoryInExePath=1", r"set X=!SystemRoot!\System32"];
    let mut all: Vec<String> = head.into_iter().chain(draw).map(str::to_owned).collect();
    all.extend([
        format!("set D={FOLDER}"),
        r"(if not exist !D!\ md !D! 2>nul)".to_owned(),
        ADMINISTRATORS_ONLY.to_owned(),
        format!("(if not !errorlevel!==0 (echo #{nonce} X {NOT_MADE}&exit /b 1))"),
        format!(r"md !D!\{nonce} 2>nul{only_if_made}cd /d !D!\{nonce} 2>nul"),
        format!(r#"(if /i not "!cd!"=="!D!\{nonce}" (echo #{nonce} X {NOT_ENTERED}&exit /b 1))"#),
        r#"!X!\icacls.exe !D! >a 2>nul&!X!\findstr.exe /c:":(" a >b"#.to_owned(),
        r#"set Q=0&(for /f "delims=" %q in (b) do set /a Q+=1 >nul)"#.to_owned(),
        format!("(if not !Q!==2 (echo #{nonce} X {OPEN}&{}&exit /b 1))", leave(nonce)),
    ]);
    all
}

/// How a guest draws the mark of a script that is always the same: what `cmd` draws begins anew each second, so that the
/// hundredths count as well.
const DRAW: &str = "set NONCE=!RANDOM!!RANDOM!!TIME:~3,2!!TIME:~6,2!!TIME:~9,2!";

/// The folder below ours in which the rest of a long answer waits for whoever asks by a script that is always the same.
pub(crate) const REST: &str = "rest";

/// The commands by which such a script comes into that folder.
pub(crate) fn enter_rest() -> Vec<String> {
    vec![
        "set NoDefaultCurrentDirectoryInExePath=1".to_owned(),
        format!(r"cd /d {FOLDER}\{REST} 2>nul"),
        format!(r#"(if /i not "!cd!"=="{FOLDER}\{REST}" exit /b 1)"#),
        r#"(for /f "tokens=*" %m in (mark) do set NONCE=%m)"#.to_owned(),
    ]
}

/// The commands by which a later script comes back into the folder of an earlier one. It runs no program.
pub(crate) fn enter_again(nonce: &Nonce) -> Vec<String> {
    vec![
        "set NoDefaultCurrentDirectoryInExePath=1".to_owned(),
        format!(r"cd /d {FOLDER}\{nonce} 2>nul"),
        format!(
            r#"(if /i not "!cd!"=="{FOLDER}\{nonce}" (echo #{nonce} X {NOT_ENTERED}&exit /b 1))"#
        ),
    ]
}

/// The command that a script ends with.
pub(crate) fn leave(nonce: &Nonce) -> String {
    format!("cd ..&rd /s /q {nonce}")
}

/// A line of a command file that does what the same text does as a command line: percent signs are written twice there,
/// but for the one variable that lines take from the environment.
pub(crate) fn in_file(line: &str) -> String {
    line.replace('%', "%%").replace("%%SystemRoot%%", "%SystemRoot%")
}

/// A command as people read it and may type it themselves.
pub(crate) fn readable(line: &str) -> String {
    line.replace("!SystemRoot!", "%SystemRoot%").replace("!ProgramData!", "%ProgramData%")
}

const NOT_MADE: &str = "made";
const NOT_ENTERED: &str = "entered";
const OPEN: &str = "open";

/// Why a script ended before its first command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The folder could not be made, or not be closed to others.
    NotMade,
    /// The folder could not be entered.
    NotEntered,
    /// Somebody else has rights in the folder.
    Open,
}

impl Refusal {
    /// The refusal in a reply, if there is one.
    #[must_use]
    pub fn of(nonce: &Nonce, raw: &[u8]) -> Option<Self> {
        let mark = format!("#{nonce} X ").into_bytes();
        raw.split(|byte| *byte == b'\n').find_map(|line| {
            let word = std::str::from_utf8(line.strip_prefix(mark.as_slice())?).ok()?.trim();
            [(NOT_MADE, Self::NotMade), (NOT_ENTERED, Self::NotEntered), (OPEN, Self::Open)]
                .into_iter()
                .find_map(|(known, refusal)| (known == word).then_some(refusal))
        })
    }
}

impl Refusal {
    /// It in a sentence.
    #[must_use]
    pub fn said(self) -> Said {
        match self {
            Self::NotMade => say::folder_not_made(),
            Self::NotEntered => say::folder_not_entered(),
            Self::Open => say::folder_open(),
        }
    }
}

/// What a command file begins with.
pub(crate) fn file_head(opening: &[String]) -> String {
    let lines: String = opening.iter().map(|line| in_file(line) + "\r\n").collect();
    format!("@echo off\r\nsetlocal EnableExtensions EnableDelayedExpansion\r\n{lines}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_read_from_its_own_mark_only() {
        let nonce = Nonce::from_number(0x7f3a);
        for (reply, refusal) in [
            ("#00007f3a X made\r\n", Some(Refusal::NotMade)),
            ("noise\r\n#00007f3a X open\r\n", Some(Refusal::Open)),
            ("#00007f3b X open\r\n", None),
            ("#00007f3a X else\r\n", None),
            ("#00007f3a B a\r\n#00007f3a E 0\r\n", None),
        ] {
            assert_eq!(Refusal::of(&nonce, reply.as_bytes()), refusal, "{reply}");
        }
    }
}
