//! All that the facets say, by the tables of their files. A table that is missing here is one that nobody reads, which the
//! compiler tells.

use rdpctl_model::said::Row;

const TABLES: &[&[Row]] =
    &[crate::leftover::SAYS, crate::nla::SAYS, crate::seen_from::SAYS, crate::ways::SAYS];

/// Every key, with the places of its text.
pub fn says() -> impl Iterator<Item = &'static Row> {
    TABLES.iter().copied().flatten()
}
