//! What one guest changed in the registry of its template, and the view through both.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound;

use serde::{Deserialize, Serialize};

use super::base::{Base, same_name};
use super::path::{self, KeyPath, SEPARATOR};
use super::value::{Computed, Data, Value};

/// The stored name of the key that holds the guest's first RDP certificate. Its real name is a
/// thumbprint, which differs from guest to guest of one template.
pub(crate) const CERTIFICATE_KEY: &str = "{certificate}";

/// Where that key lies.
pub(crate) const CERTIFICATES: &str =
    "hklm\x01software\x01microsoft\x01systemcertificates\x01remote desktop\x01certificates";

/// Answers for the data that differ between guests of one template.
pub(crate) trait Resolve {
    fn resolve(&self, computed: Computed) -> Value;
    /// The thumbprint in upper-case hexadecimal.
    fn certificate_name(&self) -> String;
}

/// How one key differs from the template.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct KeyDelta {
    name: Box<str>,
    present: bool,
    /// The template's values of this key are gone (it was deleted, perhaps made anew).
    fresh: bool,
    values: Vec<(Box<str>, Option<Value>)>,
}

/// Every key of one guest that differs from its template.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Overlay {
    keys: BTreeMap<Box<str>, KeyDelta>,
}

impl Overlay {
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    fn contains(&self, base: &Base, stored: &str) -> bool {
        self.keys.get(stored).map_or_else(|| base.contains(stored), |delta| delta.present)
    }

    /// Creates the key and what is missing above it; `stored` is the located path.
    pub(crate) fn create(&mut self, base: &Base, shown: &str, stored: &str) {
        let mut end = stored.len();
        for name in shown.rsplit('\\') {
            let here = &stored[..end];
            if self.contains(base, here) {
                return;
            }
            let delta = self.keys.entry(here.into()).or_default();
            delta.present = true;
            delta.name = name.into();
            match here.rfind(SEPARATOR) {
                Some(at) => end = at,
                None => return,
            }
        }
    }

    pub(crate) fn set(&mut self, base: &Base, shown: &str, stored: &str, name: &str, value: Value) {
        self.create(base, shown, stored);
        self.put(base, stored, name, Some(value));
    }

    pub(crate) fn remove_value(&mut self, base: &Base, stored: &str, name: &str) {
        self.put(base, stored, name, None);
    }

    fn put(&mut self, base: &Base, stored: &str, name: &str, value: Option<Value>) {
        let known = base.key(stored);
        let delta = self.keys.entry(stored.into()).or_insert_with(|| KeyDelta {
            name: known.map_or_else(Box::default, |key| key.name.clone()),
            present: true,
            ..KeyDelta::default()
        });
        let in_base = (!delta.fresh).then_some(known).flatten().and_then(|key| {
            key.values.iter().find(|(known, _)| same_name(known, name)).map(|(_, value)| value)
        });
        let redundant = in_base == value.as_ref();
        match delta.values.iter().position(|(known, _)| same_name(known, name)) {
            Some(at) if redundant => {
                delta.values.remove(at);
            }
            Some(at) => delta.values[at].1 = value,
            None if redundant => {}
            None => delta.values.push((name.into(), value)),
        }
        if delta.values.is_empty() && delta.present && !delta.fresh && known.is_some() {
            self.keys.remove(stored);
        }
    }

    /// Deletes the key and everything below it.
    pub(crate) fn remove_tree(&mut self, base: &Base, stored: &str) {
        self.keys.retain(|key, _| !path::within(key, stored));
        for key in base.tree(stored) {
            let gone = KeyDelta { fresh: true, ..KeyDelta::default() };
            self.keys.insert(key.into(), gone);
        }
    }

    /// Forgets every difference at or below the key: the template's state is back.
    pub(crate) fn forget(&mut self, stored: &str) {
        self.keys.retain(|key, _| !path::within(key, stored));
    }

    fn any_within(&self, stored: &str) -> bool {
        self.keys
            .range::<str, _>((Bound::Included(stored), Bound::Unbounded))
            .next()
            .is_some_and(|(key, _)| path::within(key, stored))
    }
}

