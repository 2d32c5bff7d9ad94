//! Differences by their first cause: what people read, however many instances share it.

use std::collections::HashMap;

use jiff::Timestamp;
use rdpctl_model::plan::{FacetFinding, Group, Plan};
use rdpctl_model::verdict::Answers;
use rdpctl_model::{FacetId, FacetMap, InstanceName, Said, Verdict};
use serde::Serialize;

use super::fold::Fold;
use super::next::{Mode, Next, changes};
use super::whose::Suspect;
use crate::digest::digest;
use crate::standing::{Alarms, Numbers, Standing};
use rdpctl_model::accept::{Accepted, Accepts};

/// A step in words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StepWords {
    /// What it does.
    pub does: Said,
    /// Exactly, one command or call a line; empty where nobody asked for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exactly: Vec<String>,
}

/// A first cause, and who shares it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Cause {
    /// Its name in addresses: the same as long as it is the same difference.
    pub key: String,
    /// Under which heading it stands, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heading: Option<String>,
    /// Among which of the five numbers.
    pub section: Standing,
    /// The facet that differs, or all that a gap hides.
    pub facets: Vec<FacetId>,
    /// What was concluded; where values differ by a number alone, from which to which.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What becomes of it.
    pub next: Next,
    /// Why it is mended, in one sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Said>,
    /// The founding documents' steps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seed: Vec<String>,
    /// What a plan would do for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub would: Vec<Said>,
    /// Who took responsibility.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Accepted>,
    /// Facets that follow from it, over all instances.
    pub follows: usize,
    /// Since when, as far as anybody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Who may have changed it last, by a cloud's log, on one of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<Suspect>,
    /// How many instances.
    pub instances: usize,
    /// Those of them that are counted under a worse number.
    pub counted_above: usize,
    /// Who.
    #[serde(skip)]
    pub members: Vec<InstanceName>,
}

/// First causes of one facet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Breaks {
    /// It differs and can be mended.
    pub differ: usize,
    /// Something wins over us.
    pub blocked: usize,
    /// It is not known.
    pub unknown: usize,
}

/// What a plan says about all that differ.
#[derive(Debug, Default)]
pub struct Told {
    /// First causes, by section and size.
    pub causes: Vec<Cause>,
    /// How each instance that differs stands.
    pub standing: HashMap<InstanceName, Standing>,
    /// First causes by facet; an instance with two counts at both.
    pub breaks: FacetMap<Breaks>,
    /// The five numbers.
    pub numbers: Numbers,
}

/// By what a plan is told.
pub struct Telling<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What was accepted.
    pub accepts: Accepts<'a>,
    /// Whether the loop only looks.
    pub mode: Mode,
    /// A step in words.
    pub say: &'a dyn Fn(&rdpctl_model::Step) -> StepWords,
    /// Since when a facet of an instance is as it is, as far as anybody knows.
    pub since: &'a dyn Fn(&InstanceName, FacetId) -> Option<Timestamp>,
    /// Whether a conclusion is shown; what is not shown counts all the same.
    pub shows: &'a dyn Fn(&InstanceName, FacetId) -> bool,
    /// The heading under which an instance stands.
    pub heading: &'a dyn Fn(&InstanceName) -> Option<String>,
}

/// One conclusion about a group: of one facet, or of all that one gap hides.
struct Line<'a> {
    facets: Vec<FacetId>,
    verdict: Verdict,
    follows: Option<FacetId>,
    findings: Vec<&'a FacetFinding>,
}

/// What tells causes apart.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    heading: Option<String>,
    section: Standing,
    facets: Vec<FacetId>,
    verdict: Verdict,
    next: Next,
    accepted: Option<(String, Option<jiff::civil::Date>)>,
}

