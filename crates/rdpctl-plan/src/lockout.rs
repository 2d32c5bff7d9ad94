//! Never locked out: after every prefix of the plan a channel into the guest, and a door that was open, stays open.
//!
//! Steps that could close a way in are wrapped in a dead man's switch when the only channel is one that they could
//! close, and held when not even that is possible.

use rdpctl_model::action::traits::{Phase, Ways};
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::plan::{Held, PlannedStep};
use rdpctl_model::step::{Action, Disruption, GuestAction, StartType, Step};
use rdpctl_model::{FacetId, Said};

/// Whether a step may close the network's way in: RDP itself, and `WinRM` beside it.
pub(crate) fn may_close(step: &Step) -> bool {
    match step.action.traits().may_close {
        Ways::Network => true,
        // `WinRM` refuses by itself to cut its own connection.
        Ways::None | Ways::Winrm => false,
    }
}

const MINUTES: u32 = 15;

/// Wraps or holds what could lock us out of the members of one group, whose steps these are.
pub(crate) fn guard(way: Option<ChannelKind>, place: usize, steps: &mut Vec<PlannedStep>) {
    let closers: Vec<usize> = (0..steps.len()).filter(|at| may_close(&steps[*at].step)).collect();
    if closers.is_empty() || way.is_some_and(ChannelKind::is_independent) {
        return;
    }
    let restore: Option<Vec<GuestAction>> =
        closers.iter().map(|at| inverse(&steps[*at].step)).collect();
    let Some(mut restore) = restore else {
        for at in closers {
            steps[at].held = Some(Held::LockOut { why: say::last_way_in() });
        }
        return;
    };
    restore.reverse();
    // Values that took effect with a restart are put back by one, too.
    if closers.iter().any(|at| steps[*at].step.disruption == Disruption::RestartsRdp) {
        restore.push(GuestAction::RestartRdp { session_env: false });
    }
    if steps.iter().any(|planned| planned.step.action.traits().phase == Phase::Hold) {
        restore.push(GuestAction::SetServiceStart {
            service: "gpsvc".to_owned(),
            start: StartType::Auto,
        });
    }
    let facet = steps[closers[0]].step.facet;
    let arm = switch(
        facet,
        GuestAction::ArmDeadMansSwitch { minutes: MINUTES, restore },
        say::restores(MINUTES),
    );
    let disarm = switch(facet, GuestAction::DisarmDeadMansSwitch, say::switch_removed());
    // No sooner than needed: from now on time runs.
    steps.insert(closers[0], PlannedStep::new(arm, place));
    steps.push(PlannedStep::new(disarm, place));
}

fn switch(facet: FacetId, action: GuestAction, after: Said) -> Step {
    Step {
        facet,
        action: Action::Guest(action),
        before: say::no_switch(),
        after,
        why: say::could_close(),
        seed: String::new(),
        disruption: Disruption::None,
        guards: Vec::new(),
        reversible: true,
        expects: Vec::new(),
    }
}

/// The action that puts things back, from what the step expects to find.
fn inverse(step: &Step) -> Option<GuestAction> {
    step.action.inside()?.inverse(&step.expects)
}

rdpctl_model::says! { "plan":
    last_way_in();
    restores(minutes);
    switch_removed();
    no_switch();
    could_close();
}

#[cfg(test)]
mod tests {
    use rdpctl_model::step::{FirewallProfile, KeyHolder, OwnAction, Setting, Switch};

    use super::*;
    use crate::samples::{guest, own, set};

    fn guarded(way: ChannelKind, steps: Vec<Step>) -> Vec<PlannedStep> {
        let mut planned = steps.into_iter().map(|step| PlannedStep::new(step, 0)).collect();
        guard(Some(way), 0, &mut planned);
        planned
    }

    fn nla() -> Step {
        let step = set(FacetId::Nla, Setting::Authentication, "UserAuthentication");
        Step { disruption: Disruption::RestartsRdp, ..step }
    }

    fn wall(state: Switch) -> Step {
        let profile = FirewallProfile::Public;
        guest(FacetId::Firewall, GuestAction::SetFirewallProfile { profile, state })
    }

    fn restores(planned: &[PlannedStep]) -> Vec<GuestAction> {
        let restored = planned.iter().find_map(|planned| {
            let GuestAction::ArmDeadMansSwitch { restore, .. } = planned.step.action.inside()?
            else {
                return None;
            };
            Some(restore.clone())
        });
        restored.expect("a switch")
    }

    #[test]
    fn a_way_in_that_rests_on_the_guests_network_is_kept_by_a_switch() {
        let planned = guarded(ChannelKind::Winrm, vec![nla(), wall(Switch::On)]);
        let profile = FirewallProfile::Public;
        let former = nla();
        let Action::Guest(changed) = &former.action else { panic!("{former:?}") };
        // The last change is put back first, and what took effect with a restart is put back by one.
        assert_eq!(
            restores(&planned),
            [
                GuestAction::SetFirewallProfile { profile, state: Switch::Off },
                changed.inverse(&former.expects).unwrap(),
                GuestAction::RestartRdp { session_env: false },
            ]
        );
        let last = planned.last().map(|planned| planned.step.action.clone());
        assert_eq!(last, Some(Action::Guest(GuestAction::DisarmDeadMansSwitch)));
    }

    #[test]
    fn policy_that_is_held_is_let_back_by_the_switch() {
        let hold = guest(FacetId::Tls, GuestAction::HoldGroupPolicy);
        let tls = set(FacetId::Tls, Setting::Protocols, "Enabled");
        let planned = guarded(ChannelKind::Winrm, vec![hold, tls]);
        let (service, start) = ("gpsvc".to_owned(), StartType::Auto);
        assert_eq!(restores(&planned).pop(), Some(GuestAction::SetServiceStart { service, start }));
    }

    #[test]
    fn where_no_way_back_is_known_the_step_is_held() {
        let blind = Step { expects: Vec::new(), ..nla() };
        let planned = guarded(ChannelKind::Winrm, vec![blind, wall(Switch::On)]);
        assert_eq!(planned.len(), 2);
        for step in &planned {
            assert!(matches!(step.held, Some(Held::LockOut { .. })), "{step:?}");
        }
    }

    #[test]
    fn other_ways_in_and_harmless_steps_need_no_switch() {
        for way in [ChannelKind::RunCommand, ChannelKind::Serial, ChannelKind::Offline] {
            assert_eq!(guarded(way, vec![nla()]).len(), 1, "{way:?}");
        }
        let third = KeyHolder::SessionEnv;
        let repair = OwnAction::RepairKeyAcl { third, take_ownership: false, folder: false };
        let harmless = vec![
            wall(Switch::Off),
            own(FacetId::MachineKeys, repair),
            guest(FacetId::Firewall, GuestAction::EnableRemoteDesktopRules),
            set(FacetId::RemoteDesktop, Setting::RemoteConnections, "fDenyTSConnections"),
        ];
        assert_eq!(guarded(ChannelKind::Winrm, harmless).len(), 4);
    }
}
