//! What a run did whole and left its finding as it was. Where a step of it, or of what causes it, was held or failed, nobody
//! knows yet.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use rdpctl_model::action::traits::{Owner, Phase, Restarts};
use rdpctl_model::assessment::Members;
use rdpctl_model::facts::{Left, Tried};
use rdpctl_model::plan::{Plan, PlannedStep, StepId};
use rdpctl_model::{Action, Assessed, Assessment, FacetId, InstanceName};

use crate::run::RunReport;
use crate::tried::{changing, what};

/// What a run did and a look after it found as it was before.
pub(crate) fn left_standing(
    report: &RunReport,
    assessed: &[Assessed],
    at: Timestamp,
) -> Vec<Tried> {
    let mut steps: HashMap<&InstanceName, Vec<StepId>> = HashMap::new();
    for group in &report.plan.groups {
        for member in &group.members {
            steps.entry(&member.name).or_default().extend(&group.steps);
        }
    }
    let lost = Lost::of(report);
    let mut tried = Vec::new();
    for one in assessed {
        let Members::Named(members) = &one.members else { continue };
        for (facet, assessment) in one.facets.iter() {
            let Some(assessment) = assessment else { continue };
            let Some(what) = what(assessment) else { continue };
            for member in members {
                let own = steps.get(&member.name).map(Vec::as_slice).unwrap_or_default();
                if was_done_whole(&report.plan, own, &lost, &member.name, facet, assessment) {
                    let left = Left { what: what.clone(), at, run: report.run.clone() };
                    tried.push(Tried { instance: member.name.clone(), facet, left });
                }
            }
        }
    }
    tried
}

/// What was not done, of all that was begun or waited for.
struct Lost<'a> {
    cells: HashSet<(StepId, &'a InstanceName)>,
    steps: HashSet<StepId>,
}

impl<'a> Lost<'a> {
    fn of(report: &'a RunReport) -> Self {
        let failed = report.failed.iter().map(|failed| (failed.step, &failed.subject));
        let skipped = report.skipped.iter().map(|skipped| (skipped.step, &skipped.subject));
        let cells: HashSet<_> = failed.chain(skipped).collect();
        let steps = cells.iter().map(|(step, _)| *step).collect();
        Self { cells, steps }
    }

    /// Whether a step was not done on a machine. What several share failed for all of them.
    fn lost(&self, id: StepId, step: &PlannedStep, name: &InstanceName) -> bool {
        match step.step.action.traits().owner {
            Owner::Machine => self.cells.contains(&(id, name)),
            Owner::Shared => self.steps.contains(&id),
        }
    }
}

/// Whether all that a facet wants now was done on a machine, and nothing is missing without which it may not show.
fn was_done_whole(
    plan: &Plan,
    steps: &[StepId],
    lost: &Lost<'_>,
    name: &InstanceName,
    facet: FacetId,
    assessment: &Assessment,
) -> bool {
    let mut done = Vec::new();
    for id in steps {
        let Some(planned) = plan.step(*id) else { return false };
        let traits = planned.step.action.traits();
        if planned.held.is_some() {
            let restarts = traits.restarts != Restarts::Nothing;
            if restarts || causes_of(facet).contains(&planned.step.facet) {
                return false;
            }
        } else if lost.lost(*id, planned, name) {
            // What comes after the changes, the proof above all, fails because the finding stands.
            if traits.phase < Phase::Prove {
                return false;
            }
        } else {
            done.push(&planned.step.action);
        }
    }
    changing(assessment).all(|step| done.iter().any(|action| is_same(action, &step.action)))
}

/// Whether one action did what another would do: a restart is one, whoever asked for it.
fn is_same(done: &Action, wanted: &Action) -> bool {
    let restarts = |action: &Action| match action.traits().restarts {
        Restarts::Nothing => None,
        Restarts::Rdp { .. } => Some(false),
        Restarts::Windows => Some(true),
    };
    done == wanted || (restarts(wanted).is_some() && restarts(done) == restarts(wanted))
}

