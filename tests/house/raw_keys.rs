//! Keys of texts that are shown raw, where their words should stand.

use std::collections::HashSet;
use std::path::Path;
use std::sync::OnceLock;

/// The first key of a text that is shown raw. Programs may read keys, and so may whoever reads logs.
pub(crate) fn raw_keys(text: &str, root: &Path) -> Option<String> {
    static KEYS: OnceLock<HashSet<String>> = OnceLock::new();
    if text.starts_with(['{', '[']) {
        return None;
    }
    let keys = KEYS.get_or_init(|| keys(root));
    let told = text
        .lines()
        .filter(|line| !line.starts_with('{'))
        .filter(|line| ![" DEBUG ", " TRACE ", " WARN "].iter().any(|log| line.contains(log)));
    told.flat_map(|line| {
        line.split(|letter: char| {
            !(letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-.".contains(letter))
        })
    })
    .find(|word| keys.contains(word.trim_matches('.')))
    .map(str::to_owned)
}

/// All keys of texts.
fn keys(root: &Path) -> HashSet<String> {
    let mut keys = HashSet::new();
    for file in std::fs::read_dir(root.join("crates/rdpctl-words/texts/en")).unwrap() {
        let path = file.unwrap().path();
        let section = path.file_stem().unwrap().to_string_lossy().into_owned();
        let texts: toml::Table = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        keys.extend(texts.keys().map(|key| format!("{section}.{key}")));
    }
    keys
}
