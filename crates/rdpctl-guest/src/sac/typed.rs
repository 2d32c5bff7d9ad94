//! What is typed: the lines by which a command file is brought into a guest, run, and its output fetched.
//!
//! A console shows 24 rows and forgets the rest, so that it is cleared before each line, and none prints more than it holds.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::frame::Nonce;
use crate::pack::cabinet_of;

/// How many rows one line prints at most beside its mark.
pub const ROWS: usize = 18;

/// The longest line that is typed.
const LINE: usize = 500;

/// The longest command file that is brought in, packed: some minutes of typing.
pub const UPLOAD_LIMIT: usize = 48_000;

/// How a mark looks where it counts.
pub(super) fn mark_of(nonce: &Nonce, number: u32) -> String {
    format!("@E{nonce} {number}")
}

/// The command of the console that shows a channel.
#[must_use]
pub fn switch_to(channel: &str) -> String {
    format!("ch -sn {channel}")
}

/// The command of the console that ends a channel.
#[must_use]
pub fn close(channel: &str) -> String {
    format!("ch -cn {channel}")
}

/// The lines of one command file's way.
#[derive(Clone, Debug)]
pub struct Typing {
    nonce: Nonce,
    number: u32,
}

impl Typing {
    /// The lines that carry this mark.
    #[must_use]
    pub const fn new(nonce: Nonce) -> Self {
        Self { nonce, number: 0 }
    }

    /// The mark's own word.
    #[must_use]
    pub const fn nonce(&self) -> &Nonce {
        &self.nonce
    }

    /// The interpreter that replaces variables late, prompts for nothing and reads no start-up commands.
    #[must_use]
    pub fn interpreter() -> String {
        r"%SystemRoot%\System32\cmd.exe /d /q /v:on".to_owned()
    }

    /// A line that prints what is given behind its mark, and the mark's number. The caret keeps the line's own echo
    /// from looking like the mark.
    fn marked(&mut self, command: &str, printed: &str) -> (String, u32) {
        self.number += 1;
        let (nonce, number) = (&self.nonce, self.number);
        (format!("{command}&echo @^E{nonce} {number} {printed}"), number)
    }

    /// Makes the folder that only SYSTEM and administrators may enter, and shuts it. The mark tells whether that was
    /// done.
    pub fn shut_folder(&mut self) -> (String, u32) {
        let command = r#"set NoDefaultCurrentDirectoryInExePath=1&set X=!SystemRoot!\System32&set D=!SystemRoot!\rdpctl&(if not exist !D!\ md !D! 2>nul)&!X!\icacls.exe !D! /inheritance:r /grant:r "*S-1-5-18:(OI)(CI)F" "*S-1-5-32-544:(OI)(CI)F" >nul 2>&1"#;
        self.marked(command, "!errorlevel!")
    }

    /// Enters a folder of its own there, and counts who has rights in the one above: the mark tells the count, which is
    /// 2, and behind it where one is.
    pub fn enter_folder(&mut self) -> (String, u32) {
        let nonce = &self.nonce;
        let command = format!(
            r#"md !D!\s{nonce} 2>nul&cd /d !D!\s{nonce}&!X!\icacls.exe !D! >a 2>nul&!X!\findstr.exe /c:":(" a >b&set Q=0&(for /f "delims=" %q in (b) do set /a Q+=1 >nul)"#
        );
        self.marked(&command, "!Q! !cd!")
    }

    /// Whether a folder is the one that was to be entered.
    #[must_use]
    pub fn is_inside(&self, folder: &str) -> bool {
        let own = format!(r"\rdpctl\s{}", self.nonce);
        folder.len() > own.len() && folder.to_ascii_lowercase().ends_with(&own)
    }

    /// The lines that bring a file in, packed: nothing where it is too long for a line like this.
    #[must_use]
    pub fn upload(file: &str) -> Option<Vec<String>> {
        const BEGIN: &str = "cls&>>u echo ";
        let text = STANDARD.encode(cabinet_of("f.cmd", file.as_bytes()));
        if text.len() > UPLOAD_LIMIT {
            return None;
        }
        let pieces = text.as_bytes().chunks(LINE - BEGIN.len());
        Some(pieces.map(|piece| format!("{BEGIN}{}", String::from_utf8_lossy(piece))).collect())
    }

