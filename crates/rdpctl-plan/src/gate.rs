//! Guards and maintenance windows: what may not be done yet, and why.

use std::collections::BTreeSet;

use jiff::{Timestamp, Zoned};
use rdpctl_model::action::traits::Phase;
use rdpctl_model::declaration::{GuardAnswer, Guards};
use rdpctl_model::plan::{Held, Plan, PlannedStep, StepId};
use rdpctl_model::step::{Action, CloudAction, Guarded};

use crate::lockout::may_close;
use crate::window::next_opening;

/// Marks the steps that may not be done, and all that need them.
pub(crate) fn hold(plan: &mut Plan, guards: &Guards, allowed: &BTreeSet<Guarded>, now: Timestamp) {
    let window = next_opening(&guards.windows, now);
    for step in &mut plan.steps {
        if step.held.is_none() {
            step.held =
                by_guard(step, guards, allowed).or_else(|| by_window(step, window.as_ref()));
        }
    }
    hold_behind(plan, StepId(0), 0);
}

/// Marks what needs something held among the steps and groups from these on.
pub(crate) fn hold_behind(plan: &mut Plan, from: StepId, groups: usize) {
    spread(plan, from);
    settle_switches(plan, groups);
    settle_copies(plan, groups);
    spread(plan, from);
}

/// Marks what needs something held. Needs point backwards, so one pass meets them all.
fn spread(plan: &mut Plan, from: StepId) {
    for at in from.0 as usize..plan.steps.len() {
        let_go(plan, at);
        let held = |need: &&StepId| plan.step(**need).is_some_and(|step| step.held.is_some());
        if plan.steps[at].held.is_none()
            && let Some(first) = plan.steps[at].needs.iter().find(held).copied()
        {
            plan.steps[at].held = Some(Held::Behind { step: first });
        }
    }
}

/// What closes a chapter (a restart, the proof) does not wait for a weakening that nobody allowed, as long as there is
/// something else that it is for: the safe part goes first, by itself.
fn let_go(plan: &mut Plan, at: usize) {
    let step = &plan.steps[at];
    let closes = match step.step.action.traits().phase {
        Phase::Restart | Phase::Resume | Phase::Refresh | Phase::Prove => true,
        Phase::Start
        | Phase::Look
        | Phase::Save
        | Phase::Clear
        | Phase::Arm
        | Phase::Hold
        | Phase::Open
        | Phase::Change
        | Phase::Wall
        | Phase::CloseFormer
        | Phase::Disarm => false,
    };
    let weakens = |need: &StepId| plan.step(*need).is_some_and(waits_to_weaken);
    let is_for = |need: &StepId| {
        plan.step(*need).is_some_and(|it| {
            let phase = it.step.action.traits().phase;
            !waits_to_weaken(it) && matches!(phase, Phase::Open | Phase::Change | Phase::Wall)
        })
    };
    if closes && step.needs.iter().any(weakens) && step.needs.iter().any(is_for) {
        let kept = step.needs.iter().copied().filter(|need| !weakens(need)).collect();
        plan.steps[at].needs = kept;
    }
}

/// Whether a step is held because it would make something weaker.
fn waits_to_weaken(step: &PlannedStep) -> bool {
    match &step.held {
        Some(Held::Asks { guards }) => guards.contains(&Guarded::Weaken),
        Some(Held::Denied { guard }) => *guard == Guarded::Weaken,
        Some(Held::Behind { .. } | Held::Window { .. } | Held::LockOut { .. }) | None => false,
    }
}

/// A dead man's switch is armed only for steps that are done, waits only for those, and protects none whose proof
/// cannot be had in this run.
fn settle_switches(plan: &mut Plan, from: usize) {
    for group in from..plan.groups.len() {
        let ids = plan.groups[group].steps.clone();
        let find = |plan: &Plan, phase: Phase| {
            ids.iter().copied().find(|id| plan.step(*id).is_some_and(|it| is(it, phase)))
        };
        let (arm, disarm) = (find(plan, Phase::Arm), find(plan, Phase::Disarm));
        let (Some(arm), Some(disarm)) = (arm, disarm) else { continue };
        let proof = find(plan, Phase::Prove);
        if let Some(reason) = proof.and_then(|proof| reason(plan, proof)) {
            for id in &ids {
                let step = &mut plan.steps[id.0 as usize];
                if step.held.is_none() && step.needs.contains(&arm) && may_close(&step.step) {
                    step.held = Some(reason.clone());
                }
            }
        }
        let is_guarded = |id: &&StepId| {
            plan.step(**id).is_some_and(|it| it.needs.contains(&arm) && may_close(&it.step))
        };
        let is_held = |id: &StepId| plan.step(*id).is_some_and(|step| step.held.is_some());
        let guarded: Vec<StepId> = ids.iter().filter(is_guarded).copied().collect();
        if guarded.iter().all(is_held) {
            let why = guarded.first().and_then(|first| reason(plan, *first));
            plan.steps[arm.0 as usize].held = why;
        }
        let needs = ids
            .iter()
            .copied()
            .filter(|id| *id != disarm)
            .filter(|id| *id == arm || plan.step(*id).is_some_and(|step| step.held.is_none()))
            .collect();
        let last = &mut plan.steps[disarm.0 as usize];
        last.needs = needs;
        last.held = None;
    }
}

