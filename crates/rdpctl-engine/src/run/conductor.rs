//! The one owner of a run's state: starts units, takes what they report, and decides when the run stops.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rdpctl_model::outcome::Created;
use rdpctl_model::plan::{Plan, opening};
use rdpctl_model::{InstanceName, RunId, Said};
use tokio::sync::mpsc;
use tokio::task::{Id, JoinSet};

use super::board::Board;
use super::disruption::Crowd;
use super::report::Report;
use super::roster::{Cell, Roster};
use super::schedule::{Ground, Lost, Next, Schedule};
use super::tally::Tally;
use super::tokens::Tokens;
use super::trace::Spans;
use super::turns::Turns;
use super::{RunError, RunOptions, Scene};
use crate::event::Event;
use crate::said::say;

/// The owner of a run's state.
pub(super) struct Conductor {
    pub(super) scene: Arc<Scene>,
    pub(super) plan: Plan,
    pub(super) board: Board,
    pub(super) roster: Roster,
    pub(super) options: RunOptions,
    pub(super) run: RunId,
    pub(super) schedule: Schedule,
    /// Tokens of intents that former runs left open.
    pub(super) tokens: Tokens,
    pub(super) created: BTreeMap<InstanceName, Vec<Created>>,
    pub(super) turns: Turns,
    pub(super) lost: Lost,
    pub(super) tally: Tally,
    pub(super) spans: Spans,
    events: mpsc::Sender<Event>,
    pub(super) halted: Option<Said>,
}

/// What it means that nothing is under way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standstill {
    /// The run is over.
    Over,
    /// Something was given up, so that there may be something to do.
    Moved,
    /// Others hold the room that is needed.
    Waits,
}

/// Units that are at work.
pub(super) type Units = JoinSet<()>;

impl Conductor {
    pub(super) fn new(
        scene: Arc<Scene>,
        plan: Plan,
        run: RunId,
        tokens: Tokens,
        options: RunOptions,
        events: mpsc::Sender<Event>,
    ) -> Self {
        let conductor = Self {
            schedule: Schedule::new(options.disruption.clone()),
            scene,
            plan,
            board: Board::default(),
            roster: Roster::default(),
            options,
            run,
            tokens,
            created: BTreeMap::new(),
            turns: Turns::default(),
            lost: Lost::default(),
            tally: Tally::default(),
            spans: Spans::default(),
            events,
            halted: None,
        };
        conductor.measure();
        conductor
    }

    pub(super) fn into_parts(self) -> (Plan, Tally) {
        (self.plan, self.tally)
    }

    /// A crowd has at least as many members as the plan names.
    fn measure(&self) {
        let mut sizes: BTreeMap<&Crowd, usize> = BTreeMap::new();
        for member in self.plan.groups.iter().flat_map(|group| &group.members) {
            if let Some(found) = self.scene.sources.of_member(&member.name) {
                *sizes.entry(&found.crowd).or_default() += 1;
            }
        }
        for (crowd, size) in sizes {
            self.options.disruption.at_least(crowd, size);
        }
    }

    /// Runs units until nothing is ready any more, and journals what was not tried.
    pub(super) async fn conduct(
        &mut self,
        mut inbox: mpsc::Receiver<Report>,
    ) -> Result<(), RunError> {
        let mut units = Units::new();
        let mut at_work: HashMap<Id, Vec<Cell>> = HashMap::new();
        let mut freed = self.options.disruption.freed();
        self.roster.extend(&self.plan);
        let moved = self.board.extend(&self.plan, &self.roster);
        self.settle(moved).await?;
        loop {
            freed.mark_unchanged();
            while self.goes_on() && units.len() < self.options.parallelism.max(1) {
                match self.next() {
                    Next::Unit(unit) => {
                        let cells = unit.cells().collect();
                        let id = self.start(unit, &mut units).await?;
                        at_work.insert(id, cells);
                    }
                    Next::Closed(cells, opens) => {
                        let why = say::window_closed(opening(&opens.to_string()));
                        self.withhold(cells, &why).await?;
                    }
                    Next::Nothing => break,
                }
            }
            if units.is_empty() {
                match self.standstill().await? {
                    Standstill::Over => break,
                    Standstill::Moved => continue,
                    Standstill::Waits => {}
                }
            }
            let gently = self.scene.gently.clone();
            tokio::select! {
                Some(report) = inbox.recv() => self.take_all(report, &mut inbox).await?,
                Some(ended) = units.join_next_with_id() => {
                    while let Ok(report) = inbox.try_recv() {
                        self.take(report).await?;
                    }
                    self.close(ended, &mut at_work).await?;
                }
                // A sender that went away rings no more, and neither does the run wait for it.
                _ = freed.changed() => {}
                () = gently.cancelled(), if units.is_empty() => {}
            }
        }
        self.settle_rest().await
    }

    fn goes_on(&self) -> bool {
        self.halted.is_none() && !self.scene.gently.is_cancelled()
    }

    fn next(&mut self) -> Next {
        let ground = Ground {
            plan: &self.plan,
            board: &self.board,
            roster: &self.roster,
            sources: &self.scene.sources,
            guards: &self.scene.estate.guards,
            now: self.scene.hands.clock.now(),
        };
        self.schedule.next(&ground)
    }

    /// What it means that nothing is under way. Machines may wait for room that another run will free; room that
    /// machines of this run hold, which did not come back, is never free again: who waits for that is given up.
    async fn standstill(&mut self) -> Result<Standstill, RunError> {
        if !self.goes_on() {
            return Ok(Standstill::Over);
        }
        let mut standstill = Standstill::Over;
        for crowd in self.schedule.crowded() {
            let lost = self.lost.of(&crowd);
            if self.options.disruption.taken(&crowd) > lost.len() {
                if standstill == Standstill::Over {
                    standstill = Standstill::Waits;
                }
                continue;
            }
            let names: Vec<&str> = lost.iter().map(|name| name.as_str()).collect();
            let why = say::no_room(names);
            let cells = self.schedule.withdraw(&crowd, &self.plan, &self.board, &self.roster);
            self.withhold(cells, &why).await?;
            standstill = Standstill::Moved;
        }
        Ok(standstill)
    }

    /// Takes a report with all that came along with it, before anything new is begun: what ended together goes on
    /// together.
    async fn take_all(
        &mut self,
        report: Report,
        inbox: &mut mpsc::Receiver<Report>,
    ) -> Result<(), RunError> {
        self.take(report).await?;
        while let Ok(report) = inbox.try_recv() {
            self.take(report).await?;
        }
        Ok(())
    }

    pub(super) async fn tell(&self, event: Event) {
        // A listener that went away is not a reason to stop.
        let _ = self.events.send(event).await;
    }

    /// Too many failed machines stop the run.
    pub(super) async fn halt(&mut self) {
        let machines = self.roster.machines();
        if self.halted.is_none()
            && let Some(why) = self.tally.halts(self.options.max_failures, machines)
        {
            self.tell(Event::Halted { why: why.clone() }).await;
            self.halted = Some(why);
        }
    }
}