    /// Unpacks what was brought in; the mark tells whether that succeeded.
    pub fn unpack(&mut self) -> (String, u32) {
        let command =
            r"!X!\certutil.exe -f -decode u c >nul 2>&1&!X!\expand.exe c -F:* . >nul 2>&1";
        self.marked(command, "!errorlevel!")
    }

    /// Runs the file, its output into another. Nothing has been executed before this line is entered.
    pub fn run(&mut self) -> (String, u32) {
        self.marked(r"!X!\cmd.exe /d /c .\f.cmd >t 2>nul", "!errorlevel!")
    }

    /// Packs the output: the mark tells the count of its rows, and behind it how it is packed and under which hash.
    pub fn pack(&mut self) -> (String, u32) {
        let command = r#"del c 2>nul&!X!\makecab.exe t c >nul 2>&1&set S=txt&(if exist c set S=cab)&(if not exist c copy t c >nul)&!X!\certutil.exe -f -encode c b >nul 2>&1&!X!\certutil.exe -hashfile t SHA256 >h 2>nul&set H=&set n=0&(for /f "skip=1 tokens=*" %h in (h) do if not defined H set H=%h)&(for /f %a in (b) do set /a n+=1 >nul)"#;
        self.marked(command, "!n! !S! !H!")
    }

    /// Prints some rows of the packed output, with their numbers.
    pub fn slice(&mut self, rows: &Range<usize>) -> (String, u32) {
        let skip = if rows.start == 0 { String::new() } else { format!("skip={} ", rows.start) };
        let (start, end) = (rows.start, rows.end);
        let command = format!(
            r#"set n={start}&(for /f "{skip}tokens=*" %a in (b) do (set /a n+=1 >nul&if !n! leq {end} echo !n!:%a))"#
        );
        self.marked(&command, "0")
    }

    /// What the mark of [`Self::pack`] says, as the beginning of a packed reply.
    #[must_use]
    pub fn announced(&self, rows: i64, rest: &str) -> Vec<u8> {
        format!("#{} H {rows} {rest}\n", self.nonce).into_bytes()
    }

    /// The room of a reply that holds as many rows as are printed at once.
    #[must_use]
    pub fn reply_room() -> usize {
        crate::pack::room_for(ROWS)
    }

    /// Takes away what was brought in, and leaves.
    #[must_use]
    pub fn leave(&self) -> String {
        format!("cls&cd ..&rd /s /q s{}&exit", self.nonce)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_fits_a_line_and_its_echo_is_no_mark() {
        let mut typing = Typing::new(Nonce::from_number(0x7f3a));
        let lines = [
            typing.shut_folder(),
            typing.enter_folder(),
            typing.unpack(),
            typing.run(),
            typing.pack(),
            typing.slice(&(0..18)),
            typing.slice(&(1_800..1_818)),
        ];
        for (place, (line, number)) in lines.iter().enumerate() {
            assert!(line.len() <= LINE, "{}: {line}", line.len());
            assert!(!line.contains(&mark_of(&typing.nonce, *number)), "{line}");
            assert_eq!(usize::try_from(*number), Ok(place + 1));
        }
    }

    #[test]
    fn a_file_comes_in_pieces_that_are_its_cabinet() {
        let file = "@echo off\r\n".repeat(900);
        let Some(lines) = Typing::upload(&file) else { panic!("too long") };
        assert!(lines.iter().all(|line| line.len() <= LINE));
        let text: String = lines.iter().filter_map(|line| line.rsplit(' ').next()).collect();
        let Ok(cabinet) = STANDARD.decode(text) else { panic!("no base64") };
        assert_eq!(crate::pack::unpack(&cabinet), Ok(file.into_bytes()));
    }

    #[test]
    fn what_cannot_be_typed_in_minutes_is_not_typed() {
        let noise: String =
            (0..40_000_u32).map(|n| format!("{:x}", n.wrapping_mul(2_654_435_761))).collect();
        assert_eq!(Typing::upload(&noise), None);
    }

    #[test]
    fn the_folder_is_known_without_case_and_no_other_is() {
        let typing = Typing::new(Nonce::from_number(0x7f3a));
        assert!(typing.is_inside(r"C:\WINDOWS\rdpctl\s00007f3a"));
        assert!(
            !typing.is_inside(r"C:\Windows\system32") && !typing.is_inside(r"\rdpctl\s00007f3a")
        );
    }
}
