//! Network security groups and their rules.

use serde_json::{Value, json};

use super::{
    call::{Call, Follow, Served},
    place::{Kind, Place},
    refusal::Refusal,
    show::show_rule,
    work::Operation,
};
use crate::world::{Access, NsgRule, Text};

/// How many rules a group holds.
const MOST: usize = 1000;

impl Call<'_> {
    pub(super) fn nsg_request(
        &mut self,
        method: &str,
        place: &Place<'_>,
    ) -> Result<Served, Refusal> {
        let Some(name) = place.name else {
            let names = self.nsg_names();
            return Ok(Served::ok(
                self.page(&names, 500, |name| self.show_nsg(name).unwrap_or_default()),
            ));
        };
        let known = self.nsg_names().into_iter().find(|known| {
            known.eq_ignore_ascii_case(name)
                && place.group.is_some_and(|group| {
                    self.estate.nsgs[known].resource_group.eq_ignore_ascii_case(group)
                })
        });
        let name =
            known.ok_or_else(|| Refusal::missing(&format!("{}/{name}", Kind::Nsg.name())))?;
        let shown = self.show_nsg(&name).unwrap_or_default();
        if method != "GET"
            && self.if_match.is_some_and(|tag| tag != "*" && shown["etag"].as_str() != Some(tag))
        {
            return Err(Refusal::stale(&name));
        }
        match (method, &place.rest[..]) {
            ("GET", []) => Ok(Served::ok(shown)),
            ("PUT", []) => self.put_nsg(&name),
            ("GET", ["securityRules"]) => {
                Ok(Served::ok(json!({ "value": shown["properties"]["securityRules"] })))
            }
            ("GET", ["securityRules", rule]) => {
                let rules = shown["properties"]["securityRules"].as_array();
                let found = rules.into_iter().flatten().find(|one| is_named(one, rule));
                found.cloned().map(Served::ok).ok_or_else(|| Refusal::not_found(rule))
            }
            ("PUT", ["securityRules", rule]) => self.put_rule(&name, rule),
            ("DELETE", ["securityRules", rule]) => Ok(self.delete_rule(&name, rule)),
            _ => Err(Refusal::new(405, "MethodNotAllowed", "This is not served here.")),
        }
    }

    pub(super) fn nsg_names(&self) -> Vec<Text> {
        let all = self.estate.nsgs.iter();
        all.filter(|(_, nsg)| nsg.account == self.account).map(|(name, _)| name.clone()).collect()
    }

    pub(super) fn nsg_id(&self, name: &str) -> Option<String> {
        let nsg = self.estate.nsgs.get(name)?;
        let (subscription, group, kind) =
            (self.subscription(), &nsg.resource_group, Kind::Nsg.name());
        Some(format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/{kind}/{name}"
        ))
    }

    pub(super) fn nsg_by_id(&self, id: &str) -> Option<Text> {
        self.nsg_names()
            .into_iter()
            .find(|name| self.nsg_id(name).is_some_and(|known| known.eq_ignore_ascii_case(id)))
    }

    /// Replaces all rules of a group.
    fn put_nsg(&mut self, name: &str) -> Result<Served, Refusal> {
        let asked = self.fields()?;
        let mut rules: Vec<NsgRule> = Vec::new();
        for rule in asked["properties"]["securityRules"].as_array().into_iter().flatten() {
            let named = rule["name"].as_str().unwrap_or_default();
            let rule = read_rule(named, &rule["properties"])?;
            fits(&rules, &rule)?;
            rules.push(rule);
        }
        if let Some(nsg) = self.estate.nsg_mut(name) {
            nsg.rules = rules;
        }
        let shown = self.show_nsg(name).unwrap_or_default();
        Ok(self.changed(Served::ok(shown), name, Follow::Async))
    }

    fn put_rule(&mut self, name: &str, rule: &str) -> Result<Served, Refusal> {
        let asked = self.fields()?;
        let rule = read_rule(rule, &asked["properties"])?;
        let rules = &self.estate.nsgs[name].rules;
        let others: Vec<NsgRule> = rules
            .iter()
            .filter(|other| !other.name.eq_ignore_ascii_case(&rule.name))
            .cloned()
            .collect();
        let is_new = others.len() == rules.len();
        fits(&others, &rule)?;
        if let Some(nsg) = self.estate.nsg_mut(name) {
            nsg.rules = others;
            nsg.rules.push(rule.clone());
            nsg.rules.sort_by_key(|rule| rule.priority);
        }
        let id = self.nsg_id(name).unwrap_or_default();
        let etag =
            self.show_nsg(name).unwrap_or_default()["etag"].as_str().unwrap_or_default().to_owned();
        let made = Served {
            status: if is_new { 201 } else { 200 },
            ..Served::ok(show_rule(&id, &etag, &rule))
        };
        Ok(self.changed(made, name, Follow::Async))
    }

    fn delete_rule(&mut self, name: &str, rule: &str) -> Served {
        let there =
            self.estate.nsgs[name].rules.iter().any(|known| known.name.eq_ignore_ascii_case(rule));
        if !there {
            return Served::empty(204);
        }
        if let Some(nsg) = self.estate.nsg_mut(name) {
            nsg.rules.retain(|known| !known.name.eq_ignore_ascii_case(rule));
        }
        self.changed(Served::empty(202), name, Follow::Both)
    }

    fn changed(&mut self, served: Served, name: &str, follow: Follow) -> Served {
        let region = self.estate.nsgs[name].region.to_string();
        let until = self.estate.in_a(self.estate.world.policy.durations.modify.0);
        self.following(served, Operation::Until(until), "Microsoft.Network", &region, follow)
    }
}

