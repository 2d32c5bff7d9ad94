//! The board: what became of each step on each subject, and which can be done next.
//!
//! Every cell counts the needs that it still waits for, so that an ending concerns only the cells behind it, however
//! large the plan is.

use rdpctl_model::plan::{Plan, StepId};

use super::roster::{Cell, Roster};

/// What became of one step on one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Not begun.
    Open,
    /// May not be done.
    Held,
    /// Under way.
    Running,
    /// Done, and read back.
    Done,
    /// Failed.
    Failed,
    /// Given up without being tried.
    Skipped,
}

/// A step's cells, by place.
struct Row {
    group: usize,
    status: Vec<Status>,
    /// How many needs each cell waits for.
    waits: Vec<usize>,
    /// The steps that need this one.
    behind: Vec<StepId>,
}

/// One status per step and subject.
#[derive(Default)]
pub(crate) struct Board {
    rows: Vec<Row>,
}

/// What a change of the board brought.
#[derive(Default)]
pub(crate) struct Moved {
    /// Cells that wait for nothing any more.
    pub(crate) ready: Vec<Cell>,
    /// Cells that cannot be done any more, with the one at the beginning of the chain.
    pub(crate) lost: Vec<(Cell, Cell)>,
}

impl Board {
    /// Adds the steps that were added to the plan.
    pub(crate) fn extend(&mut self, plan: &Plan, roster: &Roster) -> Moved {
        let first = self.rows.len();
        for step in &plan.steps[first..] {
            let width = plan.width(step);
            let status = if step.held.is_some() { Status::Held } else { Status::Open };
            let (status, waits) = (vec![status; width], vec![0; width]);
            self.rows.push(Row { group: step.group, status, waits, behind: Vec::new() });
        }
        let mut broken = Vec::new();
        for (id, step) in plan.numbered().skip(first) {
            for need in &step.needs {
                self.connect(*need, id, roster, &mut broken);
            }
        }
        let mut moved = Moved::default();
        for (cell, root) in broken {
            self.lose(cell, root, roster, &mut moved);
        }
        for (id, _) in plan.numbered().skip(first) {
            let row = &self.rows[id.0 as usize];
            let ready = (0..row.status.len())
                .filter(|place| row.status[*place] == Status::Open && row.waits[*place] == 0);
            moved.ready.extend(ready.map(|place| Cell { step: id, place }));
        }
        moved
    }

    /// Lets a step wait for another's cells that have not come to an end.
    fn connect(
        &mut self,
        need: StepId,
        step: StepId,
        roster: &Roster,
        broken: &mut Vec<(Cell, Cell)>,
    ) {
        let Some(row) = self.rows.get(need.0 as usize) else { return };
        let statuses = row.status.clone();
        for (place, status) in statuses.into_iter().enumerate() {
            let needed = Cell { step: need, place };
            let behind = self.reach(needed, step, roster);
            match status {
                Status::Done => {}
                Status::Open | Status::Running => {
                    for behind in behind {
                        self.rows[step.0 as usize].waits[behind] += 1;
                    }
                }
                Status::Held | Status::Failed | Status::Skipped => {
                    broken.extend(behind.map(|place| (Cell { step, place }, needed)));
                }
            }
        }
        self.rows[need.0 as usize].behind.push(step);
    }

    /// The places of a step that a cell of another step concerns.
    fn reach(&self, from: Cell, to: StepId, roster: &Roster) -> std::ops::Range<usize> {
        let Some(row) = self.rows.get(to.0 as usize) else { return 0..0 };
        let one = |place: usize| place..place + 1;
        let (a, b) = (self.rows[from.step.0 as usize].group, row.group);
        if a == b {
            return one(from.place);
        }
        // Another group's step: the machine stands at another place there, or not at all.
        let machine = roster.of_group(a).get(from.place);
        machine.and_then(|machine| roster.place_in(*machine, b)).map_or(0..0, one)
    }

    pub(crate) fn status(&self, cell: Cell) -> Status {
        self.rows
            .get(cell.step.0 as usize)
            .and_then(|row| row.status.get(cell.place))
            .copied()
            .unwrap_or(Status::Skipped)
    }

    pub(crate) fn begin(&mut self, cell: Cell) {
        self.set(cell, Status::Running);
    }

    /// A cell is done: what waited for nothing else is ready.
    pub(crate) fn finish(&mut self, cell: Cell, roster: &Roster) -> Moved {
        self.set(cell, Status::Done);
        let mut moved = Moved::default();
        for step in self.behind(cell) {
            for place in self.reach(cell, step, roster) {
                let row = &mut self.rows[step.0 as usize];
                row.waits[place] = row.waits[place].saturating_sub(1);
                if row.waits[place] == 0 && row.status[place] == Status::Open {
                    moved.ready.push(Cell { step, place });
                }
            }
        }
        moved
    }

    /// A cell failed or was given up: what is behind it cannot be done any more.
    pub(crate) fn give_up(&mut self, cell: Cell, as_: Status, roster: &Roster) -> Moved {
        self.set(cell, as_);
        let mut moved = Moved::default();
        for step in self.behind(cell) {
            for place in self.reach(cell, step, roster) {
                self.lose(Cell { step, place }, cell, roster, &mut moved);
            }
        }
        moved
    }

    /// Skips an open cell and all that is behind it.
    fn lose(&mut self, cell: Cell, root: Cell, roster: &Roster, moved: &mut Moved) {
        let mut open = vec![cell];
        while let Some(cell) = open.pop() {
            if self.status(cell) != Status::Open {
                continue;
            }
            self.set(cell, Status::Skipped);
            moved.lost.push((cell, root));
            for step in self.behind(cell) {
                open.extend(self.reach(cell, step, roster).map(|place| Cell { step, place }));
            }
        }
    }

    /// Whether a step's need is met for one of its subjects, counting those as met that are done `with` it.
    pub(crate) fn is_met(&self, need: StepId, of: Cell, with: &[StepId], roster: &Roster) -> bool {
        if with.contains(&need) {
            return true;
        }
        let done = |place: usize| self.status(Cell { step: need, place }) == Status::Done;
        let Some(needed) = self.rows.get(need.0 as usize) else { return false };
        let (a, b) = (needed.group, self.rows[of.step.0 as usize].group);
        if a == b {
            return done(of.place);
        }
        let machine = roster.of_group(b).get(of.place);
        machine.and_then(|machine| roster.place_in(*machine, a)).is_none_or(done)
    }

    /// Cells that were neither held nor brought to an end.
    pub(crate) fn open(&self) -> Vec<Cell> {
        let mut open = Vec::new();
        for (step, row) in (0_u32..).map(StepId).zip(&self.rows) {
            for (place, status) in row.status.iter().enumerate() {
                match status {
                    Status::Open | Status::Running => open.push(Cell { step, place }),
                    Status::Held | Status::Done | Status::Failed | Status::Skipped => {}
                }
            }
        }
        open
    }

    fn behind(&self, cell: Cell) -> Vec<StepId> {
        self.rows.get(cell.step.0 as usize).map(|row| row.behind.clone()).unwrap_or_default()
    }

    fn set(&mut self, cell: Cell, status: Status) {
        if let Some(slot) =
            self.rows.get_mut(cell.step.0 as usize).and_then(|row| row.status.get_mut(cell.place))
        {
            *slot = status;
        }
    }
}
