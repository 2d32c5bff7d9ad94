//! A facet's value goes to the facet as it stands; what the facet does not like is pointed at.
//!
//! A facet stops at the first mistake and says the way to it, as keys and elements, which is where it stands in the file.
//! Then that part is left out, and the rest is tried again.

use rdpctl_facets::{Profile, Refusal, Segment, Why, manual};
use rdpctl_model::FacetId;
use serde_json::{Map, Value};

use crate::diagnostic::Problems;
use crate::source::Place;
use crate::suggest::nearest;
use crate::tree::{Node, entries};

/// More mistakes in one value than anybody makes.
const MOST: usize = 8;

/// Declares a facet in a profile, or says what is wrong with the value.
pub(crate) fn declare(
    profile: &mut Profile,
    facet: FacetId,
    node: Node<'_>,
    problems: &mut Problems,
) {
    let mut left_out: Vec<Place> = Vec::new();
    for _ in 0..MOST {
        let value = json(node, &left_out);
        let refusal = match profile.declare(facet, value) {
            Ok(()) if left_out.is_empty() => return,
            // What could be read of a wrong value is no wish.
            Ok(()) => return profile.release(facet),
            Err(refusal) => refusal,
        };
        // What is missing now may be what was left out.
        if !left_out.is_empty() && matches!(refusal.why, Why::MissingKey(_)) {
            return;
        }
        let place = place_of(node, &refusal, &left_out);
        // What somebody has against the rest may come of what was left out of it.
        let holds = |part: &Place| place.start <= part.start && part.end <= place.end;
        if left_out.iter().any(|part| holds(part) && *part != place) {
            return;
        }
        complain(facet, node, &refusal.why, place, problems);
        if place == node.place || left_out.contains(&place) {
            return;
        }
        left_out.push(place);
    }
}

fn complain(facet: FacetId, node: Node<'_>, why: &Why, place: Place, problems: &mut Problems) {
    let (message, help) = match why {
        Why::UnknownWord { word, known } => {
            (format!("`{facet}` does not know `{word}`"), offer(word, known))
        }
        Why::UnknownKey { key, known } => {
            (format!("unknown key `{key}` in `{facet}`"), offer(key, known))
        }
        Why::MissingKey(key) => (format!("`{facet}` needs `{key}`"), None),
        Why::Takes(what) => (format!("`{facet}` takes {what} here"), None),
        Why::Objection(what) => (format!("`{facet}`: {what}"), lone_address(node, place)),
    };
    let example = format!("for example `{}`", example(manual(facet).declare));
    problems.error(place, message).help(help.unwrap_or(example));
}

fn offer(written: &str, known: &[&str]) -> Option<String> {
    match (nearest(written, known.iter().copied()), known) {
        (Some(near), _) => Some(format!("did you mean `{near}`?")),
        (None, []) => None,
        (None, known) => Some(format!("known here: `{}`", known.join("`, `"))),
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

fn leaf_at(node: Node<'_>, place: Place) -> Option<&str> {
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

/// Where the mistake is: at the end of the way to it, or at the word that an objection to the whole quotes.
fn place_of(node: Node<'_>, refusal: &Refusal, left_out: &[Place]) -> Place {
    let part = refusal.path.iter().try_fold(node, |node, segment| step(node, segment, left_out));
    let Some(part) = part else { return node.place };
    let key = match &refusal.why {
        Why::UnknownKey { key, .. } => key_in(part, key),
        Why::Objection(words) => {
            words.split('`').skip(1).step_by(2).find_map(|word| key_in(part, word))
        }
        Why::UnknownWord { .. } | Why::MissingKey(_) | Why::Takes(_) => None,
    };
    key.unwrap_or(part.place)
}

/// A part of a value, counted as in what was handed to the facet.
fn step<'t>(node: Node<'t>, segment: &Segment, left_out: &[Place]) -> Option<Node<'t>> {
    match segment {
        Segment::Element(index) => {
            node.elements()?.into_iter().filter(|one| !left_out.contains(&one.place)).nth(*index)
        }
        Segment::Key(key) => entries(node.value.as_table()?, node.place.source)
            .find(|(other, _)| other.text == key)
            .map(|(_, value)| value),
    }
}

/// Where a key of a table stands.
fn key_in(node: Node<'_>, key: &str) -> Option<Place> {
    entries(node.value.as_table()?, node.place.source)
        .find(|(other, _)| other.text == key)
        .map(|(other, _)| other.place)
}

/// A TOML value as JSON, which is what facets read, without the parts at these places.
fn json(node: Node<'_>, left_out: &[Place]) -> Value {
    if let Some(elements) = node.elements() {
        let kept = elements.into_iter().filter(|one| !left_out.contains(&one.place));
        return Value::Array(kept.map(|one| json(one, left_out)).collect());
    }
    if let Some(table) = node.value.as_table() {
        return entries(table, node.place.source)
            .filter(|(key, one)| !left_out.contains(&key.place) && !left_out.contains(&one.place))
            .map(|(key, one)| (key.text.to_owned(), json(one, left_out)))
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
    // A date is shown to the facet as it is written; a number that no machine holds, as nothing.
    match node.value.as_datetime() {
        Some(date) => Value::String(date.to_string()),
        None => Value::Null,
    }
}
