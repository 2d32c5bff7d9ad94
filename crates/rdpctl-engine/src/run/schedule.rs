//! What is done next: ready cells cut into units over all groups, within the room that disruption leaves.

use std::collections::{BTreeMap, VecDeque};

use jiff::{Timestamp, Zoned};
use rdpctl_model::action::traits::{Batch, Through};
use rdpctl_model::declaration::Guards;
use rdpctl_model::plan::{Plan, StepId};
use rdpctl_model::step::{Action, Step};
use rdpctl_model::{ProviderName, ResourceId};

use super::board::{Board, Status};
use super::disruption::{Crowd, Disruption, Place};
use super::lanes::{Guest, Lanes, crowd};
use super::roster::{self, Cell, Machine, Roster};
use super::sources::Sources;
use super::unit::{Kind, Turn, Unit};

/// What is looked at when units are cut.
pub(crate) struct Ground<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) board: &'a Board,
    pub(crate) roster: &'a Roster,
    pub(crate) sources: &'a Sources,
    pub(crate) guards: &'a Guards,
    pub(crate) now: Timestamp,
}

/// Ready work, and who shares a call with whom.
pub(crate) struct Schedule {
    lanes: Lanes,
    cut: VecDeque<Unit>,
    disruption: Disruption,
}

/// What can be begun.
pub(crate) enum Next {
    /// A unit.
    Unit(Unit),
    /// These may not be begun, since the maintenance window is closed until then.
    Closed(Vec<Cell>, Zoned),
    /// Nothing, until something ends.
    Nothing,
}

/// Subjects that one unit takes at most, so that a failure or a stop concerns few.
const UNIT_SIZE: usize = 500;

impl Schedule {
    pub(crate) fn new(disruption: Disruption) -> Self {
        Self { lanes: Lanes::default(), cut: VecDeque::new(), disruption }
    }

    /// Takes in cells that are ready.
    pub(crate) fn arrive(
        &mut self,
        plan: &Plan,
        roster: &Roster,
        sources: &Sources,
        cells: Vec<Cell>,
    ) {
        for cell in cells {
            self.lanes.arrive(plan, roster, sources, cell);
        }
    }

    /// The next unit.
    pub(crate) fn next(&mut self, ground: &Ground<'_>) -> Next {
        if self.cut.is_empty() {
            self.cut_cloud(ground);
        }
        if self.cut.is_empty() {
            self.sort_guests(ground);
            if self.has_rough()
                && let Some(opens) = rdpctl_plan::next_opening(&ground.guards.windows, ground.now)
            {
                return Next::Closed(self.refuse_rough(ground), opens);
            }
            self.cut_rough(ground);
        }
        if self.cut.is_empty() {
            self.cut_looks();
        }
        self.cut.pop_front().map_or(Next::Nothing, Next::Unit)
    }

    /// Crowds in which machines wait for room.
    pub(crate) fn crowded(&self) -> Vec<Crowd> {
        let guests = self.lanes.rough.iter().filter(|(_, waiting)| !waiting.is_empty());
        let reboots = self.lanes.reboots.iter().filter(|(_, waiting)| !waiting.is_empty());
        guests
            .map(|(crowd, _)| crowd.clone())
            .chain(reboots.map(|(crowd, _)| crowd.clone()))
            .collect()
    }

    /// Takes back the cells of a crowd for which there will be no room in this run.
    pub(crate) fn withdraw(
        &mut self,
        crowd: &Crowd,
        plan: &Plan,
        board: &Board,
        roster: &Roster,
    ) -> Vec<Cell> {
        let guests = self.lanes.rough.remove(crowd).unwrap_or_default();
        let mut cells: Vec<Cell> =
            self.lanes.reboots.remove(crowd).unwrap_or_default().into_iter().collect();
        for guest in guests {
            cells.extend(sequence(plan, board, roster, guest));
            self.lanes.leave(guest.machine);
        }
        cells
    }

    /// A guest's turn is over.
    pub(crate) fn leave(&mut self, machine: Machine) {
        self.lanes.leave(machine);
    }

    /// A change of a shared object is over.
    pub(crate) fn vacate(
        &mut self,
        plan: &Plan,
        roster: &Roster,
        sources: &Sources,
        object: &(ProviderName, ResourceId),
    ) {
        let waited = self.lanes.vacate(object).into_iter().collect();
        self.arrive(plan, roster, sources, waited);
    }

