//! The hidden screen of a command channel, and what of it is sent.

/// Its columns and rows.
const WIDTH: usize = 80;
const HEIGHT: usize = 24;

/// The screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    cells: Vec<[char; WIDTH]>,
    row: usize,
    column: usize,
}

impl Default for Grid {
    fn default() -> Self {
        Self { cells: vec![[' '; WIDTH]; HEIGHT], row: 0, column: 0 }
    }
}

impl Grid {
    /// Writes as a program does.
    pub(super) fn write(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '\r' => self.column = 0,
                '\n' => self.next_row(),
                '\u{8}' => self.column = self.column.saturating_sub(1),
                '\u{c}' => *self = Self::default(),
                '\t' => self.column = (self.column / 8 * 8 + 8).min(WIDTH - 1),
                letter if letter.is_control() => {}
                letter => {
                    self.cells[self.row][self.column] = letter;
                    self.column += 1;
                    if self.column == WIDTH {
                        self.column = 0;
                        self.next_row();
                    }
                }
            }
        }
    }

    /// Takes back the last character that was typed.
    pub(super) fn rub_out(&mut self) {
        if self.column == 0 {
            self.row = self.row.saturating_sub(1);
            self.column = WIDTH;
        }
        self.column -= 1;
        self.cells[self.row][self.column] = ' ';
    }

    fn next_row(&mut self) {
        if self.row + 1 < HEIGHT {
            self.row += 1;
        } else {
            self.cells.rotate_left(1);
            self.cells[HEIGHT - 1] = [' '; WIDTH];
        }
    }

    /// All of it, as when the channel is shown.
    pub(super) fn whole(&self) -> String {
        let mut text = String::from("\u{1b}[2J\u{1b}[1;1H");
        text.push_str(&self.since(&Self::default()));
        text
    }

    /// What changed since it was like that: each row's changed part, and where the cursor is.
    pub(super) fn since(&self, before: &Self) -> String {
        let mut text = String::new();
        for (place, (now, then)) in self.cells.iter().zip(&before.cells).enumerate() {
            let Some(first) = (0..WIDTH).find(|at| now[*at] != then[*at]) else { continue };
            let last = (first..WIDTH).rfind(|at| now[*at] != then[*at]).unwrap_or(first);
            let written = (first..=last).rfind(|at| now[*at] != ' ');
            text.push_str(&format!("\u{1b}[{};{}H", place + 1, first + 1));
            if let Some(written) = written {
                text.extend(&now[first..=written]);
            }
            if written != Some(last) {
                text.push_str("\u{1b}[0K");
            }
            // What stands behind the part that was cleared with it is written again.
            if written != Some(last) && now[last + 1..].iter().any(|cell| *cell != ' ') {
                text.push_str(&format!("\u{1b}[{};{}H", place + 1, last + 2));
                text.extend(&now[last + 1..]);
            }
        }
        if !text.is_empty() || (self.row, self.column) != (before.row, before.column) {
            text.push_str(&format!("\u{1b}[{};{}H", self.row + 1, self.column + 1));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_sent_and_what_scrolled_away_never() {
        let mut grid = Grid::default();
        grid.write("C:\\>");
        assert_eq!(grid.since(&Grid::default()), "\u{1b}[1;1HC:\\>\u{1b}[1;5H");
        let before = grid.clone();
        grid.write("dir");
        assert_eq!(grid.since(&before), "\u{1b}[1;5Hdir\u{1b}[1;8H");
        let before = grid.clone();
        for line in 0..100 {
            grid.write(&format!("\r\nline {line}"));
        }
        let sent = grid.since(&before);
        assert!(sent.contains("line 99") && !sent.contains("line 75\u{1b}"), "{sent}");
        grid.write("\u{c}");
        assert_eq!(grid.whole(), "\u{1b}[2J\u{1b}[1;1H");
    }
}
