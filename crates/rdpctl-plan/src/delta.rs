//! What a plan makes weaker or stronger.

use std::collections::{BTreeMap, BTreeSet};

use rdpctl_model::Said;
use rdpctl_model::action::traits::{Barrier, Security};
use rdpctl_model::plan::{Direction, Plan, PlannedStep, SecurityDelta};
use rdpctl_model::step::{Guarded, Step};

/// What some of a plan's steps make weaker or stronger, whether or not they are held; the weakening first.
#[must_use]
pub fn security_of<'p>(
    plan: &Plan,
    steps: impl IntoIterator<Item = &'p PlannedStep>,
) -> Vec<SecurityDelta> {
    let mut deltas: BTreeMap<(Direction, Said), BTreeSet<usize>> = BTreeMap::new();
    for planned in steps {
        if let Some(delta) = of(&planned.step) {
            // Two steps to the same end are one difference to each instance.
            deltas.entry(delta).or_default().insert(planned.group);
        }
    }
    let members = |group: &usize| plan.groups.get(*group).map_or(0, |group| group.members.len());
    deltas
        .into_iter()
        .map(|((direction, what), groups)| SecurityDelta {
            direction,
            what,
            instances: groups.iter().map(members).sum(),
        })
        .collect()
}

fn of(step: &Step) -> Option<(Direction, Said)> {
    match step.action.traits().security {
        Security::Neutral => None,
        Security::Opens(barrier) => Some((Direction::Weaker, opened(barrier).into())),
        Security::Closes(barrier) => Some((Direction::Stronger, closed(barrier).into())),
        Security::AsDeclared => {
            let weakens = step.guards.contains(&Guarded::Weaken);
            let direction = if weakens { Direction::Weaker } else { Direction::Stronger };
            Some((direction, step.after.clone()))
        }
    }
}

fn opened(barrier: Barrier<'_>) -> String {
    match barrier {
        Barrier::CloudPort { port, sources } => format!("port {port} opened to {}", list(sources)),
        Barrier::PublicAddress => "public address bound".to_owned(),
        Barrier::RemoteConnections => "remote connections allowed".to_owned(),
        Barrier::Firewall => "Windows firewall off".to_owned(),
        Barrier::FirewallRdp => "Windows firewall lets RDP in".to_owned(),
        Barrier::FirewallPort { port } => format!("Windows firewall lets port {port} in"),
        Barrier::Winrm { sources } => format!(
            "WinRM opened to {}, and all local administrators let in over it with all their rights",
            list(sources)
        ),
        Barrier::RdpKey => "RDP key readable again by SYSTEM and NETWORK SERVICE".to_owned(),
    }
}

fn closed(barrier: Barrier<'_>) -> String {
    match barrier {
        Barrier::CloudPort { port, .. } => format!("port {port} closed again"),
        Barrier::PublicAddress => "public address given back".to_owned(),
        Barrier::RemoteConnections => "remote connections refused".to_owned(),
        Barrier::Firewall => "Windows firewall on".to_owned(),
        Barrier::FirewallRdp => "Windows firewall keeps RDP out".to_owned(),
        Barrier::FirewallPort { port } => format!("Windows firewall keeps port {port} out again"),
        Barrier::Winrm { .. } => "WinRM closed".to_owned(),
        Barrier::RdpKey => "RDP key locked".to_owned(),
    }
}

fn list(sources: &[impl ToString]) -> String {
    match sources {
        [] => "anybody".to_owned(),
        some => some.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}
