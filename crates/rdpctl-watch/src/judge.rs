//! What differs now, held against what differed before: transitions, and nothing else, are told.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rdpctl_contract::{Chronicle, StoreError};
use rdpctl_model::accept::{Accepted, Accepts};
use rdpctl_model::chronicle::Turned;
use rdpctl_model::declaration::Accept;
use rdpctl_model::{FacetId, Gap, InstanceName, Plan, Verdict};

use crate::event::Turn;
use crate::signals::kind;

/// All that is not as declared.
#[derive(Debug, Default)]
pub(crate) struct Findings(BTreeMap<InstanceName, BTreeMap<FacetId, Finding>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    verdict: Verdict,
    follows_from: Option<FacetId>,
    since: Timestamp,
    /// Why it does not alarm, where somebody accepted it.
    accepted: Option<Accepted>,
}

/// What is accepted on the day of a moment.
pub(crate) fn as_of(accepts: &[Accept], at: Timestamp) -> Accepts<'_> {
    Accepts::new(accepts, at.to_zoned(TimeZone::UTC).date())
}

/// Whether it says no more than that nobody looked.
const fn is_silence(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Unknown { gap: Gap::NotSurveyed | Gap::NotAsked })
}

impl Findings {
    /// What stood when somebody last looked. What is accepted now was so when it was seen, unless that had run out by then:
    /// an acceptance that ran out since is news.
    pub(crate) fn remembered(standing: Vec<Turned>, accepts: &[Accept]) -> Self {
        let mut findings: BTreeMap<InstanceName, BTreeMap<FacetId, Finding>> = BTreeMap::new();
        for Turned { at, instance, facet, to, .. } in standing {
            if let Some(verdict) = to {
                let accepted = as_of(accepts, at).of(instance.as_str(), facet, None);
                let finding = Finding { verdict, follows_from: None, since: at, accepted };
                findings.entry(instance).or_default().insert(facet, finding);
            }
        }
        Self(findings)
    }

    /// What a plan says, and what turned since these findings were made. Into the guests of some nobody has looked yet:
    /// that nothing is known of those is no news.
    pub(crate) fn turned(
        &self,
        plan: &Plan,
        now: Timestamp,
        accepts: &Accepts<'_>,
        is_unmet: impl Fn(&InstanceName) -> bool,
    ) -> (Self, Vec<Turn>) {
        let mut after: BTreeMap<InstanceName, BTreeMap<FacetId, Finding>> = BTreeMap::new();
        for group in &plan.groups {
            let differs = group.facets.iter().filter(|finding| !finding.verdict.is_quiet());
            let differs: Vec<_> = differs.collect();
            for member in &group.members {
                let before = self.0.get(&member.name);
                let unmet = is_unmet(&member.name);
                let told =
                    differs.iter().filter(|finding| !(unmet && is_silence(&finding.verdict)));
                let told: Vec<_> = told.collect();
                if told.is_empty() {
                    continue;
                }
                let facets = after.entry(member.name.clone()).or_default();
                for finding in told {
                    let former = before.and_then(|facets| facets.get(&finding.facet));
                    let same = former.filter(|former| former.verdict == finding.verdict);
                    facets.insert(
                        finding.facet,
                        Finding {
                            verdict: finding.verdict.clone(),
                            follows_from: finding.blocked_by,
                            since: same.map_or(now, |former| former.since),
                            accepted: accepts.of(
                                member.name.as_str(),
                                finding.facet,
                                finding.blocked_by,
                            ),
                        },
                    );
                }
            }
        }
        let after = Self(after);
        let turns = self.turns(&after, now);
        (after, turns)
    }

