//! What differs now, held against what differed before: transitions, and nothing else, are told.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rdpctl_contract::{Chronicle, StoreError};
use rdpctl_model::chronicle::Turned;
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
}

/// Whether it says no more than that nobody looked.
const fn is_silence(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Unknown { gap: Gap::NotSurveyed | Gap::NotAsked })
}

impl Findings {
    /// What stood when somebody last looked.
    pub(crate) fn remembered(standing: Vec<Turned>) -> Self {
        let mut findings: BTreeMap<InstanceName, BTreeMap<FacetId, Finding>> = BTreeMap::new();
        for Turned { at, instance, facet, to, .. } in standing {
            if let Some(verdict) = to {
                let finding = Finding { verdict, follows_from: None, since: at };
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
                if from == to {
                    continue;
                }
                let follows_from = is.or(was).and_then(|it| it.follows_from);
                // What one cause hides or reveals is told once.
                let alike = of_one.iter_mut().find(|turn| {
                    let hidden = matches!(to.or(from), Some(Verdict::Unknown { .. }));
                    hidden && (turn.from.as_ref(), turn.to.as_ref()) == (from, to)
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

    /// How many instances have which verdict, by facet.
    pub(crate) fn by_facet(&self) -> BTreeMap<(FacetId, &'static str), usize> {
        let mut counts = BTreeMap::new();
        for (facet, finding) in self.0.values().flatten() {
            *counts.entry((*facet, kind(&finding.verdict))).or_default() += 1;
        }
        counts
    }

    /// How many facets differ, and how many cannot be judged.
    pub(crate) fn count(&self) -> (usize, usize) {
        let all = || self.0.values().flat_map(BTreeMap::values);
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
    turns.iter().flat_map(of_one).collect()
}

/// Holds a look at the whole estate against what stood before it, and keeps what turned. Says what stands now.
pub async fn note(store: &dyn Chronicle, plan: &Plan) -> Result<Vec<Turned>, StoreError> {
    let before = Findings::remembered(store.standing().await?);
    let now = plan.basis.at.unwrap_or_default();
    let (_, turns) = before.turned(plan, now, |_| false);
    if !turns.is_empty() {
        store.turned(&kept(&turns)).await?;
    }
    store.standing().await
}
