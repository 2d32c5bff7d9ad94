//! Taking what units report: journaled, counted and told machine by machine.

use std::collections::{HashMap, HashSet};

use rdpctl_model::InstanceName;
use rdpctl_model::Said;
use rdpctl_model::outcome::StepEvent;
use rdpctl_model::plan::StepId;
use tokio::task::{Id, JoinError};

use super::RunError;
use super::board::{Moved, Status};
use super::conductor::Conductor;
use super::report::{Ended, Failure, Leaves, Report};
use super::roster::{self, Cell};
use super::tally::News;
use crate::event::Event;
use crate::said::say;

impl Conductor {
    /// Journals what a unit reports, and lets an observation add its steps.
    pub(super) async fn take(&mut self, report: Report) -> Result<(), RunError> {
        let now = self.scene.hands.clock.now();
        let mut entries = Vec::new();
        let mut told = Vec::new();
        let mut moved = Moved::default();
        let mut seen = Vec::new();
        for (cell, ended) in report.results {
            let subject = roster::subject(&self.plan, cell);
            let mut next = match &ended {
                Ended::Done(_) => {
                    seen.push(cell);
                    self.board.finish(cell, &self.roster)
                }
                Ended::Failed(_) => self.board.give_up(cell, Status::Failed, &self.roster),
                Ended::Skipped(_) => self.board.give_up(cell, Status::Skipped, &self.roster),
            };
            moved.ready.append(&mut next.ready);
            moved.lost.append(&mut next.lost);
            self.leave(cell, &ended, &subject);
            let event = self.record(cell, subject, ended, &mut told);
            entries.push(self.entry(cell, event, now));
        }
        self.write(&entries).await?;
        for event in told {
            self.tell(event).await;
        }
        self.settle(moved).await?;
        if let Some(facts) = report.observed {
            self.grow(&seen, &facts).await?;
        }
        self.halt().await;
        Ok(())
    }

    /// Counts what came of a cell, and says how it is journaled.
    fn record(
        &mut self,
        cell: Cell,
        subject: InstanceName,
        ended: Ended,
        told: &mut Vec<Event>,
    ) -> StepEvent {
        let step = cell.step;
        match ended {
            Ended::Done(receipt) => {
                if let Some(created) = &receipt.created {
                    self.created.entry(subject.clone()).or_default().push(created.clone());
                }
                self.tally.done(step);
                self.spans.end(cell, "done");
                let (note, already) = (receipt.note.clone(), receipt.already);
                told.push(Event::Done { step, subject, note, already });
                StepEvent::Done { receipt }
            }
            Ended::Failed(failure) => {
                self.spans.end(cell, failure.why.key().as_str());
                let news = self.tally.fail(step, &subject, &failure);
                let (why, advice, logon) = (failure.why, failure.advice, failure.logon);
                match news {
                    News::First => {
                        let (why, advice) = (why.clone(), advice.clone());
                        told.push(Event::Failed { step, also: Vec::new(), subject, why, advice });
                    }
                    News::Again => also_failed(told, step, &subject, &why),
                }
                StepEvent::Failed { why, advice, logon }
            }
            Ended::Skipped(why) => {
                self.spans.end(cell, why.key().as_str());
                self.tally.skip(step, subject.clone(), why.clone());
                told.push(Event::Skipped { step, subject, why: why.clone() });
                StepEvent::Skipped { why }
            }
        }
    }

    /// A cell of a machine's turn is over; with the last of them the turn is, and its room is free again.
    fn leave(&mut self, cell: Cell, ended: &Ended, subject: &InstanceName) {
        for object in roster::objects(&self.plan, cell) {
            self.schedule.vacate(&self.plan, &self.roster, &self.scene.sources, &object);
        }
        let down = match ended {
            Ended::Failed(failure) => failure.leaves == Leaves::Down,
            Ended::Done(_) | Ended::Skipped(_) => false,
        };
        if down && let Some(room) = self.turns.room(cell) {
            self.lost.keep(room, subject.clone());
        }
        if let Some(guest) = self.turns.end(cell) {
            self.schedule.leave(guest);
        }
    }