    fn turns(&self, after: &Self, now: Timestamp) -> Vec<Turn> {
        let none = BTreeMap::new();
        let mut turns = Vec::new();
        let mut names: Vec<&InstanceName> = self.0.keys().chain(after.0.keys()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let (was, is) = (self.0.get(name).unwrap_or(&none), after.0.get(name).unwrap_or(&none));
            if was == is {
                continue;
            }
            let mut of_one: Vec<Turn> = Vec::new();
            for facet in FacetId::ALL {
                let (was, is) = (was.get(&facet), is.get(&facet));
                let (from, to) = (was.map(|it| &it.verdict), is.map(|it| &it.verdict));
                let accepted = |it: Option<&Finding>| it.and_then(|it| it.accepted.clone());
                if from == to && accepted(was) == accepted(is) {
                    continue;
                }
                let follows_from = is.or(was).and_then(|it| it.follows_from);
                let accepted = accepted(is.or(was));
                // What one cause hides or reveals is told once.
                let alike = of_one.iter_mut().find(|turn| {
                    let hidden = matches!(to.or(from), Some(Verdict::Unknown { .. }));
                    hidden
                        && (turn.from.as_ref(), turn.to.as_ref()) == (from, to)
                        && turn.accepted == accepted
                });
                match alike {
                    Some(turn) => turn.facets.push(facet),
                    None => of_one.push(Turn {
                        at: now,
                        instance: name.clone(),
                        facets: vec![facet],
                        follows_from,
                        from: from.cloned(),
                        to: to.cloned(),
                        since: was.map(|it| it.since),
                        accepted,
                    }),
                }
            }
            turns.append(&mut of_one);
        }
        turns
    }

    /// Whether something of an instance could not be judged that time alone may mend.
    pub(crate) fn may_answer_soon(&self, name: &InstanceName) -> bool {
        let soon = |finding: &Finding| {
            matches!(
                finding.verdict,
                Verdict::Unknown { gap: Gap::TimedOut { .. } | Gap::AgentUnavailable { .. } }
            )
        };
        self.0.get(name).is_some_and(|facets| facets.values().any(soon))
    }

    /// How many instances have which verdict, by facet, as far as nobody accepted that.
    pub(crate) fn by_facet(&self) -> BTreeMap<(FacetId, &'static str), usize> {
        let mut counts = BTreeMap::new();
        for (facet, finding) in self.0.values().flatten().filter(|(_, it)| it.accepted.is_none()) {
            *counts.entry((*facet, kind(&finding.verdict))).or_default() += 1;
        }
        counts
    }

    /// On how many instances somebody accepted what a facet is.
    pub(crate) fn accepted(&self) -> BTreeMap<FacetId, usize> {
        let mut counts = BTreeMap::new();
        for (facet, _) in self.accepted_parts() {
            *counts.entry(facet).or_default() += 1;
        }
        counts
    }

    /// What somebody accepted.
    pub(crate) fn accepted_parts(&self) -> impl Iterator<Item = (FacetId, &InstanceName)> {
        self.0.iter().flat_map(|(name, facets)| {
            let accepted = facets.iter().filter(|(_, it)| it.accepted.is_some());
            accepted.map(move |(facet, _)| (*facet, name))
        })
    }

    /// How many facets differ, and how many cannot be judged, and nobody accepted it.
    pub(crate) fn count(&self) -> (usize, usize) {
        let all = || {
            self.0.values().flat_map(BTreeMap::values).filter(|finding| finding.accepted.is_none())
        };
        let unknown = all().filter(|it| matches!(it.verdict, Verdict::Unknown { .. })).count();
        (all().count() - unknown, unknown)
    }
}

/// What turned, facet by facet, as it is kept.
pub(crate) fn kept(turns: &[Turn]) -> Vec<Turned> {
    let of_one = |turn: &Turn| {
        let (at, instance) = (turn.at, turn.instance.clone());
        let (from, to) = (turn.from.clone(), turn.to.clone());
        turn.facets.clone().into_iter().map(move |facet| Turned {
            at,
            instance: instance.clone(),
            facet,
            from: from.clone(),
            to: to.clone(),
        })
    };
    // That somebody accepts what stands is declared, and no turn of the world's.
    turns.iter().filter(|turn| turn.from != turn.to).flat_map(of_one).collect()
}

/// Holds a look at the whole estate against what stood before it, and keeps what turned. Says what stands now.
pub async fn note(store: &dyn Chronicle, plan: &Plan) -> Result<Vec<Turned>, StoreError> {
    let before = Findings::remembered(store.standing().await?, &[]);
    let now = plan.basis.at.unwrap_or_default();
    let (_, turns) = before.turned(plan, now, &as_of(&[], now), |_| false);
    if !turns.is_empty() {
        store.turned(&kept(&turns)).await?;
    }
    store.standing().await
}
