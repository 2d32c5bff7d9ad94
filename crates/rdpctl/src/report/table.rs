//! Rows under a heading, in columns as wide as they need to be within reason; times as people read them.

use jiff::Timestamp;

use crate::out::safe;

/// No column is wider than this: a cell that is moves what stands behind it on its own line alone.
const WIDEST: usize = 48;

/// Rows under a heading.
pub(crate) struct Table<const N: usize> {
    head: [&'static str; N],
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// An empty table.
    pub(crate) const fn new(head: [&'static str; N]) -> Self {
        Self { head, rows: Vec::new() }
    }

    /// Adds a row; what stands in it may come from anywhere.
    pub(crate) fn push(&mut self, row: [String; N]) {
        self.rows.push(row.map(|cell| safe(&cell).into_owned()));
    }

    /// The table as text; nothing at all without rows.
    pub(crate) fn render(&self) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let mut widths = self.head.map(str::len);
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(rdpctl_term::width(cell).min(WIDEST));
            }
        }
        let mut text = String::new();
        let head = self.head.map(str::to_owned);
        for row in std::iter::once(&head).chain(&self.rows) {
            let mut line = String::new();
            for (width, cell) in widths.iter().zip(row) {
                let gap = width.saturating_sub(rdpctl_term::width(cell)) + 2;
                line.push_str(cell);
                line.push_str(&" ".repeat(gap));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// A time to the second.
pub(crate) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// The part of a run's id by which people know it.
pub(crate) fn short(run: &str) -> String {
    run.chars().take(8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_nothing_stands_behind_the_last() {
        let mut table = Table::new(["WHAT", "ON"]);
        assert_eq!(table.render(), "");
        table.push(["a long one".to_owned(), "x".to_owned()]);
        table.push(["b\u{1b}[2J".to_owned(), String::new()]);
        let text = table.render();
        assert_eq!(text.lines().next(), Some("WHAT        ON"));
        assert_eq!(text.lines().nth(1), Some("a long one  x"));
        assert!(!text.contains('\u{1b}'), "{text:?}");
        assert!(text.lines().all(|line| line.trim_end() == line));
    }

    #[test]
    fn times_have_no_nanoseconds() {
        let at = "2026-11-26T15:02:21.026087485Z".parse().unwrap();
        assert_eq!(time(at), "2026-11-26 15:02:21Z");
    }
}