    /// Actions of one kind through one provider's API. An object that several share is in one unit at a time, and its
    /// edits stand in the order of the plan.
    fn cut_cloud(&mut self, ground: &Ground<'_>) {
        for place in 0..self.lanes.cloud.len() {
            let cells = std::mem::take(&mut self.lanes.cloud[place].cells);
            let provider = self.lanes.cloud[place].provider.clone();
            let mut turns: Vec<Turn> = Vec::new();
            let mut objects = Vec::new();
            for cell in cells {
                let mut changed = roster::objects(ground.plan, cell);
                if let Some(object) = changed.iter().find(|it| self.lanes.is_occupied(it)) {
                    self.lanes.park(object.clone(), cell);
                    continue;
                }
                objects.append(&mut changed);
                let machine = ground.roster.machine(ground.plan, cell);
                turns.push(Turn { machine, cells: vec![cell], room: None });
            }
            for object in objects {
                self.lanes.occupy(object);
            }
            self.push(Kind::Cloud, &provider, turns);
        }
    }

    /// Guests whose turn disrupts nobody go at once; the others wait for room.
    fn sort_guests(&mut self, ground: &Ground<'_>) {
        let mut alike = Alike::default();
        while let Some(guest) = self.lanes.guests.pop_front() {
            let cells = sequence(ground.plan, ground.board, ground.roster, guest);
            let Some(first) = cells.first().copied() else {
                self.lanes.leave(guest.machine);
                continue;
            };
            let step = |cell: &Cell| roster::bound(ground.plan, *cell);
            if cells.iter().filter_map(step).any(Step::disrupts) {
                let crowd = crowd(ground.plan, ground.sources, first);
                self.lanes.rough.entry(crowd).or_default().push_back(guest);
            } else {
                alike.add(ground, Turn { machine: Some(guest.machine), cells, room: None });
            }
        }
        self.push_alike(alike);
    }

    /// Fills the room that is free among the disrupted.
    fn cut_rough(&mut self, ground: &Ground<'_>) {
        let limit = ground.guards.max_disrupted;
        let mut alike = Alike::default();
        let mut idle = Vec::new();
        for (crowd, waiting) in &mut self.lanes.rough {
            while let Some(guest) = waiting.front().copied() {
                let Some(room) = self.disruption.take(crowd, limit) else { break };
                waiting.pop_front();
                // While it waited more may have become possible: it goes with what can be done now.
                let cells = sequence(ground.plan, ground.board, ground.roster, guest);
                if cells.is_empty() {
                    idle.push(guest.machine);
                    continue;
                }
                alike.add(ground, Turn { machine: Some(guest.machine), cells, room: Some(room) });
            }
        }
        for machine in idle {
            self.lanes.leave(machine);
        }
        self.push_alike(alike);
        let mut reboots: BTreeMap<ProviderName, Vec<Turn>> = BTreeMap::new();
        for (crowd, waiting) in &mut self.lanes.reboots {
            while let Some(cell) = waiting.first().copied() {
                let Some(room) = self.disruption.take(crowd, limit) else { break };
                waiting.pop_first();
                let planned = ground.plan.step(cell.step);
                let Some(provider) = planned.and_then(|it| roster::provider(ground.plan, it))
                else {
                    continue;
                };
                let machine = ground.roster.machine(ground.plan, cell);
                let turn = Turn { machine, cells: vec![cell], room: Some(room) };
                reboots.entry(provider.clone()).or_default().push(turn);
            }
        }
        for (provider, turns) in reboots {
            self.push(Kind::Cloud, &provider, turns);
        }
    }

