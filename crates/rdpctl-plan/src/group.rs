//! Instances with the same difference become one group with one set of steps.

use std::collections::HashMap;
use std::sync::Arc;

use rdpctl_model::action::traits::{Phase, Restarts};
use rdpctl_model::assessment::{Assessments, Members};
use rdpctl_model::declaration::SnapshotFirst;
use rdpctl_model::facet::World;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::plan::{FacetFinding, Group, Member, PlannedStep};
use rdpctl_model::step::{Action, CloudAction, Disruption, Guarded, Step};
use rdpctl_model::verdict::Answers;
use rdpctl_model::{Assessed, Assessment, FacetId, Gap, ProfileName, ProviderName, Verdict};

use crate::lockout::{self, may_close};
use crate::settle;

/// One difference and who has it.
pub(crate) struct Difference {
    provider: ProviderName,
    profile: ProfileName,
    port: u16,
    way: Option<ChannelKind>,
    snapshot: SnapshotFirst,
    /// Whether they are to answer from outside, and do: what disturbs that is proved afterwards.
    answers: bool,
    /// What is to be said of that.
    seen: Answers,
    findings: Vec<(FacetId, Arc<Assessment>)>,
    pub(crate) members: Vec<Member>,
}

impl Difference {
    /// How many steps it becomes at most, beside what watches over the way in: those of its findings, the copy before
    /// them, a look and a proof.
    pub(crate) fn most_steps(&self) -> usize {
        self.findings.iter().map(|(_, assessment)| assessment.steps.len()).sum::<usize>() + 3
    }
}

type Key = (
    ProviderName,
    ProfileName,
    u16,
    Option<ChannelKind>,
    SnapshotFirst,
    bool,
    Vec<(FacetId, Arc<Assessment>)>,
);

/// Brings together what differs in the same way, whatever is healthy beside it. Order of first appearance.
pub(crate) fn merge(assessed: Vec<Assessed>) -> Vec<Difference> {
    // With room for all: a map that grows would hash each key's findings anew.
    let mut places: HashMap<Key, usize> = HashMap::with_capacity(assessed.len());
    let mut differences: Vec<Difference> = Vec::new();
    for one in assessed {
        let findings: Vec<(FacetId, Arc<Assessment>)> = one
            .facets
            .iter()
            .filter_map(|(facet, assessment)| {
                assessment
                    .as_ref()
                    .filter(|it| !it.verdict.is_quiet())
                    .map(|it| (facet, it.clone()))
            })
            .collect();
        let Members::Named(members) = one.members else { continue };
        if findings.is_empty() {
            continue;
        }
        let answers = one.facets[FacetId::Reachable]
            .as_ref()
            .is_some_and(|assessment| assessment.verdict.is_healthy());
        let seen = seen(&one.facets);
        let (provider, profile) = (one.provider.clone(), one.profile.clone());
        let key = (provider, profile, one.port, one.way, one.snapshot, answers, findings.clone());
        let place = *places.entry(key).or_insert_with(|| {
            differences.push(Difference {
                provider: one.provider,
                profile: one.profile,
                port: one.port,
                way: one.way,
                snapshot: one.snapshot,
                answers,
                seen,
                findings,
                members: Vec::new(),
            });
            differences.len() - 1
        });
        // Where thousands differ, most have nobody beside them: their one place is taken over as it is.
        let known = &mut differences[place].members;
        if known.is_empty() {
            *known = members;
        } else {
            known.extend(members);
        }
    }
    // Large groups first, then by the first member's name: stable, and what matters most on top.
    for difference in &mut differences {
        difference.members.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    }
    differences.sort_by(|a, b| {
        b.members
            .len()
            .cmp(&a.members.len())
            .then_with(|| a.members[0].name.cmp(&b.members[0].name))
    });
    differences
}

/// Whether they answer from outside. What does not run does not, whoever looked.
fn seen(facets: &Assessments) -> Answers {
    let power = facets[FacetId::Power].as_ref();
    let is_off = |verdict: &Verdict| match verdict {
        Verdict::Drifted { .. } | Verdict::Blocked { .. } => true,
        Verdict::Healthy { .. } | Verdict::Unknown { .. } | Verdict::NotApplicable { .. } => false,
    };
    if power.is_some_and(|power| is_off(&power.verdict)) {
        return Answers::No;
    }
    facets[FacetId::Reachable].as_ref().map_or(Answers::NotSeen, |it| it.answers)
}

