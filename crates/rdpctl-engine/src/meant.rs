//! Whom a scope means: a target or an exception that names nobody is a slip of the finger, not "no changes".

use rdpctl_model::InstanceName;
use rdpctl_model::facts::{Chunk, Facts};
use rdpctl_model::plan::UnseenFleet;

use crate::assess::{Filter, Pattern};
use crate::estate::{Estate, Who};

/// More names than these are not kept for advice.
const NEIGHBOURS: usize = 2_000;

/// A scope that names nobody, or a part of it that does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no declared instance is meant")]
pub struct NobodyMeant {
    /// The patterns that name nobody; none where each names somebody and nobody is left.
    pub patterns: Vec<String>,
    /// Those who could have been meant.
    pub names: Vec<InstanceName>,
}

/// Who is declared, as far as that is known.
struct Crowd<'a> {
    names: Vec<InstanceName>,
    /// Members of fleets by what their owner calls them, for advice.
    called: Vec<InstanceName>,
    /// Fleets whose members nobody knows: what begins with such a name may well be one of them.
    closed: Vec<&'a str>,
}

impl<'a> Crowd<'a> {
    fn of(estate: &'a Estate, facts: &Facts, unseen: &'a [UnseenFleet]) -> Self {
        let mut crowd = Self { names: Vec::new(), called: Vec::new(), closed: Vec::new() };
        for source in estate.sources() {
            match source.who {
                Who::One(instance) => crowd.names.push(instance.name.clone()),
                Who::Fleet(fleet) => {
                    let rows = facts.chunks.iter().filter(|chunk| chunk.source == source.key);
                    let before = crowd.names.len();
                    for row in rows.flat_map(Chunk::rows) {
                        crowd.names.push(source.member(row.id));
                        if row.name != row.id && !row.name.is_empty() {
                            let called = format!("{}/{}", fleet.name, row.name);
                            crowd.called.push(InstanceName::new(called));
                        }
                    }
                    if before == crowd.names.len()
                        || unseen.iter().any(|one| one.fleet == fleet.name)
                    {
                        crowd.closed.push(fleet.name.as_str());
                    }
                }
            }
        }
        crowd
    }

    fn holds(&self, pattern: &Pattern) -> bool {
        self.closed.iter().any(|fleet| pattern.reaches_into(fleet))
            || self.names.iter().any(|name| pattern.names(name.as_str()))
    }
}

/// Refuses a scope of which a part names nobody.
pub(crate) fn known(
    estate: &Estate,
    facts: &Facts,
    scope: &Filter,
    unseen: Option<&[UnseenFleet]>,
) -> Result<(), NobodyMeant> {
    if scope.is_open() {
        return Ok(());
    }
    let crowd = Crowd::of(estate, facts, unseen.unwrap_or_default());
    let patterns: Vec<String> = scope
        .only
        .iter()
        .chain(&scope.except)
        .filter(|pattern| !crowd.holds(pattern))
        .map(ToString::to_string)
        .collect();
    if patterns.is_empty() { Ok(()) } else { Err(crowd.nobody(patterns)) }
}

/// Everybody that a target names was taken out again.
pub(crate) fn nobody_left(estate: &Estate, facts: &Facts) -> NobodyMeant {
    Crowd::of(estate, facts, &[]).nobody(Vec::new())
}

impl Crowd<'_> {
    fn nobody(self, patterns: Vec<String>) -> NobodyMeant {
        // What people call them comes first: they typed something like it.
        let mut names = self.called;
        names.extend(self.names);
        names.truncate(NEIGHBOURS);
        NobodyMeant { patterns, names }
    }
}
