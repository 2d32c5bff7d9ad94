//! What a plan makes weaker or stronger.

use std::collections::{BTreeMap, BTreeSet};

use rdpctl_model::FacetId;
use rdpctl_model::plan::{Direction, Plan, SecurityDelta, Subject};
use rdpctl_model::step::{Action, CloudAction, Guarded, GuestAction, Step, Switch};

/// All deltas, the weakening ones first.
pub(crate) fn security(plan: &Plan) -> Vec<SecurityDelta> {
    let mut deltas: BTreeMap<(Direction, String), BTreeSet<usize>> = BTreeMap::new();
    for planned in &plan.steps {
        if let Some(delta) = of(&planned.step) {
            // Two steps to the same end are one difference to each instance.
            let groups = deltas.entry(delta).or_default();
            match &planned.on {
                Subject::Each(group) => {
                    groups.insert(*group);
                }
                Subject::Shared { groups: all, .. } => groups.extend(all),
            }
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

fn of(step: &Step) -> Option<(Direction, String)> {
    match &step.action {
        Action::Cloud(CloudAction::OpenDoor { rule, .. }) => {
            let sources =
                rule.sources.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            Some((Direction::Weaker, format!("port {} opened to {sources}", rule.port)))
        }
        Action::Cloud(CloudAction::CloseDoor { rule, .. }) => {
            Some((Direction::Stronger, format!("port {} closed again", rule.port)))
        }
        Action::Cloud(CloudAction::AssociateAddress) => {
            Some((Direction::Weaker, "public address bound".to_owned()))
        }
        Action::Guest(GuestAction::SetFirewallProfile { state: Switch::On, .. }) => {
            Some((Direction::Stronger, "Windows firewall on".to_owned()))
        }
        Action::Guest(GuestAction::SetFirewallProfile { state: Switch::Off, .. }) => {
            Some((Direction::Weaker, "Windows firewall off".to_owned()))
        }
        Action::Guest(GuestAction::EnableRemoteDesktopRules) => {
            Some((Direction::Weaker, "Windows firewall lets RDP in".to_owned()))
        }
        Action::Guest(GuestAction::AddFirewallRule { port, .. }) => {
            Some((Direction::Weaker, format!("Windows firewall lets port {port} in")))
        }
        Action::Guest(GuestAction::BootstrapWinrm { sources }) => {
            let sources = match sources.as_slice() {
                [] => "anybody".to_owned(),
                some => some.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            };
            Some((Direction::Weaker, format!("WinRM opened to {sources}")))
        }
        Action::Guest(GuestAction::RepairKeyAcl { .. }) => Some((
            Direction::Weaker,
            "RDP key readable again by SYSTEM and NETWORK SERVICE".to_owned(),
        )),
        Action::Guest(GuestAction::SetRegistry { name, .. }) => {
            if step.facet == FacetId::RemoteDesktop && name == "fDenyTSConnections" {
                return Some((Direction::Weaker, "remote connections allowed".to_owned()));
            }
            let weakens = step.guards.contains(&Guarded::Weaken);
            let direction = if weakens { Direction::Weaker } else { Direction::Stronger };
            matches!(step.facet, FacetId::Tls | FacetId::Nla)
                .then(|| (direction, step.after.clone()))
        }
        Action::Guest(_) | Action::Cloud(_) | Action::Observe { .. } | Action::Prove { .. } => None,
    }
}
