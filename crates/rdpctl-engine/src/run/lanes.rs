//! Where cells wait that are ready: with their likes, so that they share calls.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use rdpctl_model::action::CloudVerb;
use rdpctl_model::action::traits::Through;
use rdpctl_model::plan::Plan;
use rdpctl_model::step::Action;
use rdpctl_model::{ProviderName, ResourceId};

use super::disruption::Crowd;
use super::roster::{self, Cell, Machine, Roster};
use super::sources::Sources;

/// Cells of one provider and kind.
pub(super) struct Lane<K> {
    pub(super) provider: ProviderName,
    pub(super) kind: K,
    pub(super) cells: BTreeSet<Cell>,
}

/// An object that is being changed.
#[derive(Default)]
struct Occupied {
    /// How many changes of it are under way.
    changes: usize,
    /// Cells that wait for their end.
    waiting: BTreeSet<Cell>,
}

/// A machine that something is to be done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guest {
    pub(super) machine: Machine,
    pub(super) group: usize,
    pub(super) place: usize,
}

/// All that is ready and not begun.
#[derive(Default)]
pub(super) struct Lanes {
    pub(super) cloud: Vec<Lane<Option<CloudVerb>>>,
    pub(super) observe: Vec<Lane<()>>,
    pub(super) prove: Vec<Lane<u16>>,
    pub(super) log_on: Vec<Lane<()>>,
    /// Guests of whom it is not known yet whether what is done to them disrupts.
    pub(super) guests: VecDeque<Guest>,
    /// Guests that wait for room among the disrupted.
    pub(super) rough: BTreeMap<Crowd, VecDeque<Guest>>,
    /// Instances that wait for room to be rebooted through the API.
    pub(super) reboots: BTreeMap<Crowd, BTreeSet<Cell>>,
    /// Guests that wait or are at work.
    taken: HashSet<Machine>,
    /// What became ready for a guest at work.
    later: HashMap<Machine, Guest>,
    /// Objects that are being changed, with the cells that wait for them.
    objects: HashMap<(ProviderName, ResourceId), Occupied>,
}

impl Lanes {
    /// Puts a ready cell where it belongs.
    pub(super) fn arrive(&mut self, plan: &Plan, roster: &Roster, sources: &Sources, cell: Cell) {
        let Some(planned) = plan.step(cell.step) else { return };
        let Some(step) = roster::bound(plan, cell) else { return };
        let Some(provider) = roster::provider(plan, planned) else { return };
        match step.action.traits().through {
            Through::Cloud => {
                let objects = roster::objects(plan, cell);
                let occupied = objects.iter().find(|object| self.objects.contains_key(*object));
                if let Some(object) = occupied.and_then(|object| self.objects.get_mut(object)) {
                    object.waiting.insert(cell);
                } else if step.disrupts() {
                    let crowd = crowd(plan, sources, cell);
                    self.reboots.entry(crowd).or_default().insert(cell);
                } else {
                    lane(&mut self.cloud, provider, step.action.verb()).insert(cell);
                }
            }
            Through::Guest => {
                let Some(machine) = roster.machine(plan, cell) else { return };
                let guest = Guest { machine, group: planned.group, place: cell.place };
                if self.taken.insert(machine) {
                    self.guests.push_back(guest);
                } else {
                    self.later.insert(machine, guest);
                }
            }
            Through::Look => {
                lane(&mut self.observe, provider, ()).insert(cell);
            }
            Through::LogOn => {
                lane(&mut self.log_on, provider, ()).insert(cell);
            }
            Through::Proof => {
                let port = match &step.action {
                    Action::Prove { port } => *port,
                    Action::Cloud(_)
                    | Action::Guest(_)
                    | Action::Own(_)
                    | Action::Observe { .. }
                    | Action::LogOn { .. } => return,
                };
                lane(&mut self.prove, provider, port).insert(cell);
            }
        }
    }

    /// A guest's turn is over; what became ready for it meanwhile comes next.
    pub(super) fn leave(&mut self, machine: Machine) {
        match self.later.remove(&machine) {
            Some(guest) => self.guests.push_back(guest),
            None => {
                self.taken.remove(&machine);
            }
        }
    }

    /// An object is being changed: other changes of it wait.
    pub(super) fn occupy(&mut self, object: (ProviderName, ResourceId)) {
        self.objects.entry(object).or_default().changes += 1;
    }

    /// A change of an object is over. Gives back the cells that waited for it, once all its changes are.
    pub(super) fn vacate(&mut self, object: &(ProviderName, ResourceId)) -> BTreeSet<Cell> {
        if let Some(occupied) = self.objects.get_mut(object) {
            occupied.changes = occupied.changes.saturating_sub(1);
            if occupied.changes > 0 {
                return BTreeSet::new();
            }
        }
        self.objects.remove(object).map(|occupied| occupied.waiting).unwrap_or_default()
    }

    /// Whether an object is being changed.
    pub(super) fn is_occupied(&self, object: &(ProviderName, ResourceId)) -> bool {
        self.objects.contains_key(object)
    }

    /// Lets a cell wait until its object is free.
    pub(super) fn park(&mut self, object: (ProviderName, ResourceId), cell: Cell) {
        self.objects.entry(object).or_default().waiting.insert(cell);
    }
}

/// With whom a cell's machine shares the limit on disruption.
pub(super) fn crowd(plan: &Plan, sources: &Sources, cell: Cell) -> Crowd {
    roster::member(plan, cell)
        .and_then(|member| sources.of_member(&member.name))
        .map_or(Crowd::Declared, |found| found.crowd.clone())
}

fn lane<'l, K: PartialEq>(
    lanes: &'l mut Vec<Lane<K>>,
    provider: &ProviderName,
    kind: K,
) -> &'l mut BTreeSet<Cell> {
    let place = lanes
        .iter()
        .position(|lane| lane.provider == *provider && lane.kind == kind)
        .unwrap_or_else(|| {
            lanes.push(Lane { provider: provider.clone(), kind, cells: BTreeSet::new() });
            lanes.len() - 1
        });
    &mut lanes[place].cells
}
