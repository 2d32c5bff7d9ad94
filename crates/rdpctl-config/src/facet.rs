//! A facet's value goes to the facet as it stands; what the facet does not like is pointed at.
//!
//! Facets read their values with serde, which knows words and no places. The place is found from the words that
//! the refusal quotes, or by handing the value over in parts until the part that is refused is alone.

use rdpctl_facets::{Profile, manual};
use rdpctl_model::FacetId;
use serde_json::{Map, Value};

use crate::diagnostic::Problems;
use crate::source::Place;
use crate::suggest::nearest;
use crate::tree::{Node, entries};

/// Declares a facet in a profile, or says what is wrong with the value.
pub(crate) fn declare(
    profile: &mut Profile,
    facet: FacetId,
    node: Node<'_>,
    problems: &mut Problems,
) {
    let Err(refusal) = profile.declare(facet, json(node)) else { return };
    let words = quoted(&refusal.message);
    let said = &refusal.message;
    let offender = words.first().copied().unwrap_or_default();
    let found = words
        .iter()
        .find_map(|word| find(node, &|text| text == *word))
        .or_else(|| words.iter().find_map(|word| find(node, &|text| text.contains(*word))));
    let place = found.unwrap_or_else(|| narrow(facet, node, said));
    let example = manual(facet).map(|manual| format!("for example `{}`", example(manual.declare)));
    let choices = words.get(1..).unwrap_or_default();
    let near = nearest(offender, choices.iter().copied());
    let (message, help) = if said.starts_with("unknown variant") {
        (format!("`{facet}` does not know `{offender}`"), offer(near, choices))
    } else if said.starts_with("unknown field") {
        (format!("unknown key `{offender}` in `{facet}`"), offer(near, choices))
    } else if said.starts_with("missing field") {
        (format!("`{facet}` needs `{offender}`"), None)
    } else if said.starts_with("data did not match any variant") {
        (format!("this is no value of `{facet}`"), None)
    } else {
        (format!("`{facet}`: {said}"), lone_address(node, place))
    };
    problems.error(place, message).maybe_help(help.or(example));
}

fn offer(near: Option<&str>, choices: &[&str]) -> Option<String> {
    match (near, choices) {
        (Some(near), _) => Some(format!("did you mean `{near}`?")),
        (None, []) => None,
        (None, choices) => Some(format!("known here: `{}`", choices.join("`, `"))),
    }
}

/// The first form of a manual's declaration: remarks stand behind several blanks.
fn example(declare: &str) -> &str {
    let line = declare.lines().next().unwrap_or_default();
    line.split("   ").next().unwrap_or(line).trim()
}

/// A single address where a network is wanted is the commonest slip.
fn lone_address(node: Node<'_>, place: Place) -> Option<String> {
    let text = leaf_at(node, place)?;
    let address: std::net::IpAddr = text.trim().parse().ok()?;
    let length = if address.is_ipv4() { 32 } else { 128 };
    Some(format!("a single address is written `{address}/{length}`"))
}

fn leaf_at<'t>(node: Node<'t>, place: Place) -> Option<&'t str> {
    if node.place == place {
        return node.value.as_str();
    }
    children(node).into_iter().find_map(|(_, child)| leaf_at(child, place))
}

fn children(node: Node<'_>) -> Vec<(Option<&str>, Node<'_>)> {
    if let Some(elements) = node.elements() {
        return elements.into_iter().map(|one| (None, one)).collect();
    }
    match node.value.as_table() {
        Some(table) => {
            entries(table, node.place.source).map(|(key, one)| (Some(key.text), one)).collect()
        }
        None => Vec::new(),
    }
}

/// Words between backquotes, or between double quotes where serde quotes a text so.
fn quoted(message: &str) -> Vec<&str> {
    let mut words: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    words.extend(message.split('"').skip(1).step_by(2));
    words
}

/// Where a word stands in the value: as a key, a text, a number.
fn find(node: Node<'_>, is_it: &dyn Fn(&str) -> bool) -> Option<Place> {
    if let Some(table) = node.value.as_table() {
        return entries(table, node.place.source).find_map(|(key, value)| {
            if is_it(key.text) { Some(key.place) } else { find(value, is_it) }
        });
    }
    if let Some(elements) = node.elements() {
        return elements.into_iter().find_map(|one| find(one, is_it));
    }
    let same = match json(node) {
        Value::String(text) => is_it(&text),
        other => is_it(&other.to_string()),
    };
    same.then_some(node.place)
}

/// The smallest part that is refused by itself with the same words.
fn narrow(facet: FacetId, node: Node<'_>, said: &str) -> Place {
    let refused = |value: Value| {
        Profile::default().declare(facet, value).is_err_and(|refusal| refusal.message == said)
    };
    // Only what is one level of table and one of list deep is taken apart: facets' values are no deeper.
    for (key, child) in std::iter::once((None, node)).chain(children(node)) {
        let Some(elements) = child.elements() else { continue };
        for element in elements {
            let alone = Value::Array(vec![json(element)]);
            let value = match key {
                None => alone,
                Some(key) => Value::Object(Map::from_iter([(key.to_owned(), alone)])),
            };
            if refused(value) {
                return element.place;
            }
        }
    }
    node.place
}

/// A TOML value as JSON, which is what facets read.
fn json(node: Node<'_>) -> Value {
    if let Some(elements) = node.elements() {
        return Value::Array(elements.into_iter().map(json).collect());
    }
    if let Some(table) = node.value.as_table() {
        return entries(table, node.place.source)
            .map(|(key, value)| (key.text.to_owned(), json(value)))
            .collect::<Map<_, _>>()
            .into();
    }
    if let Some(text) = node.value.as_str() {
        return Value::String(text.to_owned());
    }
    if let Some(flag) = node.value.as_bool() {
        return Value::Bool(flag);
    }
    if let Some(integer) = node.integer() {
        return Value::from(integer);
    }
    if let Some(number) = node.number() {
        return Value::from(number);
    }
    // Dates, and numbers that no machine holds: shown to the facet as they are written.
    match node.value.as_datetime() {
        Some(date) => Value::String(date.to_string()),
        None => Value::Null,
    }
}
