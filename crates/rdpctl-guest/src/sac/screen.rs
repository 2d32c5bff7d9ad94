//! A terminal's screen: the characters that somebody would see there, and where the next one goes.

use super::noise::Noise;

/// Its columns.
pub const WIDTH: usize = 80;
/// Its rows: one more than most consoles use.
pub const HEIGHT: usize = 25;
/// The longest control sequence.
const LONGEST: usize = 64;

/// The screen, fed with bytes as they come.
#[derive(Clone, Debug)]
pub struct Screen {
    noise: Noise,
    /// The beginning of a character.
    partial: Vec<u8>,
    sequence: Sequence,
    cells: Vec<[char; WIDTH]>,
    row: usize,
    /// The column of the next character; equal to the width after the last.
    column: usize,
}

/// Where in a control sequence we are.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Sequence {
    /// In none.
    Plain,
    /// Behind the escape.
    Escape,
    /// One more character belongs to it.
    Charset,
    /// In its numbers.
    Numbers(String),
    /// In a title or the like, so many characters long so far.
    Title(usize),
}

impl Default for Screen {
    fn default() -> Self {
        Self {
            noise: Noise::default(),
            partial: Vec::new(),
            sequence: Sequence::Plain,
            cells: vec![[' '; WIDTH]; HEIGHT],
            row: 0,
            column: 0,
        }
    }
}

impl Screen {
    /// Takes what came over the line.
    pub fn feed(&mut self, bytes: &[u8]) {
        let mut shown = Vec::new();
        for byte in bytes {
            if let Some(letter) = self.letter(*byte) {
                self.noise.pass(letter, &mut shown);
            }
        }
        for letter in shown {
            self.take(letter);
        }
    }

    /// Takes everything off, where whoever writes on it has done the same: what noise left here is gone as well.
    pub fn wipe(&mut self) {
        self.cells.fill([' '; WIDTH]);
    }

    /// The text of the cursor's row before the cursor.
    #[must_use]
    pub fn before_cursor(&self) -> String {
        shown(&self.cells[self.row][..self.column.min(WIDTH)]).trim().to_owned()
    }

    /// The row and the column of the next character, counted from 0.
    #[must_use]
    pub fn cursor(&self) -> (usize, usize) {
        (self.row, self.column)
    }

    /// Whether the last characters before the cursor are these, wherever the line was broken.
    #[must_use]
    pub fn ends_with(&self, text: &str) -> bool {
        let end = self.row * WIDTH + self.column.min(WIDTH);
        let wanted: Vec<char> = text.chars().flat_map(cells_of).collect();
        let Some(start) = end.checked_sub(wanted.len()) else { return false };
        (start..end).zip(wanted).all(|(at, letter)| self.cells[at / WIDTH][at % WIDTH] == letter)
    }

    /// How many of this character stand right before the cursor.
    #[must_use]
    pub fn run_of(&self, letter: char) -> usize {
        let end = self.row * WIDTH + self.column.min(WIDTH);
        (0..end).rev().take_while(|at| self.cells[at / WIDTH][at % WIDTH] == letter).count()
    }

    /// The rows that show something; one that is full goes on in the next.
    #[must_use]
    pub fn rows(&self) -> Vec<String> {
        self.lines().into_iter().map(|(text, _)| text).collect()
    }

    /// The same without the one that the cursor is in: a line brings its characters one by one, and only what the cursor
    /// has left is whole.
    #[must_use]
    pub fn whole_rows(&self) -> Vec<String> {
        let whole = |(text, at): (String, std::ops::RangeInclusive<usize>)| {
            (!at.contains(&self.row)).then_some(text)
        };
        self.lines().into_iter().filter_map(whole).collect()
    }

    /// Rows that show something, with the places on the screen that each takes.
    fn lines(&self) -> Vec<(String, std::ops::RangeInclusive<usize>)> {
        let mut lines = Vec::new();
        let (mut open, mut first) = (String::new(), 0);
        for (place, row) in self.cells.iter().enumerate() {
            open.push_str(&shown(row));
            if row[WIDTH - 1] == ' ' || place + 1 == HEIGHT {
                lines.push((std::mem::take(&mut open).trim_end().to_owned(), first..=place));
                first = place + 1;
            }
        }
        lines.retain(|(text, _)| !text.is_empty());
        lines
    }