/// Makes the group and its steps, not yet connected.
pub(crate) fn build(difference: Difference, place: usize) -> (Group, Vec<PlannedStep>) {
    // Where thousands differ, nobody else has these conclusions any more, and nothing of them is copied.
    let mut concluded: Vec<(FacetId, Assessment)> = difference
        .findings
        .into_iter()
        .map(|(facet, assessment)| (facet, Arc::unwrap_or_clone(assessment)))
        .collect();
    let mut steps: Vec<Step> = concluded
        .iter_mut()
        .flat_map(|(_, assessment)| std::mem::take(&mut assessment.steps))
        .collect();
    steps = settle::last_word(steps);
    settle::keep_over_refresh(&mut steps);
    if difference.snapshot == SnapshotFirst::Yes && steps.iter().any(Step::asks_for_snapshot) {
        steps.insert(0, snapshot());
    }
    // Of a Windows that does nothing but say who it is nothing is known before it was started anew, the door included.
    let is_mute = concluded.iter().any(|(_, assessment)| is_mute(&assessment.verdict))
        && steps.iter().any(|step| step.action.traits().restarts == Restarts::Windows);
    let starts = is_mute || steps.iter().any(|step| step.action.traits().phase == Phase::Start);
    let waiting: Vec<FacetId> = concluded
        .iter()
        .filter(|(facet, assessment)| {
            facet.world() != World::Cloud && (is_mute || revealed_by_start(&assessment.verdict))
        })
        .map(|(facet, _)| *facet)
        .collect();
    // Where an observation decides whether the door answers, the proof is planned with what it reveals.
    let proof_waits = starts && waiting.contains(&FacetId::Reachable);
    if starts && !waiting.is_empty() {
        steps.push(observe(waiting, is_mute));
    }
    steps = settle::coalesce(steps);
    let findings: Vec<FacetFinding> = concluded
        .into_iter()
        .map(|(facet, assessment)| FacetFinding {
            facet,
            stage: assessment.stage(facet),
            verdict: assessment.verdict,
            blocked_by: assessment.blocked_by,
            accepted: assessment.accepted,
            last: assessment.last,
        })
        .collect();
    let changes = !steps.is_empty();
    let unproved = |finding: &FacetFinding| {
        finding.facet == FacetId::Reachable
            && (changes || finding.verdict == Verdict::Unknown { gap: Gap::NotAsked })
    };
    let disturbed =
        difference.answers && steps.iter().any(|step| step.disrupts() || may_close(step));
    if !proof_waits && (disturbed || findings.iter().any(unproved)) {
        steps.push(prove(difference.port));
    }
    let mut planned: Vec<PlannedStep> =
        steps.into_iter().map(|step| PlannedStep::new(step, place)).collect();
    lockout::guard(difference.way, place, &mut planned);
    let group = Group {
        answers: difference.seen,
        provider: difference.provider,
        profile: difference.profile,
        port: difference.port,
        way: difference.way,
        members: difference.members,
        facets: findings,
        steps: Vec::new(),
    };
    (group, planned)
}

/// Whether a Windows says who it is, and nothing else.
const fn is_mute(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Unknown { gap: Gap::Unresponsive { .. } })
}

/// Gaps that starting the instance may close.
const fn revealed_by_start(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Unknown { gap } => match gap {
            Gap::NotRunning
            | Gap::AgentUnavailable { .. }
            | Gap::NotSurveyed
            | Gap::Unresponsive { .. } => true,
            Gap::NotAsked
            | Gap::NotFound { .. }
            | Gap::NoChannel
            | Gap::NotGranted { .. }
            | Gap::Unreachable { .. }
            | Gap::Denied { .. }
            | Gap::TimedOut { .. }
            | Gap::Truncated { .. }
            | Gap::Garbled { .. }
            | Gap::ApiError { .. } => false,
        },
        Verdict::Healthy { .. }
        | Verdict::Drifted { .. }
        | Verdict::Blocked { .. }
        | Verdict::NotApplicable { .. } => false,
    }
}

fn snapshot() -> Step {
    Step {
        facet: FacetId::Recovery,
        action: Action::Cloud(CloudAction::SnapshotSystemDisk),
        before: say::no_snapshot(),
        after: say::snapshot(),
        why: say::way_back_first(),
        seed: "Azure 0".to_owned(),
        disruption: Disruption::None,
        guards: vec![Guarded::Spend],
        reversible: true,
        expects: Vec::new(),
    }
}

fn observe(facets: Vec<FacetId>, is_mute: bool) -> Step {
    let before = if is_mute { say::unseen_while_mute() } else { say::unseen_while_stopped() };
    let names: Vec<&str> = facets.iter().map(|facet| facet.name()).collect();
    Step {
        facet: FacetId::Power,
        action: Action::Observe { facets },
        before,
        after: say::decides(names),
        why: say::unknown_is_not_healthy(),
        seed: String::new(),
        disruption: Disruption::None,
        guards: Vec::new(),
        reversible: true,
        expects: Vec::new(),
    }
}

fn prove(port: u16) -> Step {
    Step {
        facet: FacetId::Reachable,
        action: Action::Prove { port },
        before: say::not_proved(),
        after: say::handshake_shows(port),
        why: say::api_is_no_desktop(),
        seed: String::new(),
        disruption: Disruption::None,
        guards: Vec::new(),
        reversible: true,
        expects: Vec::new(),
    }
}

rdpctl_model::says! { "plan":
    no_snapshot();
    snapshot();
    way_back_first();
    unseen_while_stopped();
    unseen_while_mute();
    decides(facets);
    unknown_is_not_healthy();
    not_proved();
    handshake_shows(port);
    api_is_no_desktop();
}
