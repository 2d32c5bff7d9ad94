//! Members of fleets by what their owner calls them: a person knows `node-07`, the cloud knows `ins-0abc1234`.

use rdpctl_model::InstanceName;
use rdpctl_model::facts::{Chunk, Facts};

use crate::assess::{Filter, Pattern, glob};
use crate::estate::{Estate, Who};

/// A member of a fleet.
struct Member<'a> {
    fleet: &'a str,
    name: InstanceName,
    /// What its owner calls it.
    display: &'a str,
}

impl Filter {
    /// The same with members by their ids who were meant by what their owner calls them, alone or behind their fleet's
    /// name. What names somebody as it stands is left so, and what names nobody, too.
    #[must_use]
    pub fn by_id(&self, estate: &Estate, facts: &Facts) -> Self {
        if self.is_open() {
            return self.clone();
        }
        let members = members(estate, facts);
        let resolved = |patterns: &[Pattern]| {
            patterns.iter().flat_map(|one| of_ids(one, estate, &members)).collect()
        };
        Self { only: resolved(&self.only), except: resolved(&self.except) }
    }
}

fn members<'a>(estate: &'a Estate, facts: &'a Facts) -> Vec<Member<'a>> {
    let mut members = Vec::new();
    for source in estate.sources() {
        let Who::Fleet(fleet) = source.who else { continue };
        let rows = facts.chunks.iter().filter(|chunk| chunk.source == source.key);
        members.extend(rows.flat_map(Chunk::rows).map(|row| Member {
            fleet: fleet.name.as_str(),
            name: source.member(row.id),
            display: row.name,
        }));
    }
    members
}

fn of_ids(pattern: &Pattern, estate: &Estate, members: &[Member<'_>]) -> Vec<Pattern> {
    let is_declared = estate.sources().any(|source| match source.who {
        Who::One(instance) => pattern.names(instance.name.as_str()),
        Who::Fleet(fleet) => pattern.names(fleet.name.as_str()),
    });
    if is_declared || members.iter().any(|one| pattern.names(one.name.as_str())) {
        return vec![pattern.clone()];
    }
    let wanted = pattern.instance();
    let is_meant = |one: &&Member<'_>| {
        let alone = wanted
            .strip_prefix(one.fleet)
            .and_then(|rest| rest.strip_prefix('/'))
            .unwrap_or(wanted);
        !one.display.is_empty() && glob(alone, one.display)
    };
    let meant: Vec<Pattern> =
        members.iter().filter(is_meant).map(|one| pattern.of(&one.name)).collect();
    if meant.is_empty() { vec![pattern.clone()] } else { meant }
}
