//! The named tables of all files, merged: a name declared twice is told with both places.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use crate::diagnostic::Problems;
use crate::tree::{Key, Node, entries, unknown_key};
use crate::value::Table;

/// A named table, or a key of a table that files may share.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'t> {
    pub(crate) key: Key<'t>,
    pub(crate) node: Node<'t>,
}

/// Tables or keys by name.
pub(crate) type Named<'t> = BTreeMap<&'t str, Entry<'t>>;

/// Everything that was declared, by section.
#[derive(Default)]
pub(crate) struct Sections<'t> {
    pub(crate) providers: Named<'t>,
    pub(crate) profiles: Named<'t>,
    pub(crate) instances: Named<'t>,
    pub(crate) fleets: Named<'t>,
    /// Keys of `[guard]`, which several files may fill together.
    pub(crate) guard: Named<'t>,
    /// Keys of `[state]`.
    pub(crate) state: Named<'t>,
    /// Keys of `[run]`.
    pub(crate) run: Named<'t>,
    /// Keys of `[page]`.
    pub(crate) page: Named<'t>,
    pub(crate) accepts: Vec<Node<'t>>,
}

/// The sections' names, as they stand in files.
pub(crate) const SECTIONS: [&str; 9] =
    ["provider", "profile", "instance", "fleet", "guard", "accept", "state", "run", "page"];

impl<'t> Sections<'t> {
    pub(crate) fn gather(trees: &'t [(usize, Table<'t>)], problems: &mut Problems) -> Self {
        let mut sections = Self::default();
        for (index, tree) in trees {
            for (key, node) in entries(tree, *index) {
                sections.add(key, node, problems);
            }
        }
        sections
    }

    fn add(&mut self, key: Key<'t>, node: Node<'t>, problems: &mut Problems) {
        let named = match key.text {
            "provider" => &mut self.providers,
            "profile" => &mut self.profiles,
            "instance" => &mut self.instances,
            "fleet" => &mut self.fleets,
            "guard" => &mut self.guard,
            "state" => &mut self.state,
            "run" => &mut self.run,
            "page" => &mut self.page,
            "accept" => {
                match node.elements() {
                    Some(elements) => self.accepts.extend(elements),
                    None => {
                        problems
                            .error(key.place, "`accept` is a list of tables")
                            .help("write `[[accept]]`, with two brackets");
                    }
                }
                return;
            }
            _ => {
                unknown_key(key, "a declaration", SECTIONS, problems);
                return;
            }
        };
        let named_tables = !matches!(key.text, "guard" | "state" | "run" | "page");
        let Some(table) = node.value.as_table() else {
            let help = if named_tables {
                format!("write `[{}.NAME]`", key.text)
            } else {
                format!("write `[{}]`", key.text)
            };
            problems.error(key.place, format!("`{}` is a table", key.text)).help(help);
            return;
        };
        for (name, node) in entries(table, node.place.source) {
            if named_tables && !node.value.is_table() {
                // A section without a name: what should be in a table of its own lies in the section itself.
                problems
                    .error(key.place, format!("`{}` needs a name", key.text))
                    .help(format!("write `[{}.NAME]`", key.text));
                continue;
            }
            match named.entry(name.text) {
                Slot::Vacant(slot) => {
                    slot.insert(Entry { key: name, node });
                }
                Slot::Occupied(first) => {
                    let what = if named_tables {
                        format!("{} `{}` is declared twice", key.text, name.text)
                    } else {
                        format!("`{}` of `[{}]` is given twice", name.text, key.text)
                    };
                    problems.error(name.place, what).first_at(
                        first.get().key.place,
                        "first here",
                        "again here",
                    );
                }
            }
        }
    }
}
