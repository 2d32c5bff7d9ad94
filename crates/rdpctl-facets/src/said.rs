//! All that the facets say, by the tables of their files. A table that is missing here is one that nobody reads, which the
//! compiler tells.

use rdpctl_model::said::Row;

const TABLES: &[&[Row]] =
    &[crate::leftover::SAYS, crate::nla::SAYS, crate::seen_from::SAYS, crate::ways::SAYS];

/// Every key, with the places of its text.
pub fn says() -> impl Iterator<Item = &'static Row> {
    TABLES.iter().copied().flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use rdpctl_words::{Language, words};

    use super::*;

    #[test]
    fn what_facets_say_has_words_with_the_same_places_in_every_language() {
        for language in Language::ALL {
            let texts: BTreeMap<&str, Vec<&str>> = words(language).keys().collect();
            for row in says() {
                let places: BTreeSet<&str> = row.args.iter().copied().collect();
                let found = texts.get(row.key).map(|all| all.iter().copied().collect());
                assert_eq!(found, Some(places), "{} {}", language.code(), row.key);
            }
        }
    }
}
