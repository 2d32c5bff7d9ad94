//! The bins of a hive, behind a head that is right: read, checked, edited; what was edited still checks.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rdpctl_disk::bcd::Store;
use rdpctl_disk::hive::{Hive, Key, Kind};

/// A head for so many bytes of bins, with its sum.
fn head(length: usize) -> Vec<u8> {
    let mut head = b"regf".to_vec();
    head.resize(4096, 0);
    let length = u32::try_from(length).unwrap();
    for (at, word) in [(4, 7), (8, 7), (20, 1), (24, 5), (32, 1), (36, 0x20), (40, length), (44, 1)] {
        head[at..at + 4].copy_from_slice(&u32::to_le_bytes(word));
    }
    let sum = head[..508].chunks(4).fold(0, |sum, word| sum ^ u32::from_le_bytes(word.try_into().unwrap()));
    head[508..512].copy_from_slice(&sum.to_le_bytes());
    head
}

fn walk(key: &Key<'_>, depth: usize) {
    for value in key.values().unwrap_or_default() {
        let _ = (value.bytes(), value.text(), value.texts());
    }
    if depth < 6 {
        key.keys().unwrap_or_default().iter().for_each(|child| walk(child, depth + 1));
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut bins = bytes.to_vec();
    bins.resize(bytes.len().next_multiple_of(4096).max(4096), 0);
    let mut file = head(bins.len());
    file.extend(bins);
    file.resize(file.len() + 8192, 0);
    let Ok(hive) = Hive::recover(file, &[]) else { return };
    if let Ok(root) = hive.root() {
        walk(&root, 0);
    }
    if let Ok(store) = Store::of(&hive) {
        let _ = store.default_loader();
    }
    let Ok(mut editor) = hive.edit(1) else { return };
    let edited = editor
        .create("a\\b")
        .and_then(|()| editor.set("a\\b", "name", Kind::Sz, &[1; 40]))
        .and_then(|()| editor.set("a\\b", "name", Kind::Sz, &[2; 400]))
        .and_then(|()| editor.delete_key("a"));
    if edited.is_ok() {
        assert_eq!(editor.hive().check().errors, []);
    }
});
