//! What a key needs, as the vendor's policy document.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Guests, Needed};

/// Operators that compare tags. All of a condition's operators must hold, and one cannot stand there twice, so that each
/// takes one tag: as many as there are can be asked for together.
const OPERATORS: [&str; 3] = [
    "for_any_value:string_equal",
    "for_any_value:string_like",
    "for_any_value:string_equal_ignore_case",
];

/// Tags as a condition that asks for them together, and those for which there is no room in it.
pub(super) fn condition(tags: &[(String, String)]) -> (Value, Vec<&(String, String)>) {
    let mut free: Vec<&str> = OPERATORS.to_vec();
    let (mut condition, mut left) = (Map::new(), Vec::new());
    // What could be a pattern takes an operator that knows none, and so chooses first.
    let is_pattern =
        |(key, value): &&(String, String)| (key.to_owned() + value).contains(['*', '?']);
    let (patterns, plain): (Vec<_>, Vec<_>) = tags.iter().partition(is_pattern);
    for tag in patterns.iter().copied().chain(plain) {
        let fits = |operator: &&str| !(operator.ends_with("like") && is_pattern(&tag));
        let Some(at) = free.iter().position(fits) else {
            left.push(tag);
            continue;
        };
        let operator = free.remove(at);
        let value = format!("{}&{}", tag.0, tag.1);
        condition.insert(operator.to_owned(), json!({ "qcs:resource_tag": [value] }));
    }
    (Value::Object(condition), left)
}

/// The vendor's policy document.
pub(super) fn of(needed: &Needed) -> Value {
    if let Some(subscription) = &needed.subscription {
        return roles(needed, &format!("/subscriptions/{subscription}"));
    }
    let mut statements =
        vec![json!({ "effect": "allow", "action": needed.actions(), "resource": ["*"] })];
    let held = needed.commands.iter().map(|id| command(&needed.region, id)).collect();
    statements.extend(inside(needed, &needed.by_command, held));
    statements.extend(inside(needed, &needed.as_system, vec![command(&needed.region, "*")]));
    json!({ "version": "2.0", "statement": statements })
}

/// Roles of Azure, each as `az role definition create --role-definition` takes it, and where each is to be assigned. What
/// makes its holder SYSTEM is a role of its own, which can be assigned in the groups of the declared machines and nowhere else.
fn roles(needed: &Needed, subscription: &str) -> Value {
    let mut roles = vec![json!({
        "Name": "rdpctl",
        "IsCustom": true,
        "Description": "The least that rdpctl needs for what is declared, outside of guests.",
        "Actions": needed.actions(),
        "NotActions": [],
        "AssignableScopes": [subscription],
    })];
    let mut assignments = vec![json!({ "Role": "rdpctl", "Scope": subscription })];
    if !needed.as_system.is_empty() {
        const NAME: &str = "rdpctl in guests";
        let scopes: BTreeSet<String> =
            needed.guests.iter().map(|guests| scope(guests, subscription)).collect();
        // One that holds for all of them is enough.
        let scopes = if scopes.contains(subscription) {
            BTreeSet::from([subscription.to_owned()])
        } else {
            scopes
        };
        let actions: Vec<&str> = needed.as_system.iter().map(String::as_str).collect();
        roles.push(json!({
            "Name": NAME,
            "IsCustom": true,
            "Description": format!(
                "{} makes whoever holds it SYSTEM in every guest below the place of its assignment.",
                actions.join(", ")
            ),
            "Actions": actions,
            "NotActions": [],
            "AssignableScopes": scopes.iter().map(|scope| group(scope)).collect::<BTreeSet<_>>(),
        }));
        assignments.extend(scopes.iter().map(|scope| json!({ "Role": NAME, "Scope": scope })));
    }
    json!({ "Roles": roles, "Assignments": assignments })
}

/// The narrowest place of an assignment that reaches these guests.
fn scope(guests: &Guests, subscription: &str) -> String {
    match guests {
        Guests::One(id) => id.clone(),
        Guests::Grouped(group) => format!("{subscription}/resourceGroups/{group}"),
        // A role is not given by tag.
        Guests::Tagged(_) | Guests::Any => subscription.to_owned(),
    }
}

/// The resource group of a place, or the subscription: narrower a role cannot be made assignable.
fn group(scope: &str) -> String {
    scope.split('/').take(5).collect::<Vec<_>>().join("/")
}

/// Actions inside guests: on these commands, and on the declared guests.
fn inside(needed: &Needed, actions: &BTreeSet<String>, commands: Vec<String>) -> Vec<Value> {
    if actions.is_empty() {
        return Vec::new();
    }
    let mut resources = commands;
    let mut statements = Vec::new();
    let everywhere = resource(&needed.region, "*");
    for guests in &needed.guests {
        match guests {
            Guests::One(id) => resources.push(resource(&needed.region, id)),
            Guests::Tagged(tags) => statements.push(json!({
                "effect": "allow", "action": actions, "resource": [everywhere],
                "condition": condition(tags).0,
            })),
            Guests::Grouped(_) | Guests::Any => statements
                .push(json!({ "effect": "allow", "action": actions, "resource": [everywhere] })),
        }
    }
    statements.insert(0, json!({ "effect": "allow", "action": actions, "resource": resources }));
    statements
}

/// A VM as access management names it; without an account it is the one that the policy belongs to.
pub(super) fn resource(region: &str, id: &str) -> String {
    // An id of Azure says where its VM is, and is the scope of a role.
    if id.starts_with('/') {
        return id.to_owned();
    }
    format!("qcs::cvm:{region}::instance/{id}")
}

/// A command as access management names it.
pub(super) fn command(region: &str, id: &str) -> String {
    format!("qcs::tat:{region}::command/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(all: &[&str]) -> Vec<(String, String)> {
        let tag = |text: &&str| {
            let (key, value) = text.split_once('=').unwrap();
            (key.to_owned(), value.to_owned())
        };
        all.iter().map(tag).collect()
    }

    #[test]
    fn tags_are_asked_for_together_as_far_as_a_policy_can_say_it() {
        for (given, together, left) in [
            (["a=1"].as_slice(), 1, 0),
            (&["a=1", "b=2"], 2, 0),
            (&["a=1", "b=2", "c=3"], 3, 0),
            (&["a=1", "b=2", "c=3", "d=4"], 3, 1),
            // What a pattern could be taken for is compared to the letter.
            (&["a=1", "b=*"], 2, 0),
            (&["a=*", "b=*", "c=*"], 2, 1),
        ] {
            let given = tags(given);
            let (condition, rest) = condition(&given);
            let condition = condition.as_object().unwrap();
            assert_eq!((condition.len(), rest.len()), (together, left), "{given:?}");
            let like = condition.get("for_any_value:string_like").map(Value::to_string);
            assert!(!like.unwrap_or_default().contains('*'), "{given:?}");
        }
    }
}
