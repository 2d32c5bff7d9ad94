//! Guests that refused whoever looked into them, as errors: one cause is told once, with all whom it concerns and where they
//! are declared.

use std::collections::{BTreeMap, BTreeSet};

use rdpctl_config::Declaration;
use rdpctl_model::plan::Plan;
use rdpctl_model::{FacetId, Gap, InstanceName, Said};
use rdpctl_words::english;

use super::next::word;
use super::words::count;
use crate::error::CliError;

/// More than so many causes would hide the result that they explain.
const CAUSES: usize = 10;
/// Names that an error says.
const NAMES: usize = 3;

/// Tells the refusals that a plan holds.
pub(crate) fn tell(plan: &Plan, declaration: &Declaration) {
    for error in by_guests(plan, declaration) {
        error.tell();
    }
}

fn by_guests(plan: &Plan, declaration: &Declaration) -> Vec<CliError> {
    let mut causes: BTreeMap<&Said, (BTreeSet<&InstanceName>, BTreeSet<FacetId>)> = BTreeMap::new();
    for group in &plan.groups {
        for hidden in group.hidden() {
            let Gap::Denied { reason } = hidden.gap else { continue };
            // What a cloud refuses is told as the cloud's.
            if !reason.key().as_str().starts_with("channel.") {
                continue;
            }
            let (names, facets) = causes.entry(reason).or_default();
            names.extend(group.members.iter().map(|member| &member.name));
            facets.extend(hidden.findings.iter().map(|finding| finding.facet));
        }
    }
    causes
        .into_iter()
        .take(CAUSES)
        .map(|(reason, (names, facets))| one(reason, &names, facets.len(), declaration))
        .collect()
}

fn one(
    reason: &Said,
    names: &BTreeSet<&InstanceName>,
    facets: usize,
    declaration: &Declaration,
) -> CliError {
    let some: Vec<String> = names.iter().take(NAMES).map(|name| format!("`{name}`")).collect();
    let who = match names.len() {
        0..=NAMES => some.join(", "),
        all => count(all, "instance"),
    };
    let is = if names.len() == 1 { "is" } else { "are" };
    let error = CliError::new(format!("{who} {is} not looked into: the way in was refused"));
    let first = names.first().map(|name| name.as_str()).unwrap_or_default();
    let access = declaration
        .instances
        .get(first)
        .map(|instance| &instance.guest)
        .or_else(|| declaration.fleets.get(InstanceName::fleet_in(first)?).map(|it| &it.guest));
    let password = access.and_then(|access| access.password.as_ref());
    let error = match declaration.origin(first) {
        Some(origin) => {
            let key = password.map(|secret| format!(", guest.password = \"{secret}\""));
            let key = key.unwrap_or_default();
            error.at(format!("{}:{}{key}", origin.file.display(), origin.line))
        }
        None => error,
    };
    let are = if facets == 1 { "is" } else { "are" };
    let target = match names.len() {
        1 => format!(" --target {}", word(first)),
        _ => String::new(),
    };
    error
        .said(english(reason))
        .so(format!("{} {are} unknown", count(facets, "facet")))
        .hint(format!(
            "give `guest` what the machine takes, or another way in by `guest.via`; then rdpctl plan{target}"
        ))
}
