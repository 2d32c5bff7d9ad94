//! Facets speak for themselves; where they speak of the same thing, one word stands.

use rdpctl_model::FacetId;
use rdpctl_model::step::{Action, Check, Disruption, Guarded, GuestAction, Step};

/// Two steps that set the same thing become one: the later facet knows more (a service's own facet more than
/// the startup mode's record of it).
pub(crate) fn last_word(steps: Vec<Step>) -> Vec<Step> {
    let mut settled: Vec<Step> = Vec::with_capacity(steps.len());
    for step in steps {
        match settled.iter_mut().find(|other| same_thing(&other.action, &step.action)) {
            Some(other) => {
                let (guards, disruption) = (std::mem::take(&mut other.guards), other.disruption);
                *other = step;
                for guard in guards {
                    if !other.guards.contains(&guard) {
                        other.guards.push(guard);
                    }
                }
                other.disruption = other.disruption.max(disruption);
            }
            None => settled.push(step),
        }
    }
    settled
}

fn same_thing(one: &Action, other: &Action) -> bool {
    match (one, other) {
        (
            Action::Guest(GuestAction::SetServiceStart { service: a, .. }),
            Action::Guest(GuestAction::SetServiceStart { service: b, .. }),
        ) => a.eq_ignore_ascii_case(b),
        (
            Action::Guest(GuestAction::SetRegistry { key: a, name: m, .. }),
            Action::Guest(GuestAction::SetRegistry { key: b, name: n, .. }),
        ) => a.eq_ignore_ascii_case(b) && m.eq_ignore_ascii_case(n),
        (a, b) => a == b,
    }
}

/// A refresh of group policy shows whether a policy puts back what was set before it: all of it, whichever facet
/// asked for the refresh.
pub(crate) fn keep_over_refresh(steps: &mut [Step]) {
    let set: Vec<Check> = steps
        .iter()
        .filter_map(|step| match &step.action {
            Action::Guest(action @ GuestAction::SetRegistry { .. }) => Some(action.proves()),
            Action::Guest(_) | Action::Cloud(_) | Action::Observe { .. } | Action::Prove { .. } => {
                None
            }
        })
        .flatten()
        .collect();
    for step in steps {
        if let Action::Guest(GuestAction::RefreshPolicy { keeps }) = &mut step.action {
            keeps.clone_from(&set);
        }
    }
}

/// However many facets ask, an instance gets one restart of RDP or one reboot, and a reboot stands in for the restart.
pub(crate) fn coalesce(steps: Vec<Step>) -> Vec<Step> {
    let mut session_env = false;
    let mut restart = false;
    let mut reboot = false;
    let mut kept: Vec<Step> = Vec::with_capacity(steps.len() + 1);
    for step in steps {
        match step.disruption {
            Disruption::None => {}
            Disruption::RestartsRdp => restart = true,
            Disruption::Reboots => reboot = true,
        }
        if let Action::Guest(GuestAction::RestartRdp { session_env: with }) = &step.action {
            session_env |= with;
            restart = true;
        } else if step.action == Action::Guest(GuestAction::Reboot) {
            reboot = true;
        } else {
            kept.push(step);
        }
    }
    if reboot {
        kept.push(ending(
            GuestAction::Reboot,
            "one reboot",
            Disruption::Reboots,
            vec![Guarded::Reboot],
        ));
    } else if restart {
        kept.push(ending(
            GuestAction::RestartRdp { session_env },
            "one restart of TermService",
            Disruption::RestartsRdp,
            Vec::new(),
        ));
    }
    kept
}

fn ending(action: GuestAction, after: &str, disruption: Disruption, guards: Vec<Guarded>) -> Step {
    Step {
        facet: FacetId::Service,
        action: Action::Guest(action),
        before: "changes not yet in force".to_owned(),
        after: after.to_owned(),
        why: "the changes before it take effect with it; once for all of them".to_owned(),
        seed: "Azure 2.4".to_owned(),
        disruption,
        guards,
        reversible: false,
        expects: Vec::new(),
    }
}