    /// The character that a byte completes. What is none is shown as a mark for that.
    fn letter(&mut self, byte: u8) -> Option<char> {
        self.partial.push(byte);
        match std::str::from_utf8(&self.partial) {
            Ok(text) => {
                let letter = text.chars().next();
                self.partial.clear();
                letter
            }
            Err(error) if error.error_len().is_none() && self.partial.len() < 4 => None,
            Err(_) => {
                self.partial.clear();
                // A byte that begins anew is not lost with those before it.
                if byte.is_ascii() { Some(char::from(byte)) } else { Some('\u{fffd}') }
            }
        }
    }

    fn take(&mut self, letter: char) {
        self.sequence = match std::mem::replace(&mut self.sequence, Sequence::Plain) {
            Sequence::Plain => {
                if letter == '\u{1b}' {
                    Sequence::Escape
                } else {
                    self.show(letter);
                    Sequence::Plain
                }
            }
            Sequence::Escape => match letter {
                '[' => Sequence::Numbers(String::new()),
                ']' => Sequence::Title(0),
                '(' | ')' | '#' => Sequence::Charset,
                '\u{1b}' => Sequence::Escape,
                _ => Sequence::Plain,
            },
            Sequence::Charset => Sequence::Plain,
            Sequence::Numbers(mut numbers) => {
                if letter.is_ascii_digit() || matches!(letter, ';' | '?' | '>' | '!' | ' ') {
                    numbers.push(letter);
                    if numbers.len() > LONGEST {
                        Sequence::Plain
                    } else {
                        Sequence::Numbers(numbers)
                    }
                } else if letter == '\u{1b}' {
                    Sequence::Escape
                } else {
                    self.control(&numbers, letter);
                    Sequence::Plain
                }
            }
            Sequence::Title(count) => match letter {
                '\u{7}' | '\\' => Sequence::Plain,
                _ if count >= LONGEST => Sequence::Plain,
                _ => Sequence::Title(count + 1),
            },
        };
    }

    fn control(&mut self, numbers: &str, verb: char) {
        let mut given = numbers.split(';').map(|number| number.trim().parse::<usize>().ok());
        let first = given.next().flatten();
        let second = given.next().flatten();
        let count = first.unwrap_or(1).clamp(1, WIDTH);
        match verb {
            'H' | 'f' => {
                self.row = first.unwrap_or(1).clamp(1, HEIGHT) - 1;
                self.column = second.unwrap_or(1).clamp(1, WIDTH) - 1;
            }
            'A' => self.row = self.row.saturating_sub(count),
            'B' => self.row = (self.row + count).min(HEIGHT - 1),
            'C' => self.column = (self.column + count).min(WIDTH - 1),
            'D' => self.column = self.column.min(WIDTH - 1).saturating_sub(count),
            'K' => {
                let (row, column) = (self.row, self.column.min(WIDTH));
                let cleared = match first.unwrap_or(0) {
                    0 => column..WIDTH,
                    1 => 0..(column + 1).min(WIDTH),
                    _ => 0..WIDTH,
                };
                self.cells[row][cleared].fill(' ');
            }
            'J' => {
                let at = self.row * WIDTH + self.column.min(WIDTH - 1);
                let cleared = match first.unwrap_or(0) {
                    0 => at..WIDTH * HEIGHT,
                    1 => 0..at + 1,
                    _ => 0..WIDTH * HEIGHT,
                };
                for cell in cleared {
                    self.cells[cell / WIDTH][cell % WIDTH] = ' ';
                }
            }
            // Colours, modes, and whatever else changes no character.
            _ => {}
        }
    }

