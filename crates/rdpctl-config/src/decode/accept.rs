//! `[[accept]]`: drift that somebody has taken responsibility for.

use jiff::civil::Date;
use rdpctl_model::FacetId;
use rdpctl_model::declaration::Accept;

use crate::diagnostic::Problems;
use crate::parse::Sections;
use crate::suggest::did_you_mean;
use crate::tree::{Fields, Node};

use super::scalar::line;

pub(crate) const KEYS: &[&str] = &["instance", "facet", "reason", "owner", "until"];

pub(super) fn decode(sections: &Sections<'_>, problems: &mut Problems) -> Vec<Accept> {
    sections.accepts.iter().filter_map(|node| accept(*node, sections, problems)).collect()
}

fn accept(node: Node<'_>, sections: &Sections<'_>, problems: &mut Problems) -> Option<Accept> {
    let fields = Fields::open(node, node.place, "`[[accept]]`".to_owned(), KEYS, problems)?;
    let instance = fields
        .need("instance", "\"web-01\"", problems)
        .and_then(|node| instance(node, sections, problems));
    let facet = fields.optional("facet", |node| facet(node, problems));
    let reason = fields
        .need("reason", "\"why this is accepted\"", problems)
        .and_then(|node| line(node, "reason", problems));
    let owner = fields.optional("owner", |node| line(node, "owner", problems));
    let until = fields.optional("until", |node| date(node, problems));
    Some(Accept {
        instance: instance?,
        facet: facet.ok()?,
        reason: reason?,
        owner: owner.ok()?,
        until: until.ok()?,
    })
}

fn instance(node: Node<'_>, sections: &Sections<'_>, problems: &mut Problems) -> Option<String> {
    let text = node.text("instance", problems)?;
    let fleet = text.split_once('/').map_or(text, |(fleet, _)| fleet);
    if sections.instances.contains_key(text) || sections.fleets.contains_key(fleet) {
        return Some(text.to_owned());
    }
    let names = sections.instances.keys().chain(sections.fleets.keys()).copied();
    problems
        .error(node.place, format!("no instance or fleet is named `{text}`"))
        .maybe_help(|| did_you_mean(text, names));
    None
}

fn facet(node: Node<'_>, problems: &mut Problems) -> Option<FacetId> {
    let text = node.text("facet", problems)?;
    let found = FacetId::from_name(text);
    if found.is_none() {
        problems
            .error(node.place, format!("no facet is named `{text}`"))
            .maybe_help(|| did_you_mean(text, FacetId::ALL.map(FacetId::name)));
    }
    found
}

fn date(node: Node<'_>, problems: &mut Problems) -> Option<Date> {
    let written = match (node.value.as_datetime(), node.value.as_str()) {
        (Some(date), _) => date.to_string(),
        (None, Some(text)) => text.to_owned(),
        (None, None) => String::new(),
    };
    // Times of the day are refused: a day is in force until it ends.
    let date = if written.len() == 10 { written.parse().ok() } else { None };
    if date.is_none() {
        problems.error(node.place, "`until` is a day").help("for example `until = 2026-12-31`");
    }
    date
}