    /// Looks come last: what is done first is seen by them.
    fn cut_looks(&mut self) {
        let turns = |cells: std::collections::BTreeSet<Cell>| {
            cells
                .into_iter()
                .map(|cell| Turn { machine: None, cells: vec![cell], room: None })
                .collect::<Vec<_>>()
        };
        for place in 0..self.lanes.observe.len() {
            let lane = &mut self.lanes.observe[place];
            let (provider, cells) = (lane.provider.clone(), std::mem::take(&mut lane.cells));
            self.push(Kind::Observe, &provider, turns(cells));
        }
        for place in 0..self.lanes.prove.len() {
            let lane = &mut self.lanes.prove[place];
            let (provider, cells) = (lane.provider.clone(), std::mem::take(&mut lane.cells));
            let kind = Kind::Prove { port: lane.kind };
            self.push(kind, &provider, turns(cells));
        }
        // Whatever their number, they are one unit: the first of them is the canary.
        for lane in &mut self.lanes.log_on {
            let (provider, cells) = (lane.provider.clone(), std::mem::take(&mut lane.cells));
            if !cells.is_empty() {
                let turns = turns(cells);
                self.cut.push_back(Unit { kind: Kind::LogOn, provider, turns });
            }
        }
    }

    fn has_rough(&self) -> bool {
        self.lanes.rough.values().any(|waiting| !waiting.is_empty())
            || self.lanes.reboots.values().any(|waiting| !waiting.is_empty())
    }

    /// Takes back all cells that wait for room.
    fn refuse_rough(&mut self, ground: &Ground<'_>) -> Vec<Cell> {
        self.crowded()
            .iter()
            .flat_map(|crowd| self.withdraw(crowd, ground.plan, ground.board, ground.roster))
            .collect()
    }

    fn push_alike(&mut self, alike: Alike) {
        for (provider, _, turns) in alike.crews {
            self.push(Kind::Guest, &provider, turns);
        }
    }

    fn push(&mut self, kind: Kind, provider: &ProviderName, turns: Vec<Turn>) {
        let mut turns = turns.into_iter().peekable();
        while turns.peek().is_some() {
            let turns = turns.by_ref().take(UNIT_SIZE).collect();
            self.cut.push_back(Unit { kind, provider: provider.clone(), turns });
        }
    }
}

/// Turns by what is done in them: the same actions through the same provider.
#[derive(Default)]
struct Alike {
    crews: Vec<(ProviderName, Vec<Action>, Vec<Turn>)>,
    known: std::collections::HashMap<(ProviderName, Vec<Action>), usize>,
}

impl Alike {
    fn add(&mut self, ground: &Ground<'_>, turn: Turn) {
        let Some(first) = turn.cells.first().and_then(|cell| ground.plan.step(cell.step)) else {
            return;
        };
        let Some(provider) = roster::provider(ground.plan, first) else { return };
        let action = |cell: &Cell| roster::bound(ground.plan, *cell).map(|it| it.action.clone());
        let actions: Vec<Action> = turn.cells.iter().filter_map(action).collect();
        let key = (provider.clone(), actions);
        let place = *self.known.entry(key).or_insert_with_key(|(provider, actions)| {
            self.crews.push((provider.clone(), actions.clone(), Vec::new()));
            self.crews.len() - 1
        });
        self.crews[place].2.push(turn);
    }
}

/// Everything that can be done in a guest in one go.
fn sequence(plan: &Plan, board: &Board, roster: &Roster, guest: Guest) -> Vec<Cell> {
    let mut done: Vec<StepId> = Vec::new();
    let mut cells = Vec::new();
    let steps = plan.groups.get(guest.group).map(|group| group.steps.as_slice());
    for id in steps.unwrap_or_default() {
        let cell = Cell { step: *id, place: guest.place };
        let Some(planned) = plan.step(*id) else { continue };
        let traits = planned.step.action.traits();
        if traits.through != Through::Guest {
            continue;
        }
        let met = |need: &StepId| board.is_met(*need, cell, &done, roster);
        if board.status(cell) == Status::Open && planned.needs.iter().all(met) {
            done.push(*id);
            cells.push(cell);
            if traits.batch == Batch::Ends {
                break;
            }
        }
    }
    cells
}

/// Keeps the places of machines that did not come back: they stay disrupted for as long as the run lasts.
#[derive(Default)]
pub(crate) struct Lost(Vec<(Place, rdpctl_model::InstanceName)>);

impl Lost {
    pub(crate) fn keep(&mut self, place: Place, name: rdpctl_model::InstanceName) {
        self.0.push((place, name));
    }

    /// Those of a crowd.
    pub(crate) fn of(&self, crowd: &Crowd) -> Vec<&rdpctl_model::InstanceName> {
        self.0.iter().filter(|(place, _)| place.crowd() == crowd).map(|(_, name)| name).collect()
    }
}
