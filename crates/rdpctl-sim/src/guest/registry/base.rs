//! The shared part of a registry: what the template of a guest holds.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::path::{self, KeyPath, SEPARATOR};
use super::value::Value;

/// A key of the template.
#[derive(Clone, Debug, Default)]
pub(super) struct BaseKey {
    pub(super) name: Box<str>,
    pub(super) values: Vec<(Box<str>, Value)>,
}

/// All keys of the template, by stored path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Base {
    keys: BTreeMap<Box<str>, BaseKey>,
}

impl Base {
    /// Creates the key and whatever is missing above it.
    pub(crate) fn create(&mut self, key: &KeyPath) {
        let names: Vec<&str> = key.shown.split('\\').collect();
        let mut end = key.stored.len();
        for name in names.iter().rev() {
            let stored = &key.stored[..end];
            if self.keys.contains_key(stored) {
                return;
            }
            self.keys.insert(stored.into(), BaseKey { name: (*name).into(), values: Vec::new() });
            match stored.rfind(SEPARATOR) {
                Some(at) => end = at,
                None => return,
            }
        }
    }

    pub(crate) fn set(&mut self, key: &KeyPath, name: &str, value: Value) {
        self.create(key);
        let Some(found) = self.keys.get_mut(key.stored.as_str()) else { return };
        match found.values.iter_mut().find(|(known, _)| same_name(known, name)) {
            Some((_, known)) => *known = value,
            None => found.values.push((name.into(), value)),
        }
    }

    pub(crate) fn remove_value(&mut self, key: &KeyPath, name: &str) {
        if let Some(found) = self.keys.get_mut(key.stored.as_str()) {
            found.values.retain(|(known, _)| !same_name(known, name));
        }
    }

    pub(crate) fn remove_tree(&mut self, key: &KeyPath) {
        self.keys.retain(|stored, _| !path::within(stored, &key.stored));
    }

    pub(crate) fn contains(&self, stored: &str) -> bool {
        self.keys.contains_key(stored)
    }

    pub(super) fn key(&self, stored: &str) -> Option<&BaseKey> {
        self.keys.get(stored)
    }

    /// Direct children: stored path and key, in order.
    pub(super) fn children<'a>(
        &'a self,
        stored: &str,
    ) -> impl Iterator<Item = (&'a str, &'a BaseKey)> + use<'a> {
        let prefix = format!("{stored}{SEPARATOR}");
        let mut next = prefix.clone();
        std::iter::from_fn(move || {
            let (found, key) = self
                .keys
                .range::<str, _>((Bound::Included(next.as_str()), Bound::Unbounded))
                .next()?;
            if !found.starts_with(&prefix) {
                return None;
            }
            next.clear();
            next.push_str(found);
            // One above the separator: past the descendants, before a sibling with a longer name.
            next.push('\x02');
            Some((&**found, key))
        })
    }

    /// The key itself and everything below it, as stored paths.
    pub(super) fn tree<'a>(&'a self, stored: &'a str) -> impl Iterator<Item = &'a str> {
        self.keys
            .range::<str, _>((Bound::Included(stored), Bound::Unbounded))
            .map(|(found, _)| &**found)
            .take_while(move |found| found.starts_with(stored))
            .filter(move |found| path::within(found, stored))
    }
}

/// Names of values compare without regard to case.
pub(super) fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!a.is_ascii() && a.to_lowercase() == b.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_are_direct_and_siblings_with_longer_names_are_not_lost() {
        let mut base = Base::default();
        for key in [r"HKLM\A\b\deep\deeper", r"HKLM\A\b c", r"HKLM\A\b-d", r"HKLM\AB\x"] {
            base.create(&KeyPath::parse(key).unwrap());
        }
        let names: Vec<&str> = base.children("hklm\x01a").map(|(_, key)| &*key.name).collect();
        assert_eq!(names, ["b", "b c", "b-d"]);
        assert_eq!(base.tree("hklm\x01a").count(), 6);
    }
}