    /// What became ready goes to the schedule; what cannot be done any more is journaled with the reason.
    pub(super) async fn settle(&mut self, moved: Moved) -> Result<(), RunError> {
        self.schedule.arrive(&self.plan, &self.roster, &self.scene.sources, moved.ready);
        let skipped = moved
            .lost
            .into_iter()
            .map(|(cell, root)| {
                let (facet, after) = self.name(root);
                let why = match self.board.status(root) {
                    Status::Failed => say::failed_before_it(facet, after),
                    Status::Open
                    | Status::Held
                    | Status::Running
                    | Status::Done
                    | Status::Skipped => say::was_not_done(facet, after),
                };
                (cell, why)
            })
            .collect();
        self.skip(skipped).await
    }

    /// Gives cells up that may not be begun, with what is behind them.
    pub(super) async fn withhold(&mut self, cells: Vec<Cell>, why: &Said) -> Result<(), RunError> {
        let mut moved = Moved::default();
        for cell in &cells {
            let mut next = self.board.give_up(*cell, Status::Skipped, &self.roster);
            moved.lost.append(&mut next.lost);
        }
        let given_up: HashSet<Cell> = cells.iter().copied().collect();
        moved.lost.retain(|(cell, _)| !given_up.contains(cell));
        self.skip(cells.into_iter().map(|cell| (cell, why.clone())).collect()).await?;
        self.settle(moved).await
    }

    /// Journals what was not tried.
    async fn skip(&mut self, cells: Vec<(Cell, Said)>) -> Result<(), RunError> {
        if cells.is_empty() {
            return Ok(());
        }
        let now = self.scene.hands.clock.now();
        let mut entries = Vec::new();
        let mut told = Vec::new();
        for (cell, why) in cells {
            let subject = roster::subject(&self.plan, cell);
            let event = self.record(cell, subject, Ended::Skipped(why), &mut told);
            entries.push(self.entry(cell, event, now));
        }
        self.write(&entries).await?;
        for event in told {
            self.tell(event).await;
        }
        Ok(())
    }

    /// A unit is at its end: what it did not speak of is lost.
    pub(super) async fn close(
        &mut self,
        ended: Result<(Id, ()), JoinError>,
        at_work: &mut HashMap<Id, Vec<Cell>>,
    ) -> Result<(), RunError> {
        let (id, why) = match ended {
            Ok((id, ())) => (id, say::nothing_known()),
            Err(error) => (error.id(), say::ended_unexpectedly(error.to_string())),
        };
        let failure = Failure::new(why, say::plan_again());
        let results = at_work
            .remove(&id)
            .unwrap_or_default()
            .into_iter()
            .filter(|cell| self.board.status(*cell) == Status::Running)
            .map(|cell| (cell, Ended::Failed(failure.clone())))
            .collect();
        self.take(Report { results, observed: None }).await
    }

    /// Journals what is left, and why.
    pub(super) async fn settle_rest(&mut self) -> Result<(), RunError> {
        let why = match &self.halted {
            _ if self.scene.gently.is_cancelled() => say::interrupted(),
            Some(why) => why.clone(),
            None => say::need_not_done(),
        };
        let left = self.board.open().into_iter().map(|cell| (cell, why.clone())).collect();
        self.skip(left).await
    }

    fn name(&self, cell: Cell) -> (&'static str, Said) {
        roster::bound(&self.plan, cell)
            .map_or_else(Default::default, |step| (step.facet.name(), step.after.clone()))
    }
}

/// Adds a step to the failure of the same cause, which the same report told of.
fn also_failed(told: &mut [Event], failing: StepId, on: &InstanceName, because: &Said) {
    for event in told {
        if let Event::Failed { also, subject, why, .. } = event
            && subject == on
            && why == because
        {
            also.push(failing);
            return;
        }
    }
}