/// A copy of the disk is made for what it is a way back from: while all of that is held, it would be made for nothing, and
/// again whenever somebody asks anew.
fn settle_copies(plan: &mut Plan, from: usize) {
    for group in from..plan.groups.len() {
        let ids = plan.groups[group].steps.clone();
        let copies = |id: &&StepId| {
            let copy = Action::Cloud(CloudAction::SnapshotSystemDisk);
            plan.step(**id).is_some_and(|it| it.held.is_none() && it.step.action == copy)
        };
        let Some(copy) = ids.iter().find(copies).copied() else { continue };
        let needs_it =
            |id: &&StepId| plan.step(**id).is_some_and(|step| step.needs.contains(&copy));
        let is_held = |id: &StepId| plan.step(*id).is_some_and(|step| step.held.is_some());
        let behind: Vec<StepId> = ids.iter().filter(needs_it).copied().collect();
        if behind.iter().all(is_held)
            && let Some(first) = behind.first()
        {
            plan.steps[copy.0 as usize].held = reason(plan, *first);
        }
    }
}

fn is(step: &PlannedStep, phase: Phase) -> bool {
    step.step.action.traits().phase == phase
}

/// Why a step is held in the end: what stands at the beginning of the chain of those held behind others.
fn reason(plan: &Plan, step: StepId) -> Option<Held> {
    let mut id = step;
    // A chain is no longer than the plan.
    for _ in 0..=plan.steps.len() {
        match plan.step(id)?.held.as_ref()? {
            Held::Behind { step } => id = *step,
            held @ (Held::Asks { .. }
            | Held::Denied { .. }
            | Held::Window { .. }
            | Held::LockOut { .. }) => return Some(held.clone()),
        }
    }
    None
}

fn by_guard(step: &PlannedStep, guards: &Guards, allowed: &BTreeSet<Guarded>) -> Option<Held> {
    let mut asks = Vec::new();
    for guard in &step.step.guards {
        match guards.answer(*guard) {
            GuardAnswer::Allow => {}
            GuardAnswer::Deny => return Some(Held::Denied { guard: *guard }),
            GuardAnswer::Ask if allowed.contains(guard) => {}
            GuardAnswer::Ask => asks.push(*guard),
        }
    }
    (!asks.is_empty()).then_some(Held::Asks { guards: asks })
}

fn by_window(step: &PlannedStep, opens: Option<&Zoned>) -> Option<Held> {
    opens.filter(|_| step.step.disrupts()).map(|opens| Held::Window { opens: opens.to_string() })
}

#[cfg(test)]
mod tests {
    use rdpctl_model::FacetId;
    use rdpctl_model::action::Setting;
    use rdpctl_model::declaration::MaintenanceWindow;
    use rdpctl_model::guest::ChannelKind;
    use rdpctl_model::step::{Disruption, GuestAction, Step};

    use super::*;
    use crate::samples::{cloud, guest, plan, prove, set};

    const NOON: &str = "2026-11-22T12:00:00Z";

    fn held(plan: &mut Plan, guards: &Guards, allowed: &[Guarded]) -> Vec<Option<Held>> {
        let allowed = allowed.iter().copied().collect();
        hold(plan, guards, &allowed, NOON.parse().unwrap());
        plan.steps.iter().map(|step| step.held.clone()).collect()
    }

    fn asking(guards: Vec<Guarded>) -> Step {
        Step { guards, ..set(FacetId::Nla, Setting::Authentication, "N") }
    }

    #[test]
    fn a_guard_holds_its_step_and_all_that_needs_it_until_it_is_answered() {
        let steps = || plan(vec![asking(vec![Guarded::Weaken, Guarded::Spend]), prove()]);
        let guards = Guards::default();
        let weaken_and_spend = vec![Guarded::Weaken, Guarded::Spend];
        let behind = Some(Held::Behind { step: StepId(0) });
        assert_eq!(
            held(&mut steps(), &guards, &[]),
            [Some(Held::Asks { guards: weaken_and_spend }), behind.clone()]
        );
        assert_eq!(
            held(&mut steps(), &guards, &[Guarded::Weaken]),
            [Some(Held::Asks { guards: vec![Guarded::Spend] }), behind]
        );
        assert_eq!(held(&mut steps(), &guards, &[Guarded::Weaken, Guarded::Spend]), [None, None]);
        let mut denied = plan(vec![asking(vec![Guarded::FirewallOff])]);
        assert_eq!(
            held(&mut denied, &guards, &[Guarded::FirewallOff]),
            [Some(Held::Denied { guard: Guarded::FirewallOff })],
            "no is no, whoever allows it"
        );
    }

