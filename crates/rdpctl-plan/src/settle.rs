//! Facets speak for themselves; where they speak of the same thing, one word stands.

use rdpctl_model::action::traits::{Policy, Restarts, Sets};
use rdpctl_model::step::{Action, Check, Disruption, Guarded, GuestAction, Step};
use rdpctl_model::{FacetId, Said};

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
    match (one.traits().sets, other.traits().sets) {
        (Sets::ServiceStart { service: a }, Sets::ServiceStart { service: b }) => {
            a.eq_ignore_ascii_case(b)
        }
        (Sets::Value { key: a, name: m, .. }, Sets::Value { key: b, name: n, .. }) => {
            a.eq_ignore_ascii_case(b) && m.eq_ignore_ascii_case(n)
        }
        (
            Sets::Value { .. }
            | Sets::Key { .. }
            | Sets::ServiceStart { .. }
            | Sets::ServiceRun { .. }
            | Sets::FirewallProfile { .. }
            | Sets::Other,
            Sets::Value { .. }
            | Sets::Key { .. }
            | Sets::ServiceStart { .. }
            | Sets::ServiceRun { .. }
            | Sets::FirewallProfile { .. }
            | Sets::Other,
        ) => one == other,
    }
}

/// A refresh of group policy shows whether a policy puts back what was set before it: all of it, whichever facet
/// asked for the refresh.
pub(crate) fn keep_over_refresh(steps: &mut [Step]) {
    let mut set: Vec<Check> = Vec::new();
    for action in steps.iter().filter_map(|step| step.action.inside()) {
        if action.traits().policy == Policy::MayRevert {
            set.extend(action.proves());
        }
    }
    for keeps in steps.iter_mut().filter_map(|step| step.action.keeps_mut()) {
        keeps.clone_from(&set);
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
        match step.action.traits().restarts {
            Restarts::Nothing => kept.push(step),
            Restarts::Rdp { session_env: with } => {
                session_env |= with;
                restart = true;
            }
            Restarts::Windows => reboot = true,
        }
    }
    if reboot {
        kept.push(ending(
            GuestAction::Reboot,
            say::one_reboot(),
            Disruption::Reboots,
            vec![Guarded::Reboot],
        ));
    } else if restart {
        kept.push(ending(
            GuestAction::RestartRdp { session_env },
            say::one_restart(),
            Disruption::RestartsRdp,
            Vec::new(),
        ));
    }
    kept
}

fn ending(action: GuestAction, after: Said, disruption: Disruption, guards: Vec<Guarded>) -> Step {
    Step {
        facet: FacetId::Service,
        action: Action::Guest(action),
        before: say::not_in_force(),
        after,
        why: say::once_for_all(),
        seed: "Azure 2.4".to_owned(),
        disruption,
        guards,
        reversible: false,
        expects: Vec::new(),
    }
}

rdpctl_model::says! { "plan":
    not_in_force();
    one_restart();
    one_reboot();
    once_for_all();
}

#[cfg(test)]
mod tests {
    use rdpctl_model::action::Setting;
    use rdpctl_model::guest::RegData;
    use rdpctl_model::step::StartType;

    use super::*;
    use crate::samples::{guest, set};

    fn start_type(facet: FacetId, service: &str, start: StartType) -> Step {
        guest(facet, GuestAction::SetServiceStart { service: service.to_owned(), start })
    }

    #[test]
    fn the_later_facet_has_the_last_word_and_keeps_the_earlier_ones_guards() {
        let mut first = start_type(FacetId::Boot, "TermService", StartType::Manual);
        first.guards.push(Guarded::Reboot);
        first.disruption = Disruption::Reboots;
        let second = start_type(FacetId::Service, "termservice", StartType::Auto);
        let other = start_type(FacetId::Service, "MpsSvc", StartType::Auto);
        let settled = last_word(vec![first, second.clone(), other.clone()]);
        let Step { facet, ref action, ref guards, disruption, .. } = settled[0];
        assert_eq!((facet, action), (FacetId::Service, &second.action));
        assert_eq!((guards.as_slice(), disruption), (&[Guarded::Reboot][..], Disruption::Reboots));
        assert_eq!(settled[1..], [other]);
    }

    #[test]
    fn two_values_are_the_same_thing_when_windows_says_so() {
        let one = set(FacetId::Nla, Setting::Authentication, "UserAuthentication");
        let mut same = set(FacetId::Port, Setting::Listener, "USERAUTHENTICATION");
        if let Action::Guest(GuestAction::SetRegistry { key, data, .. }) = &mut same.action {
            (*key, *data) = (key.to_lowercase(), RegData::Dword(7));
        }
        let other = set(FacetId::Nla, Setting::Authentication, "SecurityLayer");
        assert_eq!(last_word(vec![one, same.clone(), other.clone()]), [same, other]);
    }

    #[test]
    fn a_refresh_looks_after_every_value_that_was_set_and_nothing_else() {
        let value = set(FacetId::Tls, Setting::Protocols, "Enabled");
        let service = start_type(FacetId::Service, "TermService", StartType::Auto);
        let refresh = guest(FacetId::Tls, GuestAction::RefreshPolicy { keeps: Vec::new() });
        let mut steps = vec![refresh, value.clone(), service];
        keep_over_refresh(&mut steps);
        let Action::Guest(set) = &value.action else { panic!("{value:?}") };
        assert_eq!(
            steps[0].action,
            Action::Guest(GuestAction::RefreshPolicy { keeps: set.proves() })
        );
    }

    #[test]
    fn one_restart_serves_all_and_a_reboot_stands_in_for_it() {
        let restart = |session_env| guest(FacetId::Nla, GuestAction::RestartRdp { session_env });
        let quiet = set(FacetId::RemoteDesktop, Setting::RemoteConnections, "N");
        let loud = Step { disruption: Disruption::RestartsRdp, ..quiet.clone() };
        let ends = |steps| coalesce(steps).pop().map(|step: Step| (step.action, step.guards));
        let rdp = |session_env| Action::Guest(GuestAction::RestartRdp { session_env });
        assert_eq!(ends(vec![quiet.clone()]), Some((quiet.action.clone(), Vec::new())));
        assert_eq!(ends(vec![loud.clone()]), Some((rdp(false), Vec::new())));
        let both = coalesce(vec![restart(true), loud.clone(), restart(false)]);
        assert_eq!(
            both.iter().map(|step| &step.action).collect::<Vec<_>>(),
            [&loud.action, &rdp(true)]
        );
        let reboots = Step { disruption: Disruption::Reboots, ..quiet };
        let reboot = Action::Guest(GuestAction::Reboot);
        assert_eq!(
            ends(vec![restart(true), reboots]),
            Some((reboot.clone(), vec![Guarded::Reboot]))
        );
        let asked = guest(FacetId::Tls, GuestAction::Reboot);
        assert_eq!(ends(vec![asked, loud]), Some((reboot, vec![Guarded::Reboot])));
    }
}
