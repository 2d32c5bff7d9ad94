//! What a plan comes to, whatever its letters: the form in which two plans are the same, and its digest.
//!
//! A plan file, an approval and a record mean by it who is changed (with the ids of the vendor), what is done to each with
//! what is its own, what that replaces as it was judged, in words as well, and which guards stand before it. When a plan
//! was made, what it would cost, how its groups and steps are cut and numbered, and what is held for whom, is no part.

use std::collections::{BTreeMap, BTreeSet};

use rdpctl_model::action::Binds;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::mending::Hold;
use rdpctl_model::plan::{Group, Member, Plan, PlannedStep};
use rdpctl_model::repair::{PlannedRepair, RepairStage};
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

/// The repair of a disk.
#[derive(Debug, PartialEq, Serialize)]
struct Mended<'a> {
    provider: &'a ProviderName,
    instance: &'a InstanceName,
    id: &'a str,
    profile: &'a str,
    keep_seconds: u64,
    hold: Hold,
    stages: Vec<(RepairStage, &'a Said)>,
    guards: Vec<&'static str>,
}

fn mended(repair: &PlannedRepair) -> Mended<'_> {
    let mut guards: Vec<&'static str> = repair.guards.iter().map(|guard| guard.name()).collect();
    guards.sort_unstable();
    Mended {
        provider: &repair.provider,
        instance: &repair.instance,
        id: repair.id.as_str(),
        profile: repair.profile.as_str(),
        keep_seconds: repair.keep_seconds,
        hold: repair.hold,
        stages: repair.steps.iter().map(|step| (step.stage, &step.what)).collect(),
        guards,
    }
}

/// Whether two repairs come to the same: of whom, what is done, for how long what is kept, and what it needs leave for.
#[must_use]
pub fn is_same_repair(one: &PlannedRepair, other: &PlannedRepair) -> bool {
    mended(one) == mended(other)
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
    for repair in &plan.repairs {
        context.update(b"\0repair\0");
        context.update(&serde_json::to_vec(&mended(repair)).unwrap_or_default());
    }
    crate::digest::hex(context.finish().as_ref())
}

/// In what two plans differ.
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
    Finding {
        /// Of whom.
        instance: InstanceName,
        /// Which.
        facet: FacetId,
        /// What the file says of it.
        file: Option<Box<Verdict>>,
        /// What is so now; nothing where the instance is as declared.
        now: Option<Box<Verdict>>,
    },
    /// The disk of an instance is to be repaired otherwise, or not any more, or now.
    Repair(InstanceName),
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

impl Difference {
    /// Whose it is; nobody's where the declaration was changed.
    #[must_use]
    pub const fn instance(&self) -> Option<&InstanceName> {
        match self {
            Self::Declaration => None,
            Self::New(name)
            | Self::Gone(name)
            | Self::Identity(name)
            | Self::Own(name)
            | Self::Repair(name) => Some(name),
            Self::Finding { instance, .. } | Self::Step { instance, .. } => Some(instance),
        }
    }
}

/// Finds in what a plan that somebody kept and the one that is made now differ; in nothing where they come to the same, and
/// then the one that is made now is what may be done. Of an instance whose findings moved its steps are not told, too.
#[must_use]
pub fn differences(file: &Plan, now: &Plan) -> Vec<Difference> {
    if file.declaration != now.declaration {
        return vec![Difference::Declaration];
    }
    let (then, today) = (canon(file), canon(now));
    let mut all = Vec::new();
    for (key, was) in &then {
        match today.get(key) {
            Some(is) => between(&mut all, key.1, was, is),
            None if was.findings.is_empty() => all.push(Difference::Gone(key.1.clone())),
            None => all.extend(moved(key.1, &was.findings, &BTreeMap::new())),
        }
    }
    let new = today.keys().filter(|key| !then.contains_key(*key));
    all.extend(new.map(|key| Difference::New(key.1.clone())));
    all.extend(repaired_otherwise(&file.repairs, &now.repairs));
    all
}

/// Whose repairs are not, in their order, what they were.
fn repaired_otherwise(file: &[PlannedRepair], now: &[PlannedRepair]) -> Vec<Difference> {
    let places = 0..file.len().max(now.len());
    let pairs = places.map(|place| (file.get(place), now.get(place)));
    let moved = pairs.filter(|pair| match pair {
        (Some(was), Some(is)) => !is_same_repair(was, is),
        (None, None) => false,
        (Some(_), None) | (None, Some(_)) => true,
    });
    let whose = |(was, is): (Option<&PlannedRepair>, Option<&PlannedRepair>)| {
        was.or(is).map(|repair| Difference::Repair(repair.instance.clone()))
    };
    moved.filter_map(whose).collect()
}

type Findings<'a> = BTreeMap<FacetId, &'a Verdict>;

fn moved(name: &InstanceName, was: &Findings<'_>, is: &Findings<'_>) -> Vec<Difference> {
    let facets: BTreeSet<FacetId> = was.keys().chain(is.keys()).copied().collect();
    let moved = facets.into_iter().filter(|facet| was.get(facet) != is.get(facet));
    let of = |findings: &Findings<'_>, facet| {
        findings.get(&facet).map(|verdict| Box::new((*verdict).clone()))
    };
    let finding = |facet| Difference::Finding {
        instance: name.clone(),
        facet,
        file: of(was, facet),
        now: of(is, facet),
    };
    moved.map(finding).collect()
}

fn between(all: &mut Vec<Difference>, name: &InstanceName, was: &One<'_>, is: &One<'_>) {
    if (was.id, was.profile, was.port, was.way) != (is.id, is.profile, is.port, is.way) {
        all.push(Difference::Identity(name.clone()));
    }
    let moved = moved(name, &was.findings, &is.findings);
    if !moved.is_empty() {
        all.extend(moved);
        return;
    }
    let before = all.len();
    for place in 0..was.steps.len().max(is.steps.len()) {
        let (file, now) = (was.steps.get(place), is.steps.get(place));
        if file != now {
            let (file, now) = (file.map(Done::asked), now.map(Done::asked));
            all.push(Difference::Step { instance: name.clone(), place: place + 1, file, now });
        }
    }
    if all.len() == before && was.binds != is.binds {
        all.push(Difference::Own(name.clone()));
    }
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