    #[test]
    fn a_weakening_that_nobody_allowed_holds_nothing_that_is_free() {
        let free = Step {
            disruption: Disruption::Reboots,
            ..set(FacetId::Tls, Setting::Protocols, "1.2")
        };
        let weak = Step {
            guards: vec![Guarded::Weaken],
            disruption: Disruption::Reboots,
            ..set(FacetId::Tls, Setting::Protocols, "1.0")
        };
        let reboot = guest(FacetId::Tls, GuestAction::Reboot);
        let asks = Some(Held::Asks { guards: vec![Guarded::Weaken] });
        let mut split = plan(vec![free, weak.clone(), reboot.clone(), prove()]);
        assert_eq!(held(&mut split, &Guards::default(), &[]), [None, asks.clone(), None, None]);
        // Alone, it takes its restart and its proof along.
        let mut alone = plan(vec![weak, reboot, prove()]);
        let waits = held(&mut alone, &Guards::default(), &[]);
        assert_eq!(waits[0], asks);
        assert!(waits[1..].iter().all(Option::is_some), "{waits:?}");
    }

    #[test]
    fn a_copy_is_not_made_while_all_that_it_is_for_is_held() {
        let copy = cloud(FacetId::Recovery, CloudAction::SnapshotSystemDisk);
        let reboot = Step {
            guards: vec![Guarded::Reboot],
            disruption: Disruption::Reboots,
            ..guest(FacetId::Tls, GuestAction::Reboot)
        };
        let steps = || plan(vec![copy.clone(), reboot.clone()]);
        let guards = Guards::default();
        let asks = Some(Held::Asks { guards: vec![Guarded::Reboot] });
        assert_eq!(held(&mut steps(), &guards, &[]), [asks.clone(), asks]);
        assert_eq!(held(&mut steps(), &guards, &[Guarded::Reboot]), [None, None]);
    }

    #[test]
    fn outside_of_a_window_only_what_disturbs_somebody_waits() {
        let night = MaintenanceWindow { days: vec![], start: 60, end: 120, zone: "UTC".to_owned() };
        let guards = Guards { windows: vec![night], ..Guards::default() };
        let quiet = set(FacetId::RemoteDesktop, Setting::RemoteConnections, "N");
        let loud = Step { disruption: Disruption::RestartsRdp, ..quiet.clone() };
        let restart = guest(FacetId::Service, GuestAction::RestartRdp { session_env: false });
        let waits = |step: Step| held(&mut plan(vec![step]), &guards, &[]).remove(0);
        let opens = Held::Window { opens: "2026-11-23T01:00:00+00:00[UTC]".to_owned() };
        assert_eq!(waits(quiet), None);
        assert_eq!(waits(loud), Some(opens.clone()));
        assert_eq!(waits(restart), Some(opens));
    }

    fn switched(steps: Vec<Step>) -> Plan {
        let mut planned = steps.into_iter().map(|step| PlannedStep::new(step, 0)).collect();
        crate::lockout::guard(Some(ChannelKind::Winrm), 0, &mut planned);
        plan(planned.into_iter().map(|planned| planned.step).collect())
    }

    #[test]
    fn a_switch_is_not_armed_for_steps_that_are_held() {
        let mut plan = switched(vec![asking(vec![Guarded::Weaken]), prove()]);
        let asks = Some(Held::Asks { guards: vec![Guarded::Weaken] });
        let held = held(&mut plan, &Guards::default(), &[]);
        assert_eq!(held[..2], [asks.clone(), asks], "armed for nothing");
        assert_eq!(held[3], Some(Held::Behind { step: StepId(0) }), "disarmed for nothing");
    }

    #[test]
    fn what_could_lock_us_out_is_not_done_where_its_proof_cannot_be_had() {
        let spends =
            Step { guards: vec![Guarded::Spend], ..guest(FacetId::Tls, GuestAction::Reboot) };
        let mut plan = switched(vec![asking(Vec::new()), spends, prove()]);
        let held = held(&mut plan, &Guards::default(), &[]);
        let closers = plan.steps.iter().zip(&held).filter(|(step, _)| may_close(&step.step));
        for (_, held) in closers {
            assert_eq!(*held, Some(Held::Asks { guards: vec![Guarded::Spend] }));
        }
    }

    #[test]
    fn a_switch_waits_only_for_what_is_done() {
        let quiet = Step {
            guards: vec![Guarded::Spend],
            ..set(FacetId::RemoteDesktop, Setting::RemoteConnections, "N")
        };
        // Nobody proves it, so the held step beside it keeps nothing back.
        let mut plan = switched(vec![asking(Vec::new()), quiet]);
        let held = held(&mut plan, &Guards::default(), &[]);
        assert_eq!(held.iter().filter(|held| held.is_some()).count(), 1, "{held:?}");
        let disarm = plan.steps.iter().find(|step| is(step, Phase::Disarm)).unwrap();
        for need in &disarm.needs {
            assert_eq!(plan.steps[need.0 as usize].held, None);
        }
    }
}
