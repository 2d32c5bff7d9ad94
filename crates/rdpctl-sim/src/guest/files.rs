//! A small file system: what the template holds, what a guest changed, and who may touch it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::acl::{Acl, Sid};

/// Stands for the guest's machine GUID in the names of the template's files.
pub(crate) const GUID: &str = "{machine-guid}";

/// A file or a folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Node {
    pub(crate) name: Arc<str>,
    pub(crate) folder: bool,
    pub(crate) data: Arc<[u8]>,
    /// `None`: what the folder above passes down.
    pub(crate) acl: Option<Arc<Acl>>,
    pub(crate) owner: Sid,
    /// When it was made, in Unix milliseconds; what the template holds was there before anything happened.
    #[serde(default)]
    pub(crate) made: u64,
}

impl Node {
    pub(crate) fn folder(name: &str) -> Self {
        Self { folder: true, ..Self::file(name, &[]) }
    }

    pub(crate) fn file(name: &str, data: &[u8]) -> Self {
        Self {
            name: name.into(),
            folder: false,
            data: data.into(),
            acl: None,
            owner: Sid::system(),
            made: 0,
        }
    }
}

/// The template's files.
#[derive(Clone, Debug, Default)]
pub(crate) struct BaseFiles {
    nodes: BTreeMap<Box<str>, Node>,
}

impl BaseFiles {
    /// Puts a node at a full path, with the folders above it.
    pub(crate) fn put(&mut self, path: &str, node: Node) {
        let stored = stored(path);
        for (at, _) in path.match_indices('\\') {
            let folder = &path[..at];
            let name = folder.rsplit('\\').next().unwrap_or(folder);
            self.nodes.entry(stored[..at].into()).or_insert_with(|| Node::folder(name));
        }
        self.nodes.insert(stored.into(), node);
    }
}

/// What one guest changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct FileOverlay {
    nodes: BTreeMap<Box<str>, Option<Node>>,
}

impl FileOverlay {
    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}

/// The stored form of a full path: lower case, below a separator that sorts first.
fn stored(path: &str) -> String {
    let path = path.trim_end_matches('\\');
    path.chars()
        .map(|c| match c {
            '\\' | '/' => '\x01',
            other => other.to_ascii_lowercase(),
        })
        .collect()
}

/// Both layers with the guest's own identity.
pub(crate) struct FileView<'a> {
    pub(crate) base: &'a BaseFiles,
    pub(crate) overlay: &'a FileOverlay,
    pub(crate) machine_guid: &'a str,
}

/// A file as found: its path as it is really spelt, and the node.
pub(crate) type Found<'a> = (String, &'a Node);

impl<'a> FileView<'a> {
    fn locate(&self, path: &str) -> String {
        let stored = stored(path);
        if stored.contains(self.machine_guid) {
            stored.replace(self.machine_guid, GUID)
        } else {
            stored
        }
    }

    fn shown_name(&self, node: &'a Node) -> Cow<'a, str> {
        if node.name.contains(GUID) {
            Cow::Owned(node.name.replace(GUID, self.machine_guid))
        } else {
            Cow::Borrowed(&node.name)
        }
    }

    fn node(&self, located: &str) -> Option<&'a Node> {
        match self.overlay.nodes.get(located) {
            Some(node) => node.as_ref(),
            None => self.base.nodes.get(located),
        }
    }

