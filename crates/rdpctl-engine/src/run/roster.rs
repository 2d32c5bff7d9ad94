//! Who is who in a run, and what a step means for one of them. Whoever needs a step's action for a machine asks here.

use std::collections::HashMap;

use rdpctl_model::plan::{Member, Plan, PlannedStep, StepId, Subject};
use rdpctl_model::step::{Action, CloudAction, Disruption, GuestAction, Step};
use rdpctl_model::{InstanceName, ProviderName, ResourceId};

/// One step on one subject: the step, and the place of the subject among the step's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Cell {
    pub(crate) step: StepId,
    pub(crate) place: usize,
}

/// A machine, whichever groups it stands in: a member of a plan, or of a plan that an observation added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Machine(usize);

/// The machines of a plan.
#[derive(Default)]
pub(crate) struct Roster {
    known: HashMap<InstanceName, Machine>,
    /// Where each machine stands: at which places of which groups.
    stands: Vec<Vec<(usize, usize)>>,
    /// The machines of each group, by place.
    groups: Vec<Vec<Machine>>,
}

impl Roster {
    /// Takes in the groups that were added to the plan.
    pub(crate) fn extend(&mut self, plan: &Plan) {
        for (group, added) in plan.groups.iter().enumerate().skip(self.groups.len()) {
            let mut machines = Vec::with_capacity(added.members.len());
            for (place, member) in added.members.iter().enumerate() {
                let next = Machine(self.stands.len());
                let machine = *self.known.entry(member.name.clone()).or_insert(next);
                if machine == next {
                    self.stands.push(Vec::new());
                }
                self.stands[machine.0].push((group, place));
                machines.push(machine);
            }
            self.groups.push(machines);
        }
    }

    /// The machines of a group, by place.
    pub(crate) fn of_group(&self, group: usize) -> &[Machine] {
        self.groups.get(group).map(Vec::as_slice).unwrap_or_default()
    }

    /// Where a machine stands in a group, if it does.
    pub(crate) fn place_in(&self, machine: Machine, group: usize) -> Option<usize> {
        let stands = self.stands.get(machine.0)?;
        stands.iter().find(|(other, _)| *other == group).map(|(_, place)| *place)
    }

    /// How many machines there are.
    pub(crate) fn machines(&self) -> usize {
        self.stands.len()
    }

    /// Where each machine stands, as group and place, by machine.
    pub(crate) fn stands(&self) -> impl Iterator<Item = &[(usize, usize)]> {
        self.stands.iter().map(Vec::as_slice)
    }

    /// The machine that a cell concerns; none for an object that several share.
    pub(crate) fn machine(&self, plan: &Plan, cell: Cell) -> Option<Machine> {
        match &plan.step(cell.step)?.on {
            Subject::Each(group) => self.of_group(*group).get(cell.place).copied(),
            Subject::Shared { .. } => None,
        }
    }
}

/// What a step does to one of its subjects.
pub(crate) fn bound(plan: &Plan, cell: Cell) -> Option<&Step> {
    plan.step(cell.step).map(|planned| &planned.step)
}

/// The name of a cell's subject: the machine's, or the shared object's id.
pub(crate) fn subject(plan: &Plan, cell: Cell) -> InstanceName {
    let object = match plan.step(cell.step).map(|planned| &planned.on) {
        Some(Subject::Shared { object, .. }) => object.as_str(),
        Some(Subject::Each(_)) | None => "",
    };
    member(plan, cell)
        .filter(|_| object.is_empty())
        .map_or_else(|| InstanceName::new(object), |member| member.name.clone())
}

/// The member that a cell concerns; for a shared object, one through which it is reached.
pub(crate) fn member(plan: &Plan, cell: Cell) -> Option<&Member> {
    match &plan.step(cell.step)?.on {
        Subject::Each(group) => plan.groups.get(*group)?.members.get(cell.place),
        Subject::Shared { groups, .. } => plan.groups.get(*groups.first()?)?.members.first(),
    }
}

/// The object that several machines share and a step changes, with its provider.
pub(crate) fn object(planned: &PlannedStep) -> Option<(ProviderName, ResourceId)> {
    match &planned.on {
        Subject::Shared { provider, object, .. } => Some((provider.clone(), object.clone())),
        Subject::Each(_) => None,
    }
}

/// The provider through which a step acts.
pub(crate) fn provider<'p>(plan: &'p Plan, planned: &'p PlannedStep) -> Option<&'p ProviderName> {
    match &planned.on {
        Subject::Each(group) => plan.groups.get(*group).map(|group| &group.provider),
        Subject::Shared { provider, .. } => Some(provider),
    }
}

/// Whether a step takes Remote Desktop or Windows away from whoever works there, now or as part of what it is done
/// with.
pub(crate) fn disrupts(step: &Step) -> bool {
    match &step.action {
        Action::Guest(action) => {
            step.disruption != Disruption::None
                || matches!(action, GuestAction::RestartRdp { .. } | GuestAction::Reboot)
        }
        Action::Cloud(action) => *action == CloudAction::Reboot,
        Action::Observe { .. } | Action::Prove { .. } => false,
    }
}