fn is_named(rule: &Value, name: &str) -> bool {
    rule["name"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a rule may stand among others.
fn fits(others: &[NsgRule], rule: &NsgRule) -> Result<(), Refusal> {
    if others.len() >= MOST {
        return Err(Refusal::new(
            400,
            "MaxSecurityRulesPerNetworkSecurityGroupLimitReached",
            format!(
                "Cannot create more than {MOST} security rules for this network security group."
            ),
        ));
    }
    let twin = others
        .iter()
        .find(|other| other.priority == rule.priority && other.inbound == rule.inbound);
    match twin {
        None => Ok(()),
        Some(twin) => Err(Refusal::new(
            400,
            "SecurityRuleConflict",
            format!(
                "Security rule {} conflicts with rule {}. Rules cannot have the same Priority and Direction.",
                rule.name, twin.name
            ),
        )),
    }
}

fn read_rule(name: &str, properties: &Value) -> Result<NsgRule, Refusal> {
    let bad = |code: &str, words: String| Refusal::new(400, code, words);
    let text = |key: &str| properties[key].as_str().unwrap_or_default();
    let list = |one: &str, many: &str| -> Vec<Text> {
        let single = Some(text(one)).filter(|text| !text.is_empty());
        let several = properties[many].as_array().into_iter().flatten().filter_map(Value::as_str);
        single.into_iter().chain(several).map(Text::from).collect()
    };
    let priority = properties["priority"]
        .as_u64()
        .and_then(|number| u32::try_from(number).ok())
        .filter(|number| (100..=4096).contains(number))
        .ok_or_else(|| {
            bad(
                "SecurityRuleInvalidPriority",
                format!(
                    "Security rule {name} has an invalid Priority. The allowed range is 100-4096."
                ),
            )
        })?;
    let rule = NsgRule {
        name: name.into(),
        priority,
        access: match text("access") {
            access if access.eq_ignore_ascii_case("allow") => Access::Allow,
            access if access.eq_ignore_ascii_case("deny") => Access::Deny,
            other => {
                return Err(bad(
                    "InvalidRequestFormat",
                    format!("The access `{other}` is invalid."),
                ));
            }
        },
        inbound: text("direction").eq_ignore_ascii_case("inbound"),
        protocol: text("protocol").into(),
        sources: list("sourceAddressPrefix", "sourceAddressPrefixes"),
        destinations: list("destinationAddressPrefix", "destinationAddressPrefixes"),
        ports: list("destinationPortRange", "destinationPortRanges"),
        description: text("description").into(),
    };
    for (direction, places) in [("Inbound", &rule.sources), ("Outbound", &rule.destinations)] {
        let of = |sign: char| {
            let written = |one: &Text| {
                one.bytes().all(|byte| byte.is_ascii_hexdigit() || b".:/".contains(&byte))
            };
            places.iter().any(|one| written(one) && one.contains(sign))
        };
        if of(':') && of('.') {
            return Err(bad(
                "ResourceCannotContainAddressPrefixesFromDifferentAddressFamilies",
                format!(
                    "{direction} contains IP addresses or prefixes that belong to different address families. All IP addresses or prefixes in the resource should belong to the same address family."
                ),
            ));
        }
    }
    if rule.sources.is_empty() || rule.destinations.is_empty() || rule.ports.is_empty() {
        return Err(bad(
            "SecurityRuleParameterContainsUnsupportedValue",
            format!("Security rule {name} lacks a source, a destination or a port."),
        ));
    }
    Ok(rule)
}
