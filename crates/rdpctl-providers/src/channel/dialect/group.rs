//! Equal things together, in the order in which each first came.

use std::collections::HashMap;
use std::hash::Hash;

/// Keys with the places where they stand.
pub(super) fn grouped<K: Clone + Eq + Hash>(keys: impl Iterator<Item = K>) -> Vec<(K, Vec<usize>)> {
    let mut groups: Vec<(K, Vec<usize>)> = Vec::new();
    let mut known: HashMap<K, usize> = HashMap::new();
    for (place, key) in keys.enumerate() {
        let group = *known.entry(key.clone()).or_insert_with(|| {
            groups.push((key, Vec::new()));
            groups.len() - 1
        });
        groups[group].1.push(place);
    }
    groups
}