    fn show(&mut self, letter: char) {
        match letter {
            '\r' => self.column = 0,
            '\n' => self.next_row(),
            '\u{8}' => self.column = self.column.min(WIDTH).saturating_sub(1),
            '\t' => self.column = (self.column / 8 * 8 + 8).min(WIDTH - 1),
            letter if letter.is_control() => {}
            letter => {
                for cell in cells_of(letter) {
                    if self.column >= WIDTH {
                        self.column = 0;
                        self.next_row();
                    }
                    self.cells[self.row][self.column] = cell;
                    self.column += 1;
                }
            }
        }
    }

    fn next_row(&mut self) {
        if self.row + 1 < HEIGHT {
            self.row += 1;
        } else {
            self.cells.rotate_left(1);
            self.cells[HEIGHT - 1] = [' '; WIDTH];
        }
    }
}

/// What stands in the second cell of a character that takes two.
const SECOND: char = '\u{200b}';

/// The cells that a character takes.
fn cells_of(letter: char) -> impl Iterator<Item = char> {
    std::iter::once(letter).chain(is_wide(letter).then_some(SECOND))
}

/// Cells as text.
fn shown(cells: &[char]) -> String {
    cells.iter().filter(|cell| **cell != SECOND).collect()
}

/// Whether a character takes two columns: those of East Asia do.
fn is_wide(letter: char) -> bool {
    matches!(u32::from(letter), 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn screen(text: &str) -> Screen {
        let mut screen = Screen::default();
        screen.feed(text.as_bytes());
        screen
    }

    #[test]
    fn a_screen_shows_what_a_terminal_would_show() {
        for (text, rows) in [
            ("SAC>ch\r\nx", vec!["SAC>ch", "x"]),
            ("\u{1b}[3;5Hdeep\u{1b}[1;1Htop", vec!["top", "    deep"]),
            ("abc\u{1b}[1;2H\u{1b}[0K", vec!["a"]),
            ("old\r\nold\u{1b}[2J\u{1b}[1;1Hnew", vec!["new"]),
            ("\u{1b}[37;40mcolour\u{1b}[0m\u{1b}(B\u{1b}]title\u{7}!", vec!["colour!"]),
            ("passwd\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}right ", vec!["right"]),
            ("비밀:\r\n", vec!["비밀:"]),
        ] {
            assert_eq!(screen(text).rows(), rows, "{text:?}");
        }
    }

    #[test]
    fn a_line_longer_than_the_screen_is_wide_is_one_line() {
        let long = "x".repeat(75) + "0123456789";
        let screen = screen(&format!("\r\n{long}"));
        assert_eq!(screen.rows(), std::slice::from_ref(&long));
        assert!(screen.ends_with(&long) && !screen.ends_with(&format!("y{long}")));
    }

    #[test]
    fn what_stands_before_the_cursor_is_found_across_the_end_of_a_row() {
        let screen = screen(&"x".repeat(WIDTH));
        assert!(screen.ends_with(&"x".repeat(WIDTH)));
        assert_eq!(screen.run_of('x'), WIDTH);
    }

    proptest! {
        #[test]
        fn no_bytes_bring_it_down_and_pieces_make_no_difference(
            bytes in proptest::collection::vec(any::<u8>(), 0..600), cut in 0_usize..600,
        ) {
            let mut whole = Screen::default();
            whole.feed(&bytes);
            let mut parts = Screen::default();
            let (one, other) = bytes.split_at(cut.min(bytes.len()));
            parts.feed(one);
            parts.feed(other);
            prop_assert_eq!(whole.rows(), parts.rows());
            prop_assert_eq!(whole.cursor(), parts.cursor());
            prop_assert!(whole.cursor().0 < HEIGHT && whole.cursor().1 <= WIDTH);
        }

        #[test]
        fn sequences_never_leave_the_screen(text in "(\u{1b}\\[[0-9;]{0,9}[A-HJKfm]|[a-z가\r\n\t\u{8}]){0,80}") {
            let shown = screen(&text);
            prop_assert!(shown.cursor().0 < HEIGHT && shown.cursor().1 <= WIDTH);
            let _ = (shown.rows(), shown.before_cursor(), shown.run_of('a'));
        }
    }
}
