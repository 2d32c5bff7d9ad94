//! What can be done next, after what, and together with whom.

use rdpctl_model::GuestAction;
use rdpctl_model::declaration::Share;
use rdpctl_model::plan::{Plan, StepId};
use rdpctl_model::step::Action;

use super::super::board::{Board, Moved, Status};
use super::super::disruption::Disruption;
use super::super::roster::{Cell, Roster};
use super::super::schedule::{Ground, Next, Schedule};
use super::super::sources::Sources;
use super::super::unit::Unit;
use super::estate::{RESTART, difference, estate, names, plan, set};
use crate::estate::Estate;

/// A run's state without its doing.
struct Desk {
    estate: Estate,
    sources: Sources,
    plan: Plan,
    board: Board,
    roster: Roster,
    schedule: Schedule,
}

impl Desk {
    /// With everything that is ready in the schedule.
    fn with(estate: Estate, plan: Plan) -> Self {
        let (mut roster, mut board) = (Roster::default(), Board::default());
        roster.extend(&plan);
        let moved = board.extend(&plan, &roster);
        let sources = Sources::of(&estate);
        let schedule = Schedule::new(Disruption::default());
        let mut desk = Self { estate, sources, plan, board, roster, schedule };
        desk.arrive(moved);
        desk
    }

    fn arrive(&mut self, moved: Moved) {
        self.schedule.arrive(&self.plan, &self.roster, &self.sources, moved.ready);
    }

    /// The next unit, begun.
    fn next(&mut self) -> Option<Unit> {
        let ground = Ground {
            plan: &self.plan,
            board: &self.board,
            roster: &self.roster,
            sources: &self.sources,
            guards: &self.estate.guards,
            now: jiff::Timestamp::UNIX_EPOCH,
        };
        match self.schedule.next(&ground) {
            Next::Unit(unit) => {
                unit.cells().for_each(|cell| self.board.begin(cell));
                Some(unit)
            }
            Next::Closed(..) | Next::Nothing => None,
        }
    }
}

fn planned(estate: &Estate, differences: Vec<rdpctl_model::Assessed>) -> Plan {
    plan(estate, differences, jiff::Timestamp::UNIX_EPOCH)
}

#[test]
fn a_machine_is_in_one_turn_at_a_time_and_its_room_is_taken_for_all_of_it() {
    let all = names("kiosks/ins-", 3);
    let estate = estate(&all, Share::Count(2));
    let plan = planned(&estate, vec![difference(&all, "all", &[set("a"), RESTART])]);
    let mut desk = Desk::with(estate, plan);
    let unit = desk.next().expect("a unit");
    assert_eq!(unit.turns.len(), 2);
    assert!(unit.turns.iter().all(|turn| turn.cells.len() == 2 && turn.room.is_some()));
    assert!(desk.next().is_none(), "there is room for two");
    drop(unit);
    assert_eq!(desk.next().expect("a unit").turns.len(), 1);
}

#[test]
fn what_is_behind_a_failure_is_given_up_on_that_machine_and_nowhere_else() {
    let all = names("web-", 2);
    let estate = estate(&all, Share::Count(2));
    let restart = [set("a"), set("b"), GuestAction::Reboot];
    let plan = planned(&estate, vec![difference(&all, "all", &restart)]);
    let reboot = plan
        .numbered()
        .find(|(_, step)| step.step.action == Action::Guest(GuestAction::Reboot))
        .expect("a reboot")
        .0;
    let mut desk = Desk::with(estate, plan);
    let failed = Cell { step: StepId(0), place: 1 };
    let moved = desk.board.give_up(failed, Status::Failed, &desk.roster);
    assert!(moved.ready.is_empty());
    assert_eq!(moved.lost, [(Cell { step: reboot, place: 1 }, failed)]);
    assert_eq!(desk.board.status(Cell { step: reboot, place: 0 }), Status::Open);
    for step in [StepId(0), StepId(1)] {
        let moved = desk.board.finish(Cell { step, place: 0 }, &desk.roster);
        assert_eq!(moved.ready.len(), usize::from(step == StepId(1)), "{step:?}");
    }
}
