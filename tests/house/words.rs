//! What is said has words in every language: the keys of the crates and the texts of `rdpctl-words` are the same.

use std::collections::{BTreeMap, BTreeSet};

use rdpctl_model::said::Row;
use rdpctl_words::{Language, words};

/// Every key that a crate says.
fn said() -> Vec<&'static Row> {
    rdpctl_facets::says().chain(rdpctl_engine::says()).collect()
}

#[test]
fn every_key_has_a_text_in_every_language_with_the_same_places_and_every_text_a_key() {
    let keys: BTreeMap<String, BTreeSet<String>> = said()
        .into_iter()
        .map(|row| (row.key.to_owned(), row.args.iter().map(ToString::to_string).collect()))
        .collect();
    for language in Language::ALL {
        let texts: BTreeMap<String, BTreeSet<String>> = words(language)
            .keys()
            .map(|(key, places)| (key.to_owned(), places.into_iter().map(str::to_owned).collect()))
            .collect();
        let silent: Vec<_> = keys.iter().filter(|(key, _)| !texts.contains_key(*key)).collect();
        assert!(silent.is_empty(), "{} has no texts for {silent:#?}", language.code());
        let unused: Vec<_> = texts.keys().filter(|key| !keys.contains_key(*key)).collect();
        assert!(unused.is_empty(), "{} has texts that nobody says: {unused:#?}", language.code());
        assert_eq!(texts, keys, "{}", language.code());
    }
}

#[test]
fn no_key_is_declared_twice() {
    let mut seen = BTreeSet::new();
    let twice: Vec<&str> =
        said().into_iter().map(|row| row.key).filter(|key| !seen.insert(*key)).collect();
    assert_eq!(twice, Vec::<&str>::new());
}
