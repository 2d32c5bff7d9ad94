//! What is recognized on a screen: by shape and place, never by words.

use crate::frame::Nonce;

use super::screen::Screen;
use super::typed::mark_of;

/// A mark that a command left at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What it was told to print: an exit code, or a number.
    pub code: i64,
    /// What stands behind it.
    pub rest: String,
}

/// Whether the console waits for one of its own commands.
#[must_use]
pub fn is_sac(screen: &Screen) -> bool {
    screen.before_cursor() == "SAC>"
}

/// Whether the command interpreter waits: a drive, a path, a bracket.
#[must_use]
pub fn is_shell(screen: &Screen) -> bool {
    is_prompt(&screen.before_cursor())
}

/// Whether it does, and that one letter was typed at it.
#[must_use]
pub fn is_shell_before(screen: &Screen, letter: char) -> bool {
    screen.before_cursor().strip_suffix(letter).is_some_and(is_prompt)
}

fn is_prompt(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|drive| drive.is_ascii_alphabetic())
        && letters.as_str().starts_with(":\\")
        && text.ends_with('>')
}

/// The question that waits for an answer: text up to a colon, with the cursor behind it.
#[must_use]
pub fn asks(screen: &Screen) -> Option<String> {
    let text = screen.before_cursor();
    (text.ends_with([':', '：']) && text.chars().count() < 60).then_some(text)
}

/// The names of the channels of command interpreters that are on the screen, in order.
#[must_use]
pub fn channels(screen: &Screen) -> Vec<String> {
    let rows = screen.rows();
    let words = rows.iter().flat_map(|row| row.split(|c: char| !c.is_ascii_alphanumeric()));
    let is_channel = |word: &&str| {
        word.strip_prefix("Cmd")
            .is_some_and(|number| number.len() == 4 && number.bytes().all(|b| b.is_ascii_digit()))
    };
    words.filter(is_channel).map(str::to_owned).collect()
}

/// Whether the screen introduces a channel of that name: such pages carry two GUIDs.
#[must_use]
pub fn shows_channel(screen: &Screen, name: &str) -> bool {
    let rows = screen.rows();
    let guids = rows.iter().flat_map(|row| row.split_whitespace()).filter(|word| is_guid(word));
    guids.count() >= 2 && rows.iter().any(|row| row.ends_with(name))
}

fn is_guid(word: &str) -> bool {
    let lengths = word.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && word.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

/// The mark of that number, if the screen shows it at the beginning of a row that is whole.
#[must_use]
pub fn mark(screen: &Screen, nonce: &Nonce, number: u32) -> Option<Mark> {
    let start = mark_of(nonce, number);
    screen.whole_rows().iter().find_map(|row| {
        let rest = row.strip_prefix(&start)?.strip_prefix(' ')?;
        let (code, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        Some(Mark { code: code.parse().ok()?, rest: rest.trim().to_owned() })
    })
}

/// The numbered rows of a slice that are whole, as lines: of base64 only the last may be short. One that lost a
/// character is not here, and will be asked for again.
#[must_use]
pub fn sound_rows(screen: &Screen, total: usize) -> String {
    let mut lines = String::new();
    for row in screen.rows() {
        let Some((number, text)) = row.split_once(':') else { continue };
        let Ok(place) = number.parse::<usize>() else { continue };
        let is_digit = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
        let is_border = text.starts_with("-----") && text.ends_with("-----") && text.len() > 20;
        let is_whole = text.len() == 64 || (place + 1 >= total && !text.is_empty());
        if is_border || (is_whole && text.bytes().all(is_digit)) {
            lines.push_str(&format!("{place}:{text}\n"));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(text: &str) -> Screen {
        let mut screen = Screen::default();
        screen.feed(text.as_bytes());
        screen
    }

    #[test]
    fn prompts_are_known_by_their_shape_in_any_language() {
        assert!(is_sac(&screen("noise\r\nSAC>")));
        assert!(!is_sac(&screen("SAC>cmd")));
        assert!(is_shell(&screen("(c) 2016\r\n\r\nC:\\Windows\\system32>")));
        assert!(!is_shell(&screen("C:\\Windows\\system32>dir")));
        assert!(is_shell_before(&screen("C:\\Windows\\system32>|"), '|'));
        assert!(!is_shell_before(&screen("C:\\Windows\\system32>"), '|'));
        for question in ["Username: ", "Domain  : ", "사용자 이름: ", "パスワード：", "Kennwort:"]
        {
            assert!(asks(&screen(&format!("Please\r\n{question}"))).is_some(), "{question}");
        }
        assert_eq!(asks(&screen("Username: Administrator")), None);
    }

    #[test]
    fn a_mark_counts_at_the_beginning_of_a_row_and_its_echo_does_not() {
        let nonce = Nonce::from_number(0x7f3a);
        let seen = |text: &str| mark(&screen(text), &nonce, 17).map(|mark| mark.code);
        assert_eq!(seen("@E00007f3a 17 -5\r\n"), Some(-5));
        for fake in [
            "echo @^E00007f3a 17 !errorlevel!\r\n",
            "x@E00007f3a 17 0\r\n",
            "@E00007f3b 17 0\r\n",
            "@E00007f3a 18 0\r\n",
            "@E00007f3a 17 zero\r\n",
            "@E00007f3a 170 0\r\n",
        ] {
            assert_eq!(seen(fake), None, "{fake}");
        }
    }

    #[test]
    fn a_mark_that_comes_character_by_character_is_taken_when_it_is_whole() {
        let nonce = Nonce::from_number(0x7f3a);
        let text = format!("@E00007f3a 17 120 C:\\{}\r\n", "x".repeat(90));
        let mut screen = Screen::default();
        for (at, byte) in text.bytes().enumerate() {
            screen.feed(&[byte]);
            let seen = mark(&screen, &nonce, 17);
            // The line feed is what leaves the row.
            assert_eq!(seen.is_some(), at + 1 == text.len(), "after {at}: {seen:?}");
        }
    }

    #[test]
    fn the_page_of_a_channel_is_known_by_its_guids() {
        let page = "Name:                  Cmd0012\r\nChannel GUID: 2bc31f39-2705-11e8-9101-509a4c7c4926\r\n\
                    Application Type GUID: 63d02271-8aa4-11d5-bccf-00b0d014a2d0\r\n";
        let page = screen(page);
        assert!(shows_channel(&page, "Cmd0012") && !shows_channel(&page, "Cmd0001"));
        assert_eq!(channels(&page), ["Cmd0012"]);
        assert_eq!(channels(&screen("xCmd0001 Cmd00012 Cmd12 Cmd0002.")), ["Cmd0002"]);
    }

    #[test]
    fn a_row_that_lost_a_character_is_not_taken() {
        let whole = "A".repeat(64);
        let text =
            format!("3:{whole}\r\n4:{}\r\n99:AB==\r\n5:{}\r\n", &whole[1..], "A".repeat(63) + "*");
        assert_eq!(sound_rows(&screen(&text), 100), format!("3:{whole}\n99:AB==\n"));
    }
}
