//! Writing down what happens, under the number of the run's lease.

use jiff::Timestamp;
use rdpctl_contract::StoreError;
use rdpctl_model::outcome::{Growth, JournalEntry, JournalSubject, StepEvent};
use rdpctl_model::plan::StepId;

use super::conductor::Conductor;
use super::roster::{self, Cell};

impl Conductor {
    /// Adds to the journal, durably before it returns.
    pub(super) async fn write(&self, entries: &[JournalEntry]) -> Result<(), StoreError> {
        self.scene.store.journal(self.scene.permit.token(), &self.run, entries).await
    }

    /// What happened to a cell, as a line of the journal.
    pub(super) fn entry(&self, cell: Cell, event: StepEvent, at: Timestamp) -> JournalEntry {
        let subject = JournalSubject::Instance(roster::subject(&self.plan, cell));
        JournalEntry { step: self.plan.number(cell.step), subject, event, at }
    }

    /// Saves what stands behind these places of the plan, so that whoever reads the journal later can name its steps.
    pub(super) async fn save_growth(
        &self,
        look: StepId,
        groups: usize,
        from: StepId,
        security: usize,
    ) -> Result<(), StoreError> {
        let growth = Growth {
            by: self.plan.number(look),
            groups: self.plan.groups[groups..].to_vec(),
            steps: self.plan.steps[from.0 as usize..].to_vec(),
            security: self.plan.security[security..].to_vec(),
        };
        let now = self.scene.hands.clock.now();
        self.scene.store.extend(self.scene.permit.token(), &self.run, &growth, now).await
    }
}
