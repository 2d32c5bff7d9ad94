//! A facet's value goes to the facet as it stands; what the facet does not like is pointed at.
//!
//! Facets read their values with serde, which knows words and no places, and stops at the first mistake. The place
//! is found from the words that the refusal quotes, or by handing the value over in parts until the part that is
//! refused is alone. Then that part is left out, and the rest is tried again.

use rdpctl_facets::{Profile, manual};
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
            Err(refusal) => refusal.message,
        };
        // What is missing now may be what was left out.
        if !left_out.is_empty() && refusal.starts_with("missing field") {
            return;
        }
        let place = place_of(facet, node, &refusal, &left_out);
        complain(facet, node, &refusal, place, problems);
        if place == node.place || left_out.contains(&place) {
            return;
        }
        left_out.push(place);
    }
}

fn complain(facet: FacetId, node: Node<'_>, refusal: &str, place: Place, problems: &mut Problems) {
    let words = quoted(refusal);
    let offender = words.first().copied().unwrap_or_default();
    let choices = words.get(1..).unwrap_or_default();
    let near = nearest(offender, choices.iter().copied());
    let (message, help) = if refusal.starts_with("unknown variant") {
        (format!("`{facet}` does not know `{offender}`"), offer(near, choices))
    } else if refusal.starts_with("unknown field") {
        (format!("unknown key `{offender}` in `{facet}`"), offer(near, choices))
    } else if refusal.starts_with("missing field") {
        (format!("`{facet}` needs `{offender}`"), None)
    } else if refusal.starts_with("data did not match any variant") {
        (format!("this is no value of `{facet}`"), None)
    } else if let Some(takes) = kind_wanted(refusal) {
        (format!("`{facet}` takes {takes} here"), None)
    } else {
        (format!("`{facet}`: {refusal}"), lone_address(node, place))
    };
    let example = format!("for example `{}`", example(manual(facet).declare));
    problems.error(place, message).help(help.unwrap_or(example));
}

fn offer(near: Option<&str>, choices: &[&str]) -> Option<String> {
    match (near, choices) {
        (Some(near), _) => Some(format!("did you mean `{near}`?")),
        (None, []) => None,
        (None, choices) => Some(format!("known here: `{}`", choices.join("`, `"))),
    }
}

/// What serde wanted instead, in words that are not Rust's.
fn kind_wanted(refusal: &str) -> Option<&'static str> {
    if !refusal.starts_with("invalid type") && !refusal.starts_with("invalid value") {
        return None;
    }
    let wanted = refusal.rsplit_once("expected ")?.1;
    if ["u8", "u16", "u32", "u64", "usize", "i32", "i64"].contains(&wanted) {
        Some("a whole number")
    } else if wanted.contains("bool") {
        Some("true or false")
    } else if wanted.contains("string") {
        Some("a string")
    } else if wanted.contains("sequence") || wanted.contains("set") {
        Some("a list")
    } else if wanted.contains("map") || wanted.starts_with("struct") {
        Some("a table")
    } else {
        None
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

/// Where the mistake is: at a word that the refusal quotes, or at the part that is refused alone.
fn place_of(facet: FacetId, node: Node<'_>, refusal: &str, left_out: &[Place]) -> Place {
    let words = quoted(refusal);
    let find = |is_it: &dyn Fn(&str) -> bool| find(node, is_it, left_out);
    words
        .iter()
        .find_map(|word| find(&|text| text == *word))
        .or_else(|| words.iter().find_map(|word| find(&|text| text.contains(*word))))
        .or_else(|| narrow(facet, node, refusal, left_out))
        .unwrap_or(node.place)
}

/// Words between backquotes, or between double quotes where serde quotes a text so.
fn quoted(message: &str) -> Vec<&str> {
    let mut words: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    words.extend(message.split('"').skip(1).step_by(2));
    words.retain(|word| !word.is_empty());
    words
}

/// Where a word stands in the value: as a key, a text, a number.
fn find(node: Node<'_>, is_it: &dyn Fn(&str) -> bool, left_out: &[Place]) -> Option<Place> {
    if left_out.contains(&node.place) {
        return None;
    }
    if let Some(table) = node.value.as_table() {
        return entries(table, node.place.source)
            .filter(|(key, _)| !left_out.contains(&key.place))
            .find_map(|(key, value)| {
                if is_it(key.text) { Some(key.place) } else { find(value, is_it, left_out) }
            });
    }
    if let Some(elements) = node.elements() {
        return elements.into_iter().find_map(|one| find(one, is_it, left_out));
    }
    let same = match node.value.as_str() {
        Some(text) => is_it(text),
        None => is_it(&json(node, &[]).to_string()),
    };
    same.then_some(node.place)
}

/// The element of a list that is refused by itself with the same words. Facets' values are no deeper than lists in
/// a table.
fn narrow(facet: FacetId, node: Node<'_>, refusal: &str, left_out: &[Place]) -> Option<Place> {
    let refused = |value: Value| {
        Profile::default().declare(facet, value).is_err_and(|again| again.message == refusal)
    };
    for (key, child) in std::iter::once((None, node)).chain(children(node)) {
        for element in child.elements().unwrap_or_default() {
            let alone = Value::Array(vec![json(element, &[])]);
            let value = match key {
                None => alone,
                Some(key) => Value::Object(Map::from_iter([(key.to_owned(), alone)])),
            };
            if !left_out.contains(&element.place) && refused(value) {
                return Some(element.place);
            }
        }
    }
    None
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
