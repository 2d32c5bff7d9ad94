//! What is typed: the lines by which a command file is brought into a guest, run, and its output fetched.
//!
//! A console shows 24 rows and forgets the rest, so that it is cleared before each line, and none prints more than it holds.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::frame::Nonce;
use crate::pack::cabinet_of;

/// How many rows one line prints at most beside its mark: they fill a screen of 24 and do not scroll it, with what the
/// script says of the line, or with the line itself and the one that clears the screen again.
const UNSEEN_ROWS: usize = 21;
const SEEN_ROWS: usize = 18;

/// The longest line that is typed.
const LINE: usize = 500;

/// What of a file goes into one line that is given unseen: the interpreter takes 8,191 characters.
const GIVEN: usize = 7_000;

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
    way: Way,
}

/// How they get there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Typed at one interpreter, which shows them and keeps its folder and its variables.
    Seen,
    /// Given by a script that reads keys, each to an interpreter of its own.
    Unseen,
}

impl Typing {
    /// The lines that carry this mark.
    #[must_use]
    pub const fn new(nonce: Nonce) -> Self {
        Self { nonce, number: 0, way: Way::Seen }
    }

    /// From here on they go that way.
    pub const fn go(&mut self, way: Way) {
        self.way = way;
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

    /// The same of what is done in the folder.
    fn marked_inside(&mut self, command: &str, printed: &str) -> (String, u32) {
        let (line, number) = self.marked(command, printed);
        (self.inside(&line), number)
    }

    /// A line as it is done in the folder, and nowhere else.
    fn inside(&self, line: &str) -> String {
        match self.way {
            Way::Seen => line.to_owned(),
            Way::Unseen => format!("cd /d !F!&&({line})"),
        }
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
        let folder = match self.way {
            Way::Seen => "",
            Way::Unseen => r"set D=!SystemRoot!\rdpctl&",
        };
        let command = format!(
            r#"{folder}md !D!\s{nonce} 2>nul&cd /d !D!\s{nonce}&!X!\icacls.exe !D! >a 2>nul&!X!\findstr.exe /c:":(" a >b&set Q=0&(for /f "delims=" %q in (b) do set /a Q+=1 >nul)"#
        );
        self.marked(&command, "!Q! !cd!")
    }

    /// Whether a folder is the one that was to be entered.
    #[must_use]
    pub fn is_inside(&self, folder: &str) -> bool {
        let own = format!(r"\rdpctl\s{}", self.nonce);
        folder.len() > own.len() && folder.to_ascii_lowercase().ends_with(&own)
    }

    /// The lines that bring a file in, packed: nothing where it is too long for a line like this. Each says by its mark
    /// that it was entered, where nothing shows it.
    #[must_use]
    pub fn upload(&mut self, file: &str) -> Option<Vec<(String, u32)>> {
        let text = STANDARD.encode(cabinet_of("f.cmd", self.with_rows(file).as_bytes()));
        if text.len() > UPLOAD_LIMIT {
            return None;
        }
        let room = match self.way {
            Way::Seen => LINE - "cls&>>u echo ".len(),
            Way::Unseen => GIVEN,
        };
        let pieces = text.as_bytes().chunks(room).enumerate();
        let lines = pieces.map(|(place, piece)| {
            // The first begins the file: whoever was here before may have come to half of it.
            let into = if place == 0 { ">" } else { ">>" };
            let line = format!("{into}u echo {}", String::from_utf8_lossy(piece));
            match self.way {
                Way::Seen => (format!("cls&{line}"), 0),
                Way::Unseen => self.marked_inside(&line, "0"),
            }
        });
        Some(lines.collect())
    }

    /// A command file with what prints rows of its packed output at its end: the options of the loop, the number before the
    /// first row, that of the last, and the mark's. What is brought in once need not be typed for every slice.
    fn with_rows(&self, file: &str) -> String {
        let nonce = &self.nonce;
        format!(
            "@if not \"%4\"==\"\" goto rows\r\n{file}\r\n@exit /b\r\n:rows\r\n@set n=%2\r\n\
             @for /f %1 %%a in (b) do @(set /a n+=1 >nul&if !n! leq %3 echo !n!:%%a)\r\n@echo @E{nonce} %4 0\r\n"
        )
    }

    /// Unpacks what was brought in; the mark tells whether that succeeded.
    pub fn unpack(&mut self) -> (String, u32) {
        let command =
            r"!X!\certutil.exe -f -decode u c >nul 2>&1&!X!\expand.exe c -F:* . >nul 2>&1";
        self.marked_inside(command, "!errorlevel!")
    }

    /// Runs the file, its output into another. Nothing has been executed before this line is entered.
    pub fn run(&mut self) -> (String, u32) {
        self.marked_inside(r"!X!\cmd.exe /d /c .\f.cmd >t 2>nul", "!errorlevel!")
    }

    /// Packs the output: the mark tells the count of its rows, and behind it how it is packed and under which hash.
    pub fn pack(&mut self) -> (String, u32) {
        let command = r#"del c 2>nul&!X!\makecab.exe t c >nul 2>&1&set S=txt&(if exist c set S=cab)&(if not exist c copy t c >nul)&!X!\certutil.exe -f -encode c b >nul 2>&1&!X!\certutil.exe -hashfile t SHA256 >h 2>nul&set H=&set n=0&(for /f "skip=1 tokens=*" %h in (h) do if not defined H set H=%h)&(for /f %a in (b) do set /a n+=1 >nul)"#;
        self.marked_inside(command, "!n! !S! !H!")
    }

    /// Prints some rows of the packed output, with their numbers; the file itself prints the mark.
    pub fn slice(&mut self, rows: &Range<usize>) -> (String, u32) {
        self.number += 1;
        let skip = if rows.start == 0 { String::new() } else { format!("skip={} ", rows.start) };
        let (start, end, number) = (rows.start, rows.end, self.number);
        let line = format!(r#".\f.cmd "{skip}tokens=*" {start} {end} {number}"#);
        (self.inside(&line), number)
    }

    /// How many rows are asked for at once.
    #[must_use]
    pub const fn rows(&self) -> usize {
        match self.way {
            Way::Seen => SEEN_ROWS,
            Way::Unseen => UNSEEN_ROWS,
        }
    }

    /// What the mark of [`Self::pack`] says, as the beginning of a packed reply.
    #[must_use]
    pub fn announced(&self, rows: i64, rest: &str) -> Vec<u8> {
        format!("#{} H {rows} {rest}\n", self.nonce).into_bytes()
    }

    /// The room of a reply that holds as many rows as are printed at once.
    #[must_use]
    pub fn reply_room(&self) -> usize {
        crate::pack::room_for(self.rows())
    }

    /// Takes away what was brought in, and leaves: the interpreter that is typed at with the same line.
    #[must_use]
    pub fn leave(&self) -> String {
        match self.way {
            Way::Seen => format!("cls&cd ..&rd /s /q s{}&exit", self.nonce),
            Way::Unseen => "rd /s /q !F!".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::can_be_given;
    use super::*;

    fn typing(way: Way) -> Typing {
        let mut typing = Typing::new(Nonce::from_number(0x7f3a));
        typing.go(way);
        typing
    }

    #[test]
    fn every_line_fits_a_line_and_its_echo_is_no_mark() {
        for way in [Way::Seen, Way::Unseen] {
            let mut typing = typing(way);
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
                assert!(way == Way::Seen || can_be_given(line), "{line}");
                assert_eq!(usize::try_from(*number), Ok(place + 1));
            }
        }
    }

    #[test]
    fn what_is_given_is_done_in_the_folder_or_not_at_all() {
        let mut typing = typing(Way::Unseen);
        let lines = [typing.unpack(), typing.run(), typing.pack(), typing.slice(&(0..18))];
        let uploads = typing.upload("@echo off\r\n").into_iter().flatten();
        for (line, _) in lines.into_iter().chain(uploads) {
            let inside = line.strip_prefix("cd /d !F!&&(").and_then(|rest| rest.strip_suffix(')'));
            assert!(inside.is_some(), "{line}");
        }
    }

    #[test]
    fn a_file_comes_in_pieces_that_are_its_cabinet_and_begin_it_anew() {
        for (way, longest) in [(Way::Seen, LINE), (Way::Unseen, 8_000)] {
            let mut typing = typing(way);
            let file: String = (0..900_u32)
                .map(|n| format!("echo {}\r\n", n.wrapping_mul(2_654_435_761)))
                .collect();
            let Some(lines) = typing.upload(&file) else { panic!("too long") };
            assert!(lines.iter().all(|(line, _)| line.len() <= longest));
            let mut text = String::new();
            for (place, (line, _)) in lines.iter().enumerate() {
                let (into, rest) = line.split_once("u echo ").unwrap_or_default();
                assert_eq!(into.ends_with(">>"), place > 0, "{into}");
                let end = rest.find(['&', ' ']).unwrap_or(rest.len());
                text.push_str(&rest[..end]);
            }
            let Ok(cabinet) = STANDARD.decode(text) else { panic!("no base64") };
            assert_eq!(crate::pack::unpack(&cabinet), Ok(typing.with_rows(&file).into_bytes()));
        }
    }

    #[test]
    fn what_cannot_be_typed_in_minutes_is_not_typed() {
        let noise: String =
            (0..40_000_u32).map(|n| format!("{:x}", n.wrapping_mul(2_654_435_761))).collect();
        assert_eq!(typing(Way::Seen).upload(&noise), None);
        assert_eq!(typing(Way::Unseen).upload(&noise), None);
    }

    #[test]
    fn the_folder_is_known_without_case_and_no_other_is() {
        let typing = typing(Way::Seen);
        assert!(typing.is_inside(r"C:\WINDOWS\rdpctl\s00007f3a"));
        assert!(
            !typing.is_inside(r"C:\Windows\system32") && !typing.is_inside(r"\rdpctl\s00007f3a")
        );
    }
}
