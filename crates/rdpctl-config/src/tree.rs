//! Reading TOML's spanned tree: every access knows its place and reports what it does not like.

use crate::diagnostic::Problems;
use crate::source::Place;
use crate::suggest::{did_you_mean, nearest};
use crate::value::{Table, Value};

/// A value with its place.
#[derive(Clone, Copy)]
pub(crate) struct Node<'t> {
    pub(crate) value: &'t Value<'t>,
    pub(crate) place: Place,
}

/// A key with its place.
#[derive(Clone, Copy)]
pub(crate) struct Key<'t> {
    pub(crate) text: &'t str,
    pub(crate) place: Place,
}

/// A value that is missing because what was written is wrong, which has been told.
pub(crate) struct Told;

/// A table that is being decoded: which one, for messages, and where.
pub(crate) struct Fields<'t> {
    table: &'t Table<'t>,
    /// "provider `gz`"
    pub(crate) what: String,
    /// Where to point when something is missing.
    pub(crate) place: Place,
    /// What is meant by the keys that are not known.
    meant: Vec<&'static str>,
}

/// Entries of a table.
pub(crate) fn entries<'t>(
    table: &'t Table<'t>,
    source: usize,
) -> impl Iterator<Item = (Key<'t>, Node<'t>)> {
    table.iter().map(move |(key, key_at, value, at)| {
        (
            Key { text: key, place: Place::new(source, key_at.range()) },
            Node { value, place: Place::new(source, at.range()) },
        )
    })
}

impl<'t> Node<'t> {
    /// The text, or a complaint that `what` takes one.
    pub(crate) fn text(self, what: &str, problems: &mut Problems) -> Option<&'t str> {
        let text = self.value.as_str();
        if text.is_none() {
            self.wrong(what, "a string", problems);
        }
        text
    }

    pub(crate) fn boolean(self, what: &str, problems: &mut Problems) -> Option<bool> {
        let answer = self.value.as_bool();
        if answer.is_none() {
            self.wrong(what, "true or false", problems);
        }
        answer
    }

    pub(crate) fn table(self, what: &str, problems: &mut Problems) -> Option<&'t Table<'t>> {
        let table = self.value.as_table();
        if table.is_none() {
            self.wrong(what, "a table", problems);
        }
        table
    }

    /// The elements of an array.
    pub(crate) fn list(self, what: &str, problems: &mut Problems) -> Option<Vec<Node<'t>>> {
        let list = self.elements();
        if list.is_none() {
            self.wrong(what, "an array", problems);
        }
        list
    }

    /// The elements, if this is an array.
    pub(crate) fn elements(self) -> Option<Vec<Node<'t>>> {
        let source = self.place.source;
        self.value.as_array().map(|array| {
            array
                .iter()
                .map(|(value, at)| Node { value, place: Place::new(source, at.range()) })
                .collect()
        })
    }

    /// A whole number, if it is one.
    pub(crate) const fn integer(self) -> Option<i64> {
        if let Value::Integer(integer) = self.value { *integer } else { None }
    }

    /// A number, whole or not.
    pub(crate) fn number(self) -> Option<f64> {
        if let Value::Float(number) = self.value {
            return *number;
        }
        self.integer().and_then(|integer| i32::try_from(integer).ok()).map(f64::from)
    }

    /// One of the named values.
    pub(crate) fn choice<T: Copy>(
        self,
        what: &str,
        choices: &[(&'static str, T)],
        problems: &mut Problems,
    ) -> Option<T> {
        let text = self.text(what, problems)?;
        let found = choices.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        if found.is_none() {
            problems
                .error(self.place, format!("`{what}` does not know `{text}`"))
                .maybe_help(|| did_you_mean(text, choices.iter().map(|(name, _)| *name)));
        }
        found
    }

    /// Complains that `what` takes something else.
    pub(crate) fn wrong(self, what: &str, takes: &str, problems: &mut Problems) {
        let is = self.value.name();
        // A longer description brings its own marks.
        let what = if what.contains('`') { what.to_owned() } else { format!("`{what}`") };
        problems.error(self.place, format!("{what} takes {takes}, not {is}"));
    }

    /// The place of a part of a string, if the string stands in the file as it is, without escapes.
    pub(crate) fn part(self, text: &str, from: usize, to: usize) -> Place {
        if self.place.end - self.place.start == text.len() + 2 {
            self.place.part(1 + from, 1 + to)
        } else {
            self.place
        }
    }
}

impl<'t> Fields<'t> {
    /// Opens a table, and reports keys that are not known in it.
    pub(crate) fn open(
        node: Node<'t>,
        at: Place,
        what: String,
        known: &[&'static str],
        problems: &mut Problems,
    ) -> Option<Self> {
        let table = node.table(&what, problems)?;
        let mut meant = Vec::new();
        for (key, _) in entries(table, node.place.source) {
            if !known.contains(&key.text) {
                unknown_key(key, &what, known.iter().copied(), problems);
                meant.extend(nearest(key.text, known.iter().copied()));
            }
        }
        Some(Self { table, what, place: at, meant })
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<Node<'t>> {
        let (value, at) = self.table.get(key)?;
        Some(Node { value, place: Place::new(self.place.source, at.range()) })
    }

    /// Whether nothing stands for a key: who misspelt it has been told so, and it is not missing as well.
    pub(crate) fn lacks(&self, key: &str) -> bool {
        self.get(key).is_none() && !self.meant.contains(&key)
    }

    /// Whether one of these keys stands there misspelt.
    pub(crate) fn misspells(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.get(key).is_none() && self.meant.contains(key))
    }

    /// What is read from a key that need not be there.
    pub(crate) fn optional<T>(
        &self,
        key: &str,
        read: impl FnOnce(Node<'t>) -> Option<T>,
    ) -> Result<Option<T>, Told> {
        match self.get(key) {
            None => Ok(None),
            Some(node) => read(node).map(Some).ok_or(Told),
        }
    }

    /// The value of a key that must be there; `example` is what could be written.
    pub(crate) fn need(
        &self,
        key: &str,
        example: &str,
        problems: &mut Problems,
    ) -> Option<Node<'t>> {
        let node = self.get(key);
        if self.lacks(key) {
            problems
                .error(self.place, format!("{} has no `{key}`", self.what))
                .help(format!("add `{key} = {example}`"));
        }
        node
    }
}

/// Reports a key that is not known, with the one that was probably meant.
pub(crate) fn unknown_key<'c>(
    key: Key<'_>,
    what: &str,
    known: impl IntoIterator<Item = &'c str> + Clone,
    problems: &mut Problems,
) {
    problems
        .error(key.place, format!("unknown key `{}` in {what}", key.text))
        .maybe_help(|| did_you_mean(key.text, known));
}
