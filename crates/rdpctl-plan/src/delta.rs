//! What a plan makes weaker or stronger.

use std::collections::BTreeMap;

use rdpctl_model::Said;
use rdpctl_model::action::traits::{Barrier, Security};
use rdpctl_model::plan::{Direction, Plan, PlannedStep, SecurityDelta};
use rdpctl_model::said::Arg;
use rdpctl_model::step::{Guarded, Step};

/// What some of a plan's steps make weaker or stronger, whether or not they are held; the weakening first.
#[must_use]
pub fn security_of<'p>(
    plan: &Plan,
    steps: impl IntoIterator<Item = &'p PlannedStep>,
) -> Vec<SecurityDelta> {
    let mut deltas: BTreeMap<(Direction, Said), Vec<usize>> = BTreeMap::new();
    for planned in steps {
        if let Some(delta) = of(&planned.step) {
            deltas.entry(delta).or_default().push(planned.group);
        }
    }
    let members = |group: &usize| plan.groups.get(*group).map_or(0, |group| group.members.len());
    deltas
        .into_iter()
        .map(|((direction, what), mut groups)| {
            // Two steps to the same end are one difference to each instance.
            groups.sort_unstable();
            groups.dedup();
            SecurityDelta { direction, what, instances: groups.iter().map(members).sum() }
        })
        .collect()
}

fn of(step: &Step) -> Option<(Direction, Said)> {
    match step.action.traits().security {
        Security::Neutral => None,
        Security::Opens(barrier) => Some((Direction::Weaker, opened(barrier))),
        Security::Closes(barrier) => Some((Direction::Stronger, closed(barrier))),
        Security::AsDeclared => {
            let weakens = step.guards.contains(&Guarded::Weaken);
            let direction = if weakens { Direction::Weaker } else { Direction::Stronger };
            Some((direction, step.after.clone()))
        }
    }
}

fn opened(barrier: Barrier<'_>) -> Said {
    match barrier {
        Barrier::CloudPort { port, sources } => say::port_opened(port, list(sources)),
        Barrier::PublicAddress => say::address_bound(),
        Barrier::RemoteConnections => say::connections_allowed(),
        Barrier::Firewall => say::firewall_off(),
        Barrier::FirewallRdp => say::firewall_lets_rdp(),
        Barrier::FirewallPort { port } => say::firewall_lets_port(port),
        Barrier::Winrm { sources } => say::winrm_opened(list(sources)),
        Barrier::RdpKey => say::key_readable(),
    }
}

fn closed(barrier: Barrier<'_>) -> Said {
    match barrier {
        Barrier::CloudPort { port, .. } => say::port_closed(port),
        Barrier::PublicAddress => say::address_given_back(),
        Barrier::RemoteConnections => say::connections_refused(),
        Barrier::Firewall => say::firewall_on(),
        Barrier::FirewallRdp => say::firewall_keeps_rdp(),
        Barrier::FirewallPort { port } => say::firewall_keeps_port(port),
        Barrier::Winrm { .. } => say::winrm_closed(),
        Barrier::RdpKey => say::key_locked(),
    }
}

fn list(sources: &[impl ToString]) -> Arg {
    match sources {
        [] => say::anybody().into(),
        some => some.iter().map(ToString::to_string).collect::<Vec<_>>().into(),
    }
}

rdpctl_model::says! { "plan":
    port_opened(port, networks);
    port_closed(port);
    address_bound();
    address_given_back();
    connections_allowed();
    connections_refused();
    firewall_off();
    firewall_on();
    firewall_lets_rdp();
    firewall_keeps_rdp();
    firewall_lets_port(port);
    firewall_keeps_port(port);
    winrm_opened(networks);
    winrm_closed();
    key_readable();
    key_locked();
    anybody();
}
