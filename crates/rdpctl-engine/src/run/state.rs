//! The board: what became of each step on each subject.

use rdpctl_model::plan::{Plan, StepId, Subject};

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
}

/// One status per step and subject.
pub(crate) struct Board {
    rows: Vec<Vec<Status>>,
}

impl Board {
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut board = Self { rows: Vec::new() };
        board.extend(plan);
        board
    }

    /// Adds rows for steps that were added to the plan.
    pub(crate) fn extend(&mut self, plan: &Plan) {
        for step in &plan.steps[self.rows.len()..] {
            let status = if step.held.is_some() { Status::Held } else { Status::Open };
            self.rows.push(vec![status; plan.width(step)]);
        }
    }

    pub(crate) fn set(&mut self, step: StepId, member: usize, status: Status) {
        if let Some(slot) = self.rows.get_mut(step.0 as usize).and_then(|row| row.get_mut(member)) {
            *slot = status;
        }
    }

    pub(crate) fn own(&self, step: StepId, member: usize) -> Status {
        self.rows
            .get(step.0 as usize)
            .and_then(|row| row.get(member))
            .copied()
            .unwrap_or(Status::Failed)
    }

    /// What became of a need, as far as it concerns one subject of the step that needs it.
    pub(crate) fn get(&self, plan: &Plan, need: StepId, step: StepId, member: usize) -> Status {
        let (Some(needed), Some(needing)) = (plan.step(need), plan.step(step)) else {
            return Status::Failed;
        };
        match (&needed.on, &needing.on) {
            (Subject::Each(a), Subject::Each(b)) if a == b => self.own(need, member),
            (Subject::Shared { .. }, _) => self.own(need, 0),
            // Another group's step: the subject stands at another place there, found by its name.
            (Subject::Each(a), Subject::Each(b)) => {
                let name = &plan.groups[*b].members[member].name;
                match plan.groups[*a].members.iter().position(|other| other.name == *name) {
                    Some(place) => self.own(need, place),
                    None => Status::Done,
                }
            }
            (Subject::Each(_), Subject::Shared { .. }) => self.worst(need),
        }
    }

    fn worst(&self, step: StepId) -> Status {
        let row = self.rows.get(step.0 as usize).map(Vec::as_slice).unwrap_or_default();
        row.iter().copied().find(|status| *status != Status::Done).unwrap_or(Status::Done)
    }

    /// Steps that were neither held nor brought to an end.
    pub(crate) fn open(&self) -> Vec<(StepId, usize)> {
        let mut open = Vec::new();
        for (step, row) in (0_u32..).zip(&self.rows) {
            for (member, status) in row.iter().enumerate() {
                if matches!(status, Status::Open | Status::Running) {
                    open.push((StepId(step), member));
                }
            }
        }
        open
    }
}
