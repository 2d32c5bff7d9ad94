//! Rules that come and go in the rule sets of a [`super::World`]: one set is the same for all machines bound to it.

use std::sync::Arc;

use rdpctl_model::ResourceId;
use rdpctl_model::rules::{
    NewRule, Rule, RuleAction, RuleOrder, RuleService, RuleSet, RuleSource, SourceRange,
};

use super::State;

/// The rule as it stands in a set.
fn standing(rule: &NewRule) -> Rule {
    Rule {
        index: rule.place.index(),
        action: RuleAction::Accept,
        service: RuleService::Ports(vec![(rule.port, rule.port)]),
        source: RuleSource::Nets(rule.sources.iter().copied().map(SourceRange::Net).collect()),
        description: rule.description.clone(),
        keeper: None,
    }
}

/// What stands in a set, as far as it is what the rule says, wherever it stands.
fn same(found: &Rule, rule: &NewRule) -> bool {
    let wanted = standing(rule);
    found.service == wanted.service
        && found.source == wanted.source
        && found.description == wanted.description
}

/// Puts a rule in front of the one at its index. Says whether there was anything to do, and nothing when the set is
/// no longer at that version.
pub(super) fn open(state: &mut State, set: &ResourceId, version: &str, rule: &NewRule) -> Edit {
    edit(state, set, version, |set| {
        if set.rules.iter().any(|found| same(found, rule)) {
            return Edit::Already;
        }
        let index = rule.place.index();
        let place = set.rules.iter().position(|found| found.index >= index);
        set.rules.insert(place.unwrap_or(set.rules.len()), standing(rule));
        if set.order == RuleOrder::Positions {
            for (index, rule) in (0..).zip(&mut set.rules) {
                rule.index = index;
            }
        }
        Edit::Done
    })
}

/// Takes a rule out.
pub(super) fn close(state: &mut State, set: &ResourceId, version: &str, rule: &NewRule) -> Edit {
    edit(state, set, version, |set| {
        let before = set.rules.len();
        set.rules.retain(|found| !same(found, rule));
        if set.rules.len() == before { Edit::Already } else { Edit::Done }
    })
}

/// What became of an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edit {
    /// It was made.
    Done,
    /// It was there.
    Already,
    /// The set has changed since, or there is none.
    Moved,
}

fn edit(
    state: &mut State,
    id: &ResourceId,
    version: &str,
    change: impl Fn(&mut RuleSet) -> Edit,
) -> Edit {
    let mut edited = Edit::Moved;
    let sets = state
        .machines
        .values_mut()
        .flat_map(|machine| &mut machine.cloud.doors.stages)
        .flat_map(|stage| &mut stage.sets)
        .filter(|set| set.id == *id);
    for set in sets {
        let mut changed = RuleSet::clone(set);
        edited = change(&mut changed);
        // As at the vendors: a rule that stands is found whatever the version, a new one needs the right one.
        if edited == Edit::Done {
            if set.version != version {
                return Edit::Moved;
            }
            changed.version.push('+');
            *set = Arc::new(changed);
        }
    }
    edited
}
