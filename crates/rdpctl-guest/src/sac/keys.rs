//! Lines that are not shown while they are typed: a small script reads them key by key, says under which sum it has them,
//! and gives to the interpreter what was whole.
//!
//! What a console shows of what is typed comes back over the line, once and more than once: a screen is painted, with the
//! cursor's place before and behind each part of it. So only the script itself is typed to be seen. It is built of what
//! every Windows since 2008 R2 has, changes nothing, and is left where it does not answer as it should.
//!
//! Over this console .NET's `Console.ReadKey` may give one key too many of several equal ones, so that no two equal ones
//! follow each other here.

use crate::frame::Nonce;

use super::screen::Screen;

/// Says how many times it was asked, under which sum it has what was typed, and how long that is.
pub const ASK: char = '|';
/// What was typed since the last such key is kept.
pub const KEEP: char = ']';
/// What was typed and not kept is forgotten.
pub const FORGET: char = '[';
/// The screen is cleared.
pub const CLEAR: char = '{';
/// What was typed is run as a line, and forgotten; nothing is where nothing was.
pub const RUN: char = '}';
/// The script ends.
pub const END: char = '$';
/// Stands between equal keys, and means nothing.
pub const NOTHING: char = '~';

/// The two lines that begin it: what its lines rest on, and the script itself. Nothing that is given is looked for in the
/// current folder: each line names its programs in full, and the file that is brought sees to that itself.
#[must_use]
pub fn reader(nonce: &Nonce) -> [String; 2] {
    [
        format!(r"set X=%SystemRoot%\System32&set F=%SystemRoot%\rdpctl\s{nonce}"),
        // The mark is written in two parts, so that the line's own echo is none; so is the variable, which the interpreter
        // that starts the script is not to replace.
        format!(
            "%X%\\WindowsPowerShell\\v1.0\\powershell.exe -nop -c \"\
             trap{{exit}};$t=$c='';while(1){{switch([Console]::ReadKey($true).KeyChar){{\
             '~'{{}}'['{{$c=''}}']'{{$t+=$c;$c=''}}\
             '|'{{$h=7;foreach($b in [char[]]($t+$c)){{$h=($h*31+$b)-band 0x3ffffff}};\
             [Console]::WriteLine('@'+'A{nonce} '+(++$n)+' '+$h+' '+($t+$c).Length)}}\
             '{{'{{[Console]::Clear()}}\
             '}}'{{if($t+$c){{$env:L=$t+$c;$t=$c='';&($env:X+'\\cmd.exe') /d /v:on /c ('%'+'L%')}}}}\
             '$'{{exit}}default{{$c+=$_}}}}}}\""
        ),
    ]
}

/// The sum under which a text is had.
fn sum(text: &str) -> u64 {
    text.bytes().fold(7, |sum, byte| (sum * 31 + u64::from(byte)) & 0x3ff_ffff)
}

/// Keys as they are typed: between equal ones stands one that means nothing.
#[must_use]
pub fn apart(keys: &str) -> String {
    let mut all = String::with_capacity(keys.len() + keys.len() / 16);
    for key in keys.chars() {
        if all.ends_with(key) {
            all.push(NOTHING);
        }
        all.push(key);
    }
    all
}

/// Whether a line can be given so: plain text that holds none of the keys that mean something.
#[must_use]
pub fn can_be_given(line: &str) -> bool {
    const KEYS: [char; 7] = [ASK, KEEP, FORGET, CLEAR, RUN, END, NOTHING];
    line.chars().all(|letter| matches!(letter, ' '..='~') && !KEYS.contains(&letter))
}

/// What the script says that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Had {
    /// How often it was asked.
    pub asked: u32,
    /// The sum of what it has.
    sum: u64,
    /// How long that is.
    pub length: usize,
}

impl Had {
    /// How much of a line it has, where it has its beginning and nothing else.
    #[must_use]
    pub fn of(&self, line: &str) -> Option<usize> {
        let part = line.get(..self.length)?;
        (sum(part) == self.sum).then_some(self.length)
    }
}

/// What it said last, of all that the screen shows.
#[must_use]
pub fn had(screen: &Screen, nonce: &Nonce) -> Option<Had> {
    let start = format!("@A{nonce} ");
    let rows = screen.whole_rows();
    let all = rows.iter().filter_map(|row| {
        let mut words = row.strip_prefix(&start)?.split(' ');
        let asked = words.next()?.parse().ok()?;
        let (sum, length) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        words.next().is_none().then_some(Had { asked, sum, length })
    });
    all.max_by_key(|had| had.asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nonce() -> Nonce {
        Nonce::from_number(0x7f3a)
    }

    fn seen(text: &str) -> Option<Had> {
        let mut screen = Screen::default();
        screen.feed(text.as_bytes());
        had(&screen, &nonce())
    }

    #[test]
    fn the_script_is_typed_in_lines_that_a_console_takes_and_whose_echo_says_nothing() {
        let [settings, script] = reader(&nonce());
        assert!(settings.len() < 200 && script.len() <= 520, "{}", script.len());
        for line in [settings, script] {
            assert_eq!(seen(&format!("{line}\r\n")), None);
            assert_eq!(line.matches('"').count() % 2, 0);
        }
    }

    #[test]
    fn no_two_equal_keys_follow_each_other() {
        for (keys, typed) in [("abc", "abc"), ("aab||", "a~ab|~|"), ("AAAA", "A~A~A~A"), ("", "")] {
            assert_eq!(apart(keys), typed);
        }
    }

    #[test]
    fn what_is_had_is_known_by_its_sum_and_its_length() {
        let line = "echo !n!:%a&echo done";
        let said =
            |part: &str, length: usize| seen(&format!("@A00007f3a 3 {} {length}\r\n", sum(part)));
        let whole = said(line, line.len()).and_then(|had| had.of(line));
        assert_eq!(whole, Some(line.len()));
        assert_eq!(said("echo", 4).and_then(|had| had.of(line)), Some(4));
        // A letter is missing, changed, there twice, or more came than belongs there.
        for (part, length) in [("ech", 4), ("exho", 4), ("eccho", 5), ("echo x", 6)] {
            assert_eq!(said(part, length).and_then(|had| had.of(line)), None, "{part}");
        }
        assert_eq!(said("echo", 9_999).and_then(|had| had.of(line)), None);
    }

    #[test]
    fn the_last_word_counts_and_what_is_not_whole_is_none() {
        let asked = |text: &str| seen(text).map(|had| had.asked);
        assert_eq!(asked("@A00007f3a 2 7 0\r\n@A00007f3a 3 7 0\r\n@A00007f3a 1 7 0\r\n"), Some(3));
        for not in [
            "@A00007f3a 2 7 0",
            "x@A00007f3a 2 7 0\r\n",
            "@A00007f3b 2 7 0\r\n",
            "@A00007f3a 2 7\r\n",
            "@A00007f3a 2 7 0 9\r\n",
        ] {
            assert_eq!(asked(not), None, "{not}");
        }
    }

    #[test]
    fn a_line_that_holds_a_key_is_not_given() {
        assert!(can_be_given(r#"cd /d !F!&&(del c 2>nul&for /f "skip=1" %a in (b) do echo ^@)"#));
        for not in ["a|b", "a~", "[", "]", "{", "}", "$x", "줄", "a\tb"] {
            assert!(!can_be_given(not), "{not}");
        }
    }
}
