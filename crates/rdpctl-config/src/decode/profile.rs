//! `[profile.NAME]`: what it extends, and one key per facet.

use rdpctl_facets::{BUILT_IN, Profile};
use rdpctl_model::{FacetId, ProfileName};

use crate::diagnostic::Problems;
use crate::facet;
use crate::parse::Entry;
use crate::resolve::{Base, Written};
use crate::tree::{entries, unknown_key};

use super::scalar::check_name;

/// The word that releases a facet which would otherwise be inherited.
pub(crate) const UNMANAGED: &str = "unmanaged";

pub(super) fn decode<'t>(entry: &Entry<'t>, problems: &mut Problems) -> Option<Written<'t>> {
    let name = entry.key.text;
    check_name("a profile", entry.key, problems);
    if BUILT_IN.contains(&name) {
        problems
            .error(entry.key.place, format!("profile `{name}` is built in"))
            .help(format!("choose another name, and write `extends = \"{name}\"`"));
        return None;
    }
    let what = format!("profile `{name}`");
    let table = entry.node.table(&what, problems)?;
    let mut written = Written {
        name: ProfileName::new(name),
        base: None,
        own: Profile::default(),
        released: Vec::new(),
        ingress_at: None,
    };
    for (key, node) in entries(table, entry.node.place.source) {
        if key.text == "extends" {
            if let Some(base) = node.text("extends", problems) {
                written.base = Some(Base { name: base, place: node.place });
            }
            continue;
        }
        let Some(facet) = FacetId::from_name(key.text) else {
            let known: Vec<&str> =
                std::iter::once("extends").chain(FacetId::ALL.map(FacetId::name)).collect();
            unknown_key(key, &what, known, problems);
            continue;
        };
        if node.value.as_str() == Some(UNMANAGED) {
            written.released.push(facet);
            continue;
        }
        if facet == FacetId::Ingress {
            written.ingress_at = Some(node.place);
        }
        facet::declare(&mut written.own, facet, node, problems);
    }
    Some(written)
}