/// A facet with all those whose faults may explain its own.
fn causes_of(facet: FacetId) -> BTreeSet<FacetId> {
    let mut all = BTreeSet::new();
    let mut open = vec![facet];
    while let Some(one) = open.pop() {
        if all.insert(one) {
            open.extend(rdpctl_facets::causes(one));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use rdpctl_model::action::{Disruption, Guarded, GuestAction, Setting};
    use rdpctl_model::assessment::Members;
    use rdpctl_model::declaration::{Guards, SnapshotFirst};
    use rdpctl_model::guest::RegData;
    use rdpctl_model::outcome::RunEnd;
    use rdpctl_model::plan::{Basis, Budget, Member};
    use rdpctl_model::tariff::Tariffs;
    use rdpctl_model::{FacetMap, ProfileName, ProviderName, ResourceId, RunId};

    use std::sync::Arc;

    use rdpctl_model::{Step, Verdict};

    use rdpctl_model::Said;

    use super::*;
    use crate::run::Failed;
    use crate::tried::{leave, over};

    const NOW: &str = "2026-11-27T04:00:00Z";

    fn now() -> Timestamp {
        NOW.parse().unwrap()
    }

    fn step(facet: FacetId, name: &str) -> Step {
        Step {
            facet,
            action: Action::Guest(GuestAction::SetRegistry {
                key: r"HKLM\SOFTWARE\A".to_owned(),
                name: name.to_owned(),
                data: RegData::Dword(1),
                setting: Setting::Listener,
            }),
            before: Said::default(),
            after: Said::default(),
            why: Said::default(),
            seed: String::new(),
            disruption: Disruption::None,
            guards: Vec::new(),
            reversible: true,
            expects: Vec::new(),
        }
    }

    /// One machine on which these facets differ.
    fn differs(facets: Vec<(FacetId, &str, Step)>) -> Vec<Assessed> {
        let mut assessments = FacetMap::from_fn(|_| None);
        for (facet, from, step) in facets {
            let steps = vec![step];
            let verdict = Verdict::drifted(
                rdpctl_model::Said::quoted(from),
                rdpctl_model::Said::quoted("as it should be"),
            );
            assessments[facet] = Some(Arc::new(Assessment { steps, ..Assessment::of(verdict) }));
        }
        vec![Assessed {
            provider: ProviderName::new("gz"),
            profile: ProfileName::new("standard"),
            port: 3389,
            way: None,
            snapshot: SnapshotFirst::No,
            facets: Arc::new(assessments),
            members: Members::Named(vec![Member {
                name: InstanceName::new("web-01"),
                id: ResourceId::new("ins-1"),
                display: String::new(),
                handles: None,
                binds: None,
                sessions: None,
                answered: std::collections::BTreeMap::new(),
            }]),
        }]
    }

    /// What a run reports that did all that is planned about these.
    fn ran(assessed: &[Assessed]) -> RunReport {
        let plan = rdpctl_plan::plan(rdpctl_plan::Request {
            survey: String::new(),
            assessed: assessed.to_vec(),
            guards: &Guards::default(),
            allowed: &BTreeSet::new(),
            now: now(),
            declaration: String::new(),
            basis: Basis::default(),
            tariffs: &Tariffs::default(),
        });
        RunReport {
            run: RunId::new("0123456789abcdef"),
            plan,
            done: 1,
            ends: std::collections::BTreeMap::new(),
            failed: Vec::new(),
            machines_failed: 0,
            skipped: Vec::new(),
            held: Vec::new(),
            standing: Vec::new(),
            end: RunEnd::Done,
            cost: Budget::default(),
            head: None,
        }
    }

    fn stands(before: &[Assessed], after: &[Assessed]) -> Vec<FacetId> {
        left_standing(&ran(before), after, now()).into_iter().map(|one| one.facet).collect()
    }

    #[test]
    fn what_was_done_whole_and_stands_is_remembered_and_what_is_another_thing_is_not() {
        let port = |from, name| differs(vec![(FacetId::Port, from, step(FacetId::Port, name))]);
        let before = port("mute", "A");
        assert_eq!(stands(&before, &before), [FacetId::Port]);
        // Another step is wanted now: nobody did that.
        assert_eq!(stands(&before, &port("mute", "B")), []);
        let tried = left_standing(&ran(&before), &before, now());
        let left = [(FacetId::Port, tried[0].left.clone())];
        let mut facets = (*before[0].facets).clone();
        leave(&mut facets, &left);
        let blocked = facets[FacetId::Port].clone().unwrap();
        assert!(
            matches!(&blocked.verdict, Verdict::Blocked { by, .. } if by.key().as_str() == "engine.stands")
        );
        assert!(blocked.steps.is_empty());
        // It stays as long as it is the same, and goes with the finding.
        assert_eq!(over(&tried, &before), []);
        let part = (InstanceName::new("web-01"), FacetId::Port);
        assert_eq!(over(&tried, &port("taken", "A")), [part]);
    }

    #[test]
    fn where_a_step_failed_or_a_cause_waits_nobody_knows_yet_whether_it_would_help() {
        let port = step(FacetId::Port, "A");
        let before = differs(vec![(FacetId::Port, "mute", port.clone())]);
        let mut report = ran(&before);
        let (id, _) = report.plan.numbered().next().unwrap();
        report.failed.push(Failed {
            step: id,
            subject: InstanceName::new("web-01"),
            why: Said::default(),
            advice: Said::default(),
        });
        assert_eq!(left_standing(&report, &before, now()), []);
        // The service is a cause of the port, and its step waits for leave; a certificate is none.
        let waits = |facet| Step { guards: vec![Guarded::Weaken], ..step(facet, "B") };
        let with = |facet| {
            differs(vec![(facet, "wrong", waits(facet)), (FacetId::Port, "mute", port.clone())])
        };
        let (service, recovery) = (with(FacetId::Service), with(FacetId::Recovery));
        assert_eq!(stands(&service, &service), []);
        assert_eq!(stands(&recovery, &recovery), [FacetId::Port]);
    }
}
