//! Rows under a heading, in columns as wide as they need to be within reason.

use rdpctl_term::{Ink, Page, Words, grid};

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
        self.rows.push(row);
    }

    /// The table as a page; empty without rows.
    pub(crate) fn page(&self) -> Page {
        let mut page = Page::new();
        if self.rows.is_empty() {
            return page;
        }
        let said = |cell: &String| Words::new().said(cell);
        let mut widths = self.head.map(str::len);
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(rdpctl_term::width(&crate::out::safe(cell)).min(WIDEST));
            }
        }
        let head = self.head.map(|name| Words::new().ink(Ink::Faint, name));
        for row in std::iter::once(head).chain(self.rows.iter().map(|row| row.each_ref().map(said)))
        {
            let mut cells: Vec<(usize, Words)> = widths.into_iter().zip(row).collect();
            let Some((_, last)) = cells.pop() else { continue };
            page.push(grid::columns(cells, last));
        }
        page
    }
}

/// The part of a run's id by which people know it.
pub(crate) fn short(run: &str) -> String {
    run.chars().take(8).collect()
}

#[cfg(test)]
mod tests {
    use rdpctl_term::{View, lay};

    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_nothing_stands_behind_the_last() {
        let mut table = Table::new(["What", "On"]);
        assert!(table.page().is_empty());
        table.push(["a long one".to_owned(), "x".to_owned()]);
        table.push(["b\u{1b}[2J".to_owned(), String::new()]);
        let text = lay(&table.page(), &View::plain());
        assert_eq!(text.lines().next(), Some("What        On"));
        assert_eq!(text.lines().nth(1), Some("a long one  x"));
        assert!(!text.contains('\u{1b}'), "{text:?}");
        assert!(text.lines().all(|line| line.trim_end() == line));
    }
}
