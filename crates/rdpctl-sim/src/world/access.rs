//! Policy documents of access management: which actions on which resources, under which conditions about their tags.
//!
//! As the vendor documents them: what no statement allows is refused, and a statement that denies wins; a resource is
//! written in six segments, of which an empty region or account is any; all operators of a condition must hold, and of
//! one operator's values one. An action that knows no resources is only allowed where the resource is `*`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::model::Tag;

/// A policy document.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicyDocument {
    version: String,
    statement: Vec<Statement>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    effect: Effect,
    action: Several,
    resource: Several,
    #[serde(default)]
    condition: BTreeMap<String, BTreeMap<String, Several>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Effect {
    Allow,
    Deny,
}

/// One text or a list of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Several {
    One(String),
    Many(Vec<String>),
}

/// What a call concerns.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    /// Its six segments, or `*` where the action knows none.
    pub(crate) name: String,
    /// Its tags.
    pub(crate) tags: Vec<Tag>,
}

/// How an operator compares the tags of a resource with its values.
#[derive(Clone, Copy, Debug)]
enum Compares {
    Equal,
    EqualIgnoringCase,
    Like,
}

impl Several {
    fn each(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::One(one) => std::slice::from_ref(one).iter(),
            Self::Many(many) => many.iter(),
        }
        .map(String::as_str)
    }
}

impl PolicyDocument {
    /// Reads a document; what is not known here is refused rather than passed over.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let document: Self =
            serde_json::from_str(text).map_err(|error| format!("no policy document: {error}"))?;
        if document.version != "2.0" {
            return Err("the version of a policy document is \"2.0\"".to_owned());
        }
        for statement in &document.statement {
            for (operator, keys) in &statement.condition {
                if compares(operator).is_none() {
                    return Err(format!("the operator `{operator}` is not simulated"));
                }
                if let Some(key) = keys.keys().find(|key| *key != "qcs:resource_tag") {
                    return Err(format!("the condition key `{key}` is not simulated"));
                }
            }
        }
        Ok(document)
    }

    /// Whether an action on a resource is allowed.
    pub(crate) fn allows(&self, action: &str, resource: &Resource) -> bool {
        let concerns = |effect: Effect| {
            self.statement.iter().filter(move |one| one.effect == effect).any(|one| {
                one.action.each().any(|pattern| glob(pattern, action))
                    && one.resource.each().any(|pattern| names(pattern, &resource.name))
                    && one.holds(&resource.tags)
            })
        };
        concerns(Effect::Allow) && !concerns(Effect::Deny)
    }
}

impl Statement {
    fn holds(&self, tags: &[Tag]) -> bool {
        self.condition.iter().all(|(operator, keys)| {
            compares(operator).is_some_and(|compares| {
                keys.values().all(|values| {
                    tags.iter().any(|tag| {
                        let tag = format!("{}&{}", tag.key, tag.value);
                        values.each().any(|value| match compares {
                            Compares::Equal => value == tag,
                            Compares::EqualIgnoringCase => value.eq_ignore_ascii_case(&tag),
                            Compares::Like => glob(value, &tag),
                        })
                    })
                })
            })
        })
    }
}

fn compares(operator: &str) -> Option<Compares> {
    match operator.strip_prefix("for_any_value:")? {
        "string_equal" => Some(Compares::Equal),
        "string_equal_ignore_case" => Some(Compares::EqualIgnoringCase),
        "string_like" => Some(Compares::Like),
        _ => None,
    }
}

/// Whether a resource of a policy names this one.
fn names(pattern: &str, resource: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let (pattern, resource): (Vec<&str>, Vec<&str>) =
        (pattern.splitn(6, ':').collect(), resource.splitn(6, ':').collect());
    pattern.len() == 6
        && resource.len() == 6
        && pattern.iter().zip(resource).enumerate().all(|(place, (pattern, segment))| {
            // Region and account: who says none means any, and his own.
            (matches!(place, 3 | 4) && pattern.is_empty()) || glob(pattern, segment)
        })
}

/// `*` stands for any letters.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(before) else { return false };
    (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| glob(after, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(name: &str, tags: &[(&str, &str)]) -> Resource {
        let tags =
            tags.iter().map(|(key, value)| Tag { key: (*key).into(), value: (*value).into() });
        Resource { name: name.to_owned(), tags: tags.collect() }
    }

    #[test]
    fn what_no_statement_allows_is_refused_and_a_denial_wins() {
        let policy = PolicyDocument::parse(
            r#"{"version":"2.0","statement":[
                {"effect":"allow","action":["tat:Describe*","tat:InvokeCommand"],"resource":["qcs::tat:ap-guangzhou::command/cmd-1","qcs::cvm:ap-guangzhou::instance/ins-1"]},
                {"effect":"allow","action":"cvm:DescribeInstances","resource":"*"},
                {"effect":"deny","action":"tat:DescribeCommands","resource":"*"}]}"#,
        )
        .unwrap();
        for (action, resource, allowed) in [
            ("tat:InvokeCommand", "qcs::tat:ap-guangzhou:uin/1:command/cmd-1", true),
            ("tat:InvokeCommand", "qcs::tat:ap-guangzhou:uin/1:command/cmd-12", false),
            ("tat:InvokeCommand", "qcs::tat:ap-beijing:uin/1:command/cmd-1", false),
            ("tat:InvokeCommand", "qcs::cvm:ap-guangzhou:uin/1:instance/ins-1", true),
            ("tat:InvokeCommand", "*", false),
            ("tat:RunCommand", "qcs::cvm:ap-guangzhou:uin/1:instance/ins-1", false),
            ("tat:DescribeCommands", "qcs::tat:ap-guangzhou:uin/1:command/cmd-1", false),
            ("cvm:DescribeInstances", "*", true),
        ] {
            assert_eq!(policy.allows(action, &on(resource, &[])), allowed, "{action} {resource}");
        }
    }

    #[test]
    fn all_operators_of_a_condition_must_hold_and_of_their_values_one() {
        let policy = PolicyDocument::parse(
            r#"{"version":"2.0","statement":[{"effect":"allow","action":"tat:RunCommand","resource":"*","condition":{
                "for_any_value:string_equal":{"qcs:resource_tag":["role&kiosk","role&till"]},
                "for_any_value:string_like":{"qcs:resource_tag":"env&prod"}}}]}"#,
        )
        .unwrap();
        for (tags, allowed) in [
            ([("role", "kiosk"), ("env", "prod")].as_slice(), true),
            (&[("role", "till"), ("env", "prod"), ("more", "of it")], true),
            (&[("role", "kiosk")], false),
            (&[("role", "kiosk"), ("env", "test")], false),
            (&[("env", "prod")], false),
            (&[], false),
        ] {
            let resource = on("qcs::cvm:r:uin/1:instance/ins-1", tags);
            assert_eq!(policy.allows("tat:RunCommand", &resource), allowed, "{tags:?}");
        }
        for unknown in ["for_all_value:string_equal", "ip_equal", "for_any_value:string_not_equal"]
        {
            let text = format!(
                r#"{{"version":"2.0","statement":[{{"effect":"allow","action":"*","resource":"*","condition":{{"{unknown}":{{"qcs:resource_tag":"a&b"}}}}}}]}}"#
            );
            assert!(PolicyDocument::parse(&text).is_err(), "{unknown}");
        }
    }
}