impl Telling<'_> {
    /// Tells it.
    #[must_use]
    pub fn tell(&self) -> Told {
        let mut told = Told::default();
        let mut places: HashMap<Key, (usize, Fold)> = HashMap::new();
        for group in &self.plan.groups {
            self.group(group, &mut told, &mut places);
        }
        for (place, fold) in places.into_values() {
            fold.into_verdict(&mut told.causes[place].verdict);
        }
        let said = told.standing.iter().map(|(name, standing)| (name.as_str(), *standing));
        told.numbers = Numbers::count(self.plan.instances, said);
        for cause in &mut told.causes {
            cause.instances = cause.members.len();
            cause.counted_above = cause
                .members
                .iter()
                .filter(|name| told.standing.get(*name).is_some_and(|one| *one < cause.section))
                .count();
        }
        told.causes.sort_by(|a, b| {
            (&a.heading, a.section, std::cmp::Reverse(a.instances), &a.facets, &a.key).cmp(&(
                &b.heading,
                b.section,
                std::cmp::Reverse(b.instances),
                &b.facets,
                &b.key,
            ))
        });
        told
    }

    fn group(&self, group: &Group, told: &mut Told, places: &mut HashMap<Key, (usize, Fold)>) {
        let lines = lines(group);
        let shutting = shutting(group, &lines);
        self.stand(group, told);
        for (place, line) in lines.iter().enumerate() {
            let shuts = shutting == Some(place);
            let is_first = line.follows.is_none() || shuts;
            // Where somebody saw from outside whether it answers, no facet decides that.
            let decides: &[FacetId] = match group.answers {
                Answers::NotSeen => &line.facets,
                Answers::Yes | Answers::No => &[],
            };
            let next = Next::of(self.plan, group, &line.facets, &line.verdict, self.mode);
            for member in &group.members {
                let accepted = self.accepted(&member.name, line);
                let alarms = if accepted.is_some() { Alarms::Accepted } else { Alarms::Yes };
                let standing = Standing::of(&line.verdict, decides, alarms);
                let shown = line.facets.iter().any(|facet| (self.shows)(&member.name, *facet));
                if !is_first || !shown {
                    continue;
                }
                if accepted.is_none() {
                    for facet in &line.facets {
                        let breaks = &mut told.breaks[*facet];
                        match line.verdict {
                            Verdict::Unknown { .. } => breaks.unknown += 1,
                            Verdict::Blocked { .. } => breaks.blocked += 1,
                            Verdict::Drifted { .. }
                            | Verdict::Healthy { .. }
                            | Verdict::NotApplicable { .. } => breaks.differ += 1,
                        }
                    }
                }
                let section = match standing {
                    Standing::Differs | Standing::Unknown if shuts => Standing::NotReachable,
                    Standing::NotReachable
                    | Standing::Differs
                    | Standing::Unknown
                    | Standing::Accepted
                    | Standing::AsDeclared => standing,
                };
                let fold = Fold::of(&line.facets, &line.verdict);
                let key = Key {
                    heading: (self.heading)(&member.name),
                    section,
                    facets: line.facets.clone(),
                    verdict: fold.pattern(&line.verdict),
                    next: if accepted.is_some() { Next::Accepted } else { next.clone() },
                    accepted: accepted.as_ref().map(|one| (one.reason.clone(), one.until)),
                };
                let (place, known) = places.entry(key).or_insert_with_key(|key| {
                    told.causes.push(self.cause(group, line, key, accepted.clone()));
                    (told.causes.len() - 1, fold.clone())
                });
                known.widen(&fold);
                let cause = &mut told.causes[*place];
                cause.follows += follows(&lines, &line.facets);
                let since = line.facets.first().and_then(|one| (self.since)(&member.name, *one));
                cause.since = match (cause.since, since) {
                    (Some(one), Some(other)) => Some(one.min(other)),
                    (one, other) => one.or(other),
                };
                cause.members.push(member.name.clone());
            }
        }
    }

    /// How each member of a group stands.
    fn stand(&self, group: &Group, told: &mut Told) {
        for member in &group.members {
            let is_accepted = |one: &FacetFinding| {
                self.accepts.of(member.name.as_str(), one.facet, one.blocked_by).is_some()
            };
            let standing = Standing::of_member(group, is_accepted);
            told.standing.insert(member.name.clone(), standing);
        }
    }

    /// Why a line does not alarm for an instance, if all of it is accepted.
    fn accepted(&self, name: &InstanceName, line: &Line<'_>) -> Option<Accepted> {
        let mut reasons =
            line.findings.iter().map(|one| self.accepts.of(name.as_str(), one.facet, line.follows));
        let first = reasons.next()??;
        reasons.all(|reason| reason.is_some()).then_some(first)
    }

    fn cause(
        &self,
        group: &Group,
        line: &Line<'_>,
        key: &Key,
        accepted: Option<Accepted>,
    ) -> Cause {
        let steps: Vec<&rdpctl_model::Step> =
            changes(self.plan, group, &line.facets).map(|planned| &planned.step).collect();
        let mut seed: Vec<String> =
            steps.iter().map(|step| step.seed.clone()).filter(|seed| !seed.is_empty()).collect();
        seed.dedup();
        let named = line.facets.first().map_or("all", |facet| facet.name());
        let what = format!(
            "{:?} {:?} {:?} {:?} {:?} {:?}",
            key.heading, key.section, key.facets, key.verdict, key.next, key.accepted
        );
        Cause {
            key: format!("{named}-{:08x}", digest(what.as_bytes()) >> 32),
            heading: key.heading.clone(),
            section: key.section,
            facets: line.facets.clone(),
            verdict: line.verdict.clone(),
            next: key.next.clone(),
            why: steps.first().map(|step| step.why.clone()),
            seed,
            would: steps.iter().map(|step| (self.say)(step).does).collect(),
            accepted,
            follows: 0,
            since: None,
            changed_by: None,
            instances: 0,
            counted_above: 0,
            members: Vec::new(),
        }
    }
}

