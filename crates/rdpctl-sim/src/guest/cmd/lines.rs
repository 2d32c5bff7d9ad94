//! The lines of a command file, and where its execution stands.

use std::rc::Rc;

/// A command file that is being executed.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) lines: Rc<[String]>,
    /// `%0`, `%1` and so on.
    pub(super) arguments: Vec<String>,
    /// The line that comes next.
    pub(super) next: usize,
}

impl Batch {
    pub(super) fn new(text: &str, arguments: Vec<String>) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        let lines = text.split('\n').map(|line| line.trim_end_matches('\r').to_owned()).collect();
        Self { lines, arguments, next: 0 }
    }

    /// The line after a label; the search begins here and goes round.
    pub(super) fn find_label(&self, label: &str) -> Option<usize> {
        let total = self.lines.len();
        (0..total).map(|offset| (self.next + offset) % total).find(|at| {
            let line = self.lines[*at].trim_start();
            line.strip_prefix(':').is_some_and(|name| {
                let name = name.trim_start();
                let end =
                    name.find([' ', '\t', ':', '+', ',', ';', '=', '&']).unwrap_or(name.len());
                name[..end].eq_ignore_ascii_case(label)
            })
        })
    }
}
