//! All that the facets say, by the tables of their files. A table that is missing here is one that nobody reads, which the
//! compiler tells.

use rdpctl_model::said::Row;

const TABLES: &[&[Row]] = &[
    crate::bandwidth::SAYS,
    crate::boot::SAYS,
    crate::certificate::SAYS,
    crate::certificate_held::SAYS,
    crate::certificate_pin::SAYS,
    crate::firewall::SAYS,
    crate::firewall_look::SAYS,
    crate::firewall_seen::SAYS,
    crate::group_policy::SAYS,
    crate::ingress::SAYS,
    crate::leftover::SAYS,
    crate::licence::SAYS,
    crate::machine_keys::SAYS,
    crate::nla::SAYS,
    crate::policy_owner::SAYS,
    crate::port::SAYS,
    crate::port_listener::SAYS,
    crate::port_owner::SAYS,
    crate::power::SAYS,
    crate::public_ip::SAYS,
    crate::reachable::SAYS,
    crate::recovery::SAYS,
    crate::remote_desktop::SAYS,
    crate::seen_from::SAYS,
    crate::service::SAYS,
    crate::service_hindrance::SAYS,
    crate::term_service::SAYS,
    crate::tls::SAYS,
    crate::tls_suites::SAYS,
    crate::ways::SAYS,
];

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