/// What is concluded about a group, one line a facet, or one a gap.
fn lines(group: &Group) -> Vec<Line<'_>> {
    let gaps = group.hidden().into_iter().map(|hidden| Line {
        facets: hidden.findings.iter().map(|finding| finding.facet).collect(),
        verdict: Verdict::Unknown { gap: hidden.gap.clone() },
        follows: hidden.follows,
        findings: hidden.findings,
    });
    let differences = group
        .facets
        .iter()
        .filter(|finding| !matches!(finding.verdict, Verdict::Unknown { .. }))
        .map(|finding| Line {
            facets: vec![finding.facet],
            verdict: finding.verdict.clone(),
            follows: finding.blocked_by,
            findings: vec![finding],
        });
    differences.chain(gaps).collect()
}

/// The line because of which a group is not reachable as declared, where it is not: the machine's power, or that from which
/// the silence follows in the end, however little is known of it.
fn shutting(group: &Group, lines: &[Line<'_>]) -> Option<usize> {
    let differs = |facet: FacetId| {
        lines.iter().position(|line| {
            line.facets == [facet]
                && matches!(line.verdict, Verdict::Drifted { .. } | Verdict::Blocked { .. })
        })
    };
    // Whoever answers is reached, whatever differs of it.
    if group.answers == Answers::Yes {
        return None;
    }
    let power = differs(FacetId::Power).filter(|power| lines[*power].follows.is_none());
    if power.is_some() {
        return power;
    }
    let mut at = differs(FacetId::Reachable)?;
    // A chain is no longer than the lines are many.
    for _ in 0..lines.len() {
        let Some(cause) = lines[at].follows else { break };
        let Some(next) = lines.iter().position(|line| line.facets.contains(&cause)) else { break };
        at = next;
    }
    Some(at)
}

/// How many facets follow from these.
fn follows(lines: &[Line<'_>], facets: &[FacetId]) -> usize {
    lines
        .iter()
        .filter(|line| line.follows.is_some_and(|cause| facets.contains(&cause)))
        .map(|line| line.facets.len())
        .sum()
}
