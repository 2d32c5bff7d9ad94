//! What a plan comes to, whatever its letters: the form in which two plans are the same, and its digest.
//!
//! A plan file, an approval and a record mean by it who is changed (with the ids of the vendor), what is done to each with
//! what is its own, what that replaces as it was judged, in words as well, and which guards stand before it. When a plan
//! was made, what it would cost, how its groups and steps are cut and numbered, and what is held for whom, is no part.

use std::collections::BTreeMap;
use std::fmt;

use rdpctl_model::action::Binds;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::plan::{Group, Member, Plan, PlannedStep};
use rdpctl_model::step::Check;
use rdpctl_model::{Action, FacetId, InstanceName, ProviderName, Said, Verdict};
use ring::digest::{Context, SHA256};
use serde::Serialize;

/// Everybody whom a plan concerns, by provider and name.
type Canon<'a> = BTreeMap<(&'a ProviderName, &'a InstanceName), One<'a>>;

/// What a plan comes to for one instance.
#[derive(Debug, PartialEq, Serialize)]
struct One<'a> {
    id: &'a str,
    profile: &'a str,
    port: u16,
    way: Option<ChannelKind>,
    binds: Option<&'a Binds>,
    findings: BTreeMap<FacetId, &'a Verdict>,
    steps: Vec<Done<'a>>,
}

/// What is done.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Done<'a> {
    facet: FacetId,
    action: &'a Action,
    expects: &'a [Check],
    guards: Vec<&'static str>,
    before: &'a Said,
    after: &'a Said,
    why: &'a Said,
}

fn canon(plan: &Plan) -> Canon<'_> {
    let mut canon = Canon::new();
    for group in &plan.groups {
        for member in &group.members {
            canon.insert((&group.provider, &member.name), one(plan, group, member));
        }
    }
    canon
}

fn one<'a>(plan: &'a Plan, group: &'a Group, member: &'a Member) -> One<'a> {
    One {
        id: member.id.as_str(),
        profile: group.profile.as_str(),
        port: group.port,
        way: group.way,
        binds: member.binds.as_deref(),
        findings: group.facets.iter().map(|it| (it.facet, &it.verdict)).collect(),
        steps: group.steps.iter().filter_map(|id| plan.step(*id)).map(done).collect(),
    }
}

pub(crate) fn done(planned: &PlannedStep) -> Done<'_> {
    let mut guards: Vec<&'static str> =
        planned.step.guards.iter().map(|guard| guard.name()).collect();
    guards.sort_unstable();
    Done {
        facet: planned.step.facet,
        action: &planned.step.action,
        expects: &planned.step.expects,
        guards,
        before: &planned.step.before,
        after: &planned.step.after,
        why: &planned.step.why,
    }
}

/// The SHA-256, in hex, of what a plan comes to, and of the declaration from which it grew.
#[must_use]
pub fn canonical_digest(plan: &Plan) -> String {
    let mut context = Context::new(&SHA256);
    context.update(plan.declaration.as_bytes());
    for ((provider, name), one) in canon(plan) {
        context.update(b"\0");
        context.update(provider.as_str().as_bytes());
        context.update(b"\0");
        context.update(name.as_str().as_bytes());
        context.update(b"\0");
        // Our own types always have a JSON form; an empty text would only make two plans look alike that are not
        // executed by what they say.
        context.update(&serde_json::to_vec(&one).unwrap_or_default());
    }
    crate::digest::hex(context.finish().as_ref())
}

/// Where two plans differ first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The declaration was changed.
    Declaration,
    /// Somebody whom the file does not name.
    New(InstanceName),
    /// Somebody whom only the file names.
    Gone(InstanceName),
    /// An instance has another id, profile, port or way in.
    Identity(InstanceName),
    /// What is an instance's own is not what it was: a thumbprint, a key's file, a security group at its version.
    Own(InstanceName),
    /// A facet is not as it was judged.
    Finding(InstanceName, FacetId),
    /// Another step is to be done, or with other guards.
    Step {
        /// On whom.
        instance: InstanceName,
        /// Its place among the instance's steps, from 1.
        place: usize,
        /// What the file wants there, if anything.
        file: Option<Box<Asked>>,
        /// What is to be done there now, if anything.
        now: Option<Box<Asked>>,
    },
}

/// A step that is not in both. Whoever shows it has the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// For which facet.
    pub facet: FacetId,
    /// What is done.
    pub action: Action,
    /// What is so afterwards.
    pub after: Said,
    /// What guards it.
    pub guards: Vec<&'static str>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declaration => f.write_str("the declaration has changed since it was made"),
            Self::New(name) => write!(f, "{name} differs now and is not in the file"),
            Self::Gone(name) => write!(f, "{name} is in the file and does not differ now"),
            Self::Identity(name) => {
                write!(f, "{name} has another id, profile, port or way in than in the file")
            }
            Self::Own(name) => write!(
                f,
                "what is {name}'s own (certificate, key file, security groups) is not as in the file"
            ),
            Self::Finding(name, facet) => write!(f, "{name}/{facet} moved since it was made"),
            Self::Step { instance, place, .. } => {
                write!(f, "step {place} on {instance} is not the one in the file")
            }
        }
    }
}

/// Finds the first difference between a plan that somebody kept and the one that is made now; none where they come to
/// the same, and then the one that is made now is what may be done.
#[must_use]
pub fn difference(file: &Plan, now: &Plan) -> Option<Difference> {
    if file.declaration != now.declaration {
        return Some(Difference::Declaration);
    }
    let (then, today) = (canon(file), canon(now));
    for (key, was) in &then {
        let name = key.1.clone();
        let Some(is) = today.get(key) else {
            let moved = was.findings.keys().next();
            return Some(moved.map_or(Difference::Gone(name.clone()), |facet| {
                Difference::Finding(name, *facet)
            }));
        };
        if let Some(difference) = between(name, was, is) {
            return Some(difference);
        }
    }
    let new = today.keys().find(|key| !then.contains_key(*key))?;
    Some(Difference::New(new.1.clone()))
}

fn between(name: InstanceName, was: &One<'_>, is: &One<'_>) -> Option<Difference> {
    if (was.id, was.profile, was.port, was.way) != (is.id, is.profile, is.port, is.way) {
        return Some(Difference::Identity(name));
    }
    let facets = was.findings.keys().chain(is.findings.keys());
    let moved = facets.into_iter().find(|facet| was.findings.get(facet) != is.findings.get(facet));
    if let Some(facet) = moved {
        return Some(Difference::Finding(name, *facet));
    }
    let steps = was.steps.len().max(is.steps.len());
    let place = (0..steps).find(|place| was.steps.get(*place) != is.steps.get(*place));
    let Some(place) = place else {
        return (was.binds != is.binds).then_some(Difference::Own(name));
    };
    Some(Difference::Step {
        instance: name,
        place: place + 1,
        file: was.steps.get(place).map(Done::asked),
        now: is.steps.get(place).map(Done::asked),
    })
}

impl Done<'_> {
    fn asked(&self) -> Box<Asked> {
        Box::new(Asked {
            facet: self.facet,
            action: self.action.clone(),
            after: self.after.clone(),
            guards: self.guards.clone(),
        })
    }
}
