//! Never locked out: after every prefix of the plan a channel into the guest, and a door that was open, stays open.
//!
//! Steps that could close a way in are wrapped in a dead man's switch when the only channel is one that they could
//! close, and held when not even that is possible.

use rdpctl_model::FacetId;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::plan::{Held, Plan, PlannedStep, Subject};
use rdpctl_model::step::{Action, Check, Disruption, GuestAction, StartType, Step, Switch};

/// What a guest action may do to the ways in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing.
    Neutral,
    /// May close the network's way in: RDP itself, and `WinRM` beside it.
    MayClose,
}

/// The effect of an action on the ways in.
pub(crate) fn effect(step: &Step) -> Effect {
    match &step.action {
        Action::Guest(
            // A former door is closed only after the proof of the new one.
            GuestAction::SetFirewallProfile { state: Switch::On, .. },
        ) => Effect::MayClose,
        Action::Guest(GuestAction::SetRegistry { name, .. }) => {
            let moves = step.facet == FacetId::Port && name.eq_ignore_ascii_case("PortNumber");
            if moves || matches!(step.facet, FacetId::Tls | FacetId::Nla) {
                Effect::MayClose
            } else {
                Effect::Neutral
            }
        }
        Action::Guest(_) | Action::Cloud(_) | Action::Observe { .. } | Action::Prove { .. } => {
            Effect::Neutral
        }
    }
}

/// Whether a channel survives whatever the guest's network does.
pub(crate) const fn is_independent(channel: ChannelKind) -> bool {
    match channel {
        ChannelKind::RunCommand | ChannelKind::Serial | ChannelKind::Offline => true,
        ChannelKind::Winrm => false,
    }
}

const MINUTES: u32 = 15;

/// Wraps or holds what could lock us out.
pub(crate) fn guard(plan: &mut Plan) {
    for place in 0..plan.groups.len() {
        let risky: Vec<usize> = plan.groups[place]
            .steps
            .iter()
            .map(|id| id.0 as usize)
            .filter(|index| effect(&plan.steps[*index].step) == Effect::MayClose)
            .collect();
        if risky.is_empty() || plan.groups[place].via.iter().copied().any(is_independent) {
            continue;
        }
        let restore: Option<Vec<GuestAction>> =
            risky.iter().map(|index| inverse(&plan.steps[*index].step)).collect();
        let Some(mut restore) = restore else {
            for index in risky {
                plan.steps[index].held = Some(Held::LockOut {
                    why: "it could close the only channel into the guest, and there is no way to put it back from inside"
                        .to_owned(),
                });
            }
            continue;
        };
        restore.reverse();
        // Values that took effect with a restart are put back by one, too.
        if risky.iter().any(|index| plan.steps[*index].step.disruption == Disruption::RestartsRdp) {
            restore.push(GuestAction::RestartRdp { session_env: false });
        }
        let holds = |index: &usize| {
            plan.steps[*index].step.action == Action::Guest(GuestAction::HoldGroupPolicy)
        };
        if plan.groups[place].steps.iter().map(|id| id.0 as usize).any(|index| holds(&index)) {
            restore.push(GuestAction::SetServiceStart {
                service: "gpsvc".to_owned(),
                start: StartType::Auto,
            });
        }
        let facet = plan.steps[risky[0]].step.facet;
        let arm = crate::id_of(plan.steps.len());
        let disarm = crate::id_of(plan.steps.len() + 1);
        plan.steps.push(switch(
            facet,
            GuestAction::ArmDeadMansSwitch { minutes: MINUTES, restore },
            place,
            format!("restores the former values after {MINUTES} minutes unless the proof arrives"),
        ));
        plan.steps.push(switch(
            facet,
            GuestAction::DisarmDeadMansSwitch,
            place,
            "removed, since the proof arrived".to_owned(),
        ));
        plan.groups[place].steps.insert(0, arm);
        plan.groups[place].steps.push(disarm);
        // One task serves every switch: what an earlier run left is removed before this one is armed.
        let clear = Action::Guest(GuestAction::ClearDeadMansSwitch);
        plan.steps[arm.0 as usize].needs = plan.groups[place]
            .steps
            .iter()
            .copied()
            .filter(|id| plan.steps[id.0 as usize].step.action == clear)
            .collect();
        // The proof must not wait for the switch that waits for the proof.
        let ids = plan.groups[place].steps.clone();
        for id in &ids {
            let index = id.0 as usize;
            if *id == disarm {
                let needs = ids.iter().copied().filter(|other| *other != disarm).collect();
                plan.steps[index].needs = needs;
            } else if risky.contains(&index) {
                plan.steps[index].needs.push(arm);
            }
        }
    }
}

fn switch(facet: FacetId, action: GuestAction, place: usize, after: String) -> PlannedStep {
    let step = Step {
        facet,
        action: Action::Guest(action),
        before: "no dead man's switch".to_owned(),
        after,
        why: "the steps between could close the only channel into the guest".to_owned(),
        seed: String::new(),
        disruption: Disruption::None,
        guards: Vec::new(),
        reversible: true,
        expects: Vec::new(),
    };
    PlannedStep::new(step, Subject::Each(place))
}

/// The action that puts things back, from what the step expects to find.
fn inverse(step: &Step) -> Option<GuestAction> {
    if let Action::Guest(GuestAction::SetFirewallProfile { profile, state: Switch::On }) =
        &step.action
    {
        return Some(GuestAction::SetFirewallProfile { profile: *profile, state: Switch::Off });
    }
    let Action::Guest(GuestAction::SetRegistry { key, name, .. }) = &step.action else {
        return None;
    };
    step.expects.iter().find_map(|check| {
        let Check::Registry { key: k, name: n, data } = check else { return None };
        if k != key || n != name {
            return None;
        }
        Some(match data {
            Some(data) => GuestAction::SetRegistry {
                key: key.clone(),
                name: name.clone(),
                data: data.clone(),
            },
            None => GuestAction::DeleteRegistryValue { key: key.clone(), name: name.clone() },
        })
    })
}