/// A guest's registry as its tools see it.
#[derive(Clone, Copy)]
pub(crate) struct RegistryView<'a> {
    pub(crate) base: &'a Base,
    pub(crate) overlay: &'a Overlay,
    pub(crate) resolver: &'a dyn Resolve,
}

impl<'a> RegistryView<'a> {
    /// The stored path of a key, with the guest's own names put back to those of the template.
    pub(crate) fn locate<'k>(&self, key: &'k KeyPath) -> Cow<'k, str> {
        let own = key
            .stored
            .strip_prefix(CERTIFICATES)
            .and_then(|rest| rest.strip_prefix(SEPARATOR))
            .filter(|rest| !rest.is_empty());
        let Some(rest) = own else { return Cow::Borrowed(&key.stored) };
        let (name, below) = rest.split_once(SEPARATOR).unwrap_or((rest, ""));
        if !name.eq_ignore_ascii_case(&self.resolver.certificate_name()) {
            return Cow::Borrowed(&key.stored);
        }
        let mut located = format!("{CERTIFICATES}{SEPARATOR}{CERTIFICATE_KEY}");
        if !below.is_empty() {
            located.push(SEPARATOR);
            located.push_str(below);
        }
        Cow::Owned(located)
    }

    pub(crate) fn exists(&self, key: &KeyPath) -> bool {
        self.overlay.contains(self.base, &self.locate(key))
    }

    /// The values of a key with their stored names, in order of creation.
    pub(crate) fn values(&self, key: &KeyPath) -> Vec<(&'a str, Cow<'a, Value>)> {
        let located = self.locate(key);
        let delta = self.overlay.keys.get(&*located);
        if delta.is_some_and(|delta| !delta.present) {
            return Vec::new();
        }
        let mut values = Vec::new();
        if !delta.is_some_and(|delta| delta.fresh) {
            for (name, value) in self.base.key(&located).into_iter().flat_map(|key| &key.values) {
                let changed = delta.and_then(|delta| {
                    delta.values.iter().find(|(known, _)| same_name(known, name))
                });
                match changed {
                    Some((_, Some(value))) => values.push((&**name, self.resolved(value))),
                    Some((_, None)) => {}
                    None => values.push((&**name, self.resolved(value))),
                }
            }
        }
        for (name, value) in delta.into_iter().flat_map(|delta| &delta.values) {
            if let Some(value) = value
                && !values.iter().any(|(known, _)| same_name(known, name))
            {
                values.push((name, self.resolved(value)));
            }
        }
        values
    }

    /// One value by name.
    pub(crate) fn value(&self, key: &KeyPath, name: &str) -> Option<Cow<'a, Value>> {
        let located = self.locate(key);
        if let Some(delta) = self.overlay.keys.get(&*located) {
            if !delta.present {
                return None;
            }
            if let Some((_, value)) = delta.values.iter().find(|(known, _)| same_name(known, name))
            {
                return value.as_ref().map(|value| self.resolved(value));
            }
            if delta.fresh {
                return None;
            }
        }
        let key = self.base.key(&located)?;
        let (_, value) = key.values.iter().find(|(known, _)| same_name(known, name))?;
        Some(self.resolved(value))
    }

    pub(crate) fn dword(&self, key: &KeyPath, name: &str) -> Option<u32> {
        self.value(key, name)?.as_dword()
    }

    pub(crate) fn text(&self, key: &KeyPath, name: &str) -> Option<String> {
        self.value(key, name)?.as_text().map(str::to_owned)
    }

    fn resolved(&self, value: &'a Value) -> Cow<'a, Value> {
        match value.data {
            Data::Computed(computed) => Cow::Owned(self.resolver.resolve(computed)),
            Data::Number(_) | Data::Long(_) | Data::Text(_) | Data::Many(_) | Data::Bytes(_) => {
                Cow::Borrowed(value)
            }
        }
    }

    /// The direct subkeys, spelt below the caller's spelling of the key.
    pub(crate) fn children(&self, key: &KeyPath) -> Vec<KeyPath> {
        let located = self.locate(key);
        let shown = |name: &str| -> String {
            let real;
            let name = if name == CERTIFICATE_KEY {
                real = self.resolver.certificate_name();
                &real
            } else {
                name
            };
            let mut shown = String::with_capacity(key.shown.len() + 1 + name.len());
            shown.push_str(&key.shown);
            shown.push('\\');
            shown.push_str(name);
            shown
        };
        let mut children: Vec<KeyPath> = self
            .base
            .children(&located)
            .filter(|(stored, _)| self.overlay.keys.get(*stored).is_none_or(|delta| delta.present))
            .map(|(stored, child)| KeyPath { shown: shown(&child.name), stored: stored.into() })
            .collect();
        if self.overlay.any_within(&located) {
            let prefix = format!("{located}{SEPARATOR}");
            let own = self
                .overlay
                .keys
                .range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded))
                .take_while(|(stored, _)| stored.starts_with(&prefix))
                .filter(|(stored, delta)| {
                    delta.present
                        && !stored[prefix.len()..].contains(SEPARATOR)
                        && !self.base.contains(stored)
                });
            children.extend(own.map(|(stored, delta)| KeyPath {
                shown: shown(&delta.name),
                stored: stored.to_string(),
            }));
            children.sort_by(|a, b| a.stored.cmp(&b.stored));
        }
        children
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;

    impl Resolve for Nobody {
        fn resolve(&self, _: Computed) -> Value {
            Value::text("WEB-01")
        }
        fn certificate_name(&self) -> String {
            "AB12".to_owned()
        }
    }

    fn key(text: &str) -> KeyPath {
        KeyPath::parse(text).unwrap()
    }

    fn names(view: &RegistryView<'_>, of: &str) -> Vec<String> {
        view.children(&key(of)).iter().map(|child| child.name().to_owned()).collect()
    }

    #[test]
    fn a_guest_sees_its_own_changes_over_the_template() {
        let mut base = Base::default();
        base.set(&key(r"HKLM\SOFTWARE\A\One"), "x", Value::dword(1));
        base.set(&key(r"HKLM\SOFTWARE\A\Two"), "x", Value::dword(2));
        let mut overlay = Overlay::default();
        let one = key(r"hklm\software\a\ONE");
        overlay.set(&base, &one.shown, &one.stored, "X", Value::dword(7));
        overlay.remove_tree(&base, &key(r"HKLM\Software\A\Two").stored);
        let new = key(r"HKLM\SOFTWARE\A\New\Deep");
        overlay.set(&base, &new.shown, &new.stored, "", Value::text("d"));
        let view = RegistryView { base: &base, overlay: &overlay, resolver: &Nobody };
        assert_eq!(view.dword(&one, "x"), Some(7));
        assert_eq!(names(&view, r"HKLM\SOFTWARE\A"), ["New", "One"]);
        assert!(!view.exists(&key(r"HKLM\SOFTWARE\A\Two")));
    }

    #[test]
    fn writing_back_what_the_template_says_leaves_no_difference() {
        let mut base = Base::default();
        let path = key(r"HKLM\SOFTWARE\A");
        base.set(&path, "x", Value::dword(1));
        let mut overlay = Overlay::default();
        overlay.set(&base, &path.shown, &path.stored, "x", Value::dword(2));
        overlay.set(&base, &path.shown, &path.stored, "x", Value::dword(1));
        assert!(overlay.is_empty());
    }

    #[test]
    fn the_certificate_key_bears_the_thumbprint_of_the_guest() {
        let mut base = Base::default();
        let all = key(r"HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates");
        base.set(&all.join(CERTIFICATE_KEY), "Blob", Value::binary(&[1]));
        let overlay = Overlay::default();
        let view = RegistryView { base: &base, overlay: &overlay, resolver: &Nobody };
        assert_eq!(names(&view, &all.shown), ["AB12"]);
        assert!(view.value(&all.join("ab12"), "blob").is_some());
        assert!(!view.exists(&all.join("CD34")));
    }
}
