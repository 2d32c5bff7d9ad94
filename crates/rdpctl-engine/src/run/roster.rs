//! Who is who in a run, and what a step means for one of them. Whoever needs a step's action for a machine asks here.

use std::collections::HashMap;

use rdpctl_model::action::traits::Owner;
use rdpctl_model::action::{Binds, Deed, Unbound};
use rdpctl_model::plan::{Member, Plan, PlannedStep, StepId};
use rdpctl_model::step::Step;
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

    /// The machine that a cell concerns.
    pub(crate) fn machine(&self, plan: &Plan, cell: Cell) -> Option<Machine> {
        self.of_group(plan.step(cell.step)?.group).get(cell.place).copied()
    }
}

/// What a step does to one of its subjects.
pub(crate) fn bound(plan: &Plan, cell: Cell) -> Option<&Step> {
    plan.step(cell.step).map(|planned| &planned.step)
}

/// The name of a cell's machine.
pub(crate) fn subject(plan: &Plan, cell: Cell) -> InstanceName {
    member(plan, cell).map_or_else(|| InstanceName::new(""), |member| member.name.clone())
}

/// The member that a cell concerns.
pub(crate) fn member(plan: &Plan, cell: Cell) -> Option<&Member> {
    plan.groups.get(plan.step(cell.step)?.group)?.members.get(cell.place)
}

/// What is really done to a cell's subject.
pub(crate) fn deed(plan: &Plan, cell: Cell) -> Result<Deed, Unbound> {
    let binds = member(plan, cell).and_then(|member| member.binds.as_deref());
    match bound(plan, cell) {
        Some(step) => step.deed(binds.unwrap_or(&Binds::default())),
        None => Ok(Deed::Look),
    }
}

/// The objects that other machines may share and a cell changes, with their provider.
pub(crate) fn objects(plan: &Plan, cell: Cell) -> Vec<(ProviderName, ResourceId)> {
    let Some(planned) = plan.step(cell.step) else { return Vec::new() };
    let Some(provider) = provider(plan, planned) else { return Vec::new() };
    match planned.step.action.traits().owner {
        Owner::Machine => Vec::new(),
        Owner::Shared => {
            let binds = member(plan, cell).and_then(|member| member.binds.as_deref());
            let edits = binds.into_iter().flat_map(|it| it.openings.iter().chain(&it.closings));
            edits.map(|edit| (provider.clone(), edit.rule_set.clone())).collect()
        }
    }
}

/// The provider through which a step acts.
pub(crate) fn provider<'p>(plan: &'p Plan, planned: &PlannedStep) -> Option<&'p ProviderName> {
    plan.groups.get(planned.group).map(|group| &group.provider)
}