    /// The node at a full path.
    pub(crate) fn get(&self, path: &str) -> Option<&'a Node> {
        self.node(&self.locate(path))
    }

    /// Direct children of a folder, in name order.
    pub(crate) fn children(&self, path: &str) -> Vec<Found<'a>> {
        let prefix = format!("{}\x01", self.locate(path));
        let range = || (Bound::Included(prefix.as_str()), Bound::Unbounded);
        let direct = |key: &str| {
            key.strip_prefix(prefix.as_str()).is_some_and(|rest| !rest.contains('\x01'))
        };
        let mut found: BTreeMap<&str, &'a Node> = BTreeMap::new();
        for (key, node) in self.base.nodes.range::<str, _>(range()) {
            if !key.starts_with(prefix.as_str()) {
                break;
            }
            if direct(key) {
                found.insert(key, node);
            }
        }
        for (key, node) in self.overlay.nodes.range::<str, _>(range()) {
            if !key.starts_with(prefix.as_str()) {
                break;
            }
            if direct(key) {
                match node {
                    Some(node) => found.insert(key, node),
                    None => found.remove(&**key),
                };
            }
        }
        let folder = path.trim_end_matches('\\');
        found
            .into_values()
            .map(|node| (format!("{folder}\\{}", self.shown_name(node)), node))
            .collect()
    }

    /// What a path names; its last part may hold `*` and `?`.
    pub(crate) fn matching(&self, path: &str) -> Vec<Found<'a>> {
        if !path.contains(['*', '?']) {
            return self.get(path).map(|node| (path.to_owned(), node)).into_iter().collect();
        }
        let (folder, pattern) = path.rsplit_once('\\').unwrap_or(("", path));
        self.children(folder)
            .into_iter()
            .filter(|(path, _)| wildcard(pattern, path.rsplit('\\').next().unwrap_or(path)))
            .collect()
    }

    /// The object and everything below it, parents first.
    pub(crate) fn tree(&self, path: &str) -> Vec<Found<'a>> {
        let mut found: Vec<Found<'a>> = self.matching(path);
        let mut at = 0;
        while let Some((path, node)) = found.get(at) {
            if node.folder {
                let below = self.children(path);
                found.splice((at + 1)..=at, below);
            }
            at += 1;
        }
        found
    }
}

/// Whether a name matches a pattern of `*` and `?`.
pub(crate) fn wildcard(pattern: &str, name: &str) -> bool {
    fn matches(pattern: &[char], name: &[char]) -> bool {
        match pattern.split_first() {
            None => name.is_empty(),
            Some(('*', rest)) => (0..=name.len()).any(|at| matches(rest, &name[at..])),
            Some(('?', rest)) => !name.is_empty() && matches(rest, &name[1..]),
            Some((c, rest)) => name.first().is_some_and(|n| n == c) && matches(rest, &name[1..]),
        }
    }
    let lower = |text: &str| text.to_lowercase().chars().collect::<Vec<char>>();
    pattern == "*.*" || matches(&lower(pattern), &lower(name))
}

/// The total of one guest's own files; a simulated disk is small.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// Changes to one guest's files.
impl FileOverlay {
    fn locate(path: &str, machine_guid: &str) -> String {
        let stored = stored(path);
        if stored.contains(machine_guid) { stored.replace(machine_guid, GUID) } else { stored }
    }

    /// Writes a node; `false` when the disk is full.
    pub(crate) fn put(&mut self, path: &str, machine_guid: &str, node: Node) -> bool {
        let used: usize = self.nodes.values().flatten().map(|node| node.data.len()).sum();
        if used + node.data.len() > MOST_BYTES {
            return false;
        }
        self.nodes.insert(Self::locate(path, machine_guid).into(), Some(node));
        true
    }

    pub(crate) fn remove(&mut self, base: &BaseFiles, path: &str, machine_guid: &str) {
        let located = Self::locate(path, machine_guid);
        if base.nodes.contains_key(located.as_str()) {
            self.nodes.insert(located.into(), None);
        } else {
            self.nodes.remove(located.as_str());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_sees_its_own_key_file_under_its_own_guid() {
        let mut base = BaseFiles::default();
        base.put(r"C:\Keys\f686_{machine-guid}", Node::file("f686_{machine-guid}", b"k"));
        let overlay = FileOverlay::default();
        let view = FileView { base: &base, overlay: &overlay, machine_guid: "c5d2b969-b61a" };
        let found = view.matching(r"c:\keys\F686_*");
        assert_eq!(found[0].0, r"c:\keys\f686_c5d2b969-b61a");
        assert!(view.get(r"C:\Keys\f686_c5d2b969-b61a").is_some());
        assert!(view.get(r"C:\Keys\f686_other").is_none());
    }

    #[test]
    fn patterns_match_as_in_a_shell() {
        assert!(wildcard("*.acl", "1.ACL"));
        assert!(wildcard("rdpctl?.acl", "rdpctl1.acl"));
        assert!(!wildcard("rdpctl?.acl", "rdpctl12.acl"));
        assert!(wildcard("*.*", "noextension"));
    }
}
