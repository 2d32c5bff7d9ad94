//! What runs did: the plan before anything is done, each step before and after, and how it ended.

use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;
use rdpctl_model::action::traits::{Phase, Restarts};
use rdpctl_model::outcome::{Growth, JournalEntry, RunEnd, RunRecord, StepEvent};
use rdpctl_model::plan::Budget;
use rdpctl_model::{InstanceName, Plan, RunId};

use super::{StoreError, Token};

/// Keeps runs. Every write carries the token of the run's lease, and is refused with [`StoreError::LeaseLost`] in the
/// same transaction once that is not current.
#[async_trait]
pub trait Runs: Send + Sync {
    /// Begins a run under the token in its record: the plan is saved before anything is done.
    async fn begin(&self, run: &RunRecord, plan: &Plan) -> Result<(), StoreError>;

    /// Adds what an observation revealed to a run's plan, durably before any of it is done.
    async fn extend(
        &self,
        token: &Token,
        run: &RunId,
        growth: &Growth,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Adds to a run's journal, durably before it returns. Objects that receipts say were made are entered in the
    /// ledger with it.
    async fn journal(
        &self,
        token: &Token,
        run: &RunId,
        entries: &[JournalEntry],
    ) -> Result<(), StoreError>;

    /// Ends a run: one's own, or one that a former holder of the same lease left behind.
    async fn end(
        &self,
        token: &Token,
        run: &RunId,
        at: Timestamp,
        end: RunEnd,
        cost: &Budget,
    ) -> Result<(), StoreError>;

    /// The hash that stands for the whole journal, where it is a chain of them: written down elsewhere, it shows later what
    /// somebody rewrote.
    async fn head(&self) -> Result<Option<String>, StoreError>;

    /// The runs that former holders of the token's lease never ended, oldest first. Whoever holds the lease knows
    /// that they are over; a run under another lease, or under this token, is none of them.
    async fn unfinished(&self, token: &Token) -> Result<Vec<Recorded>, StoreError>;

    /// Runs, newest first.
    async fn runs(&self, limit: usize) -> Result<Vec<RunRecord>, StoreError>;

    /// One run's plan, as it was at the last, and its journal.
    async fn run(&self, run: &RunId) -> Result<Option<Recorded>, StoreError>;

    /// Journal entries that concern an instance, newest first.
    async fn history(
        &self,
        instance: &InstanceName,
        limit: usize,
    ) -> Result<Vec<(RunId, JournalEntry)>, StoreError>;
}

/// A run as it is remembered.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// When, who, how it ended.
    pub record: RunRecord,
    /// The plan, with what observations added.
    pub plan: Plan,
    /// What happened, in the order in which it was written.
    pub journal: Vec<JournalEntry>,
}

impl Recorded {
    /// The instances for which anything was begun, failed or left out.
    #[must_use]
    pub fn in_hand(&self) -> BTreeSet<InstanceName> {
        self.journal.iter().filter_map(|entry| entry.subject.instance().cloned()).collect()
    }

    /// The instances with which something may still go on: whose Windows was started or restarted, or of which a change
    /// was begun and never reported. Who was only looked at is none of them: looking moves nothing.
    #[must_use]
    pub fn under_way(&self) -> BTreeSet<InstanceName> {
        let mut boots = BTreeSet::new();
        let mut open = BTreeSet::new();
        for entry in &self.journal {
            let Some(instance) = entry.subject.instance() else { continue };
            // What nobody finds in the plan may have been anything.
            let action = self.plan.find(&entry.step).map(|planned| planned.step.action.traits());
            let is_look = action
                .as_ref()
                .is_some_and(|traits| matches!(traits.phase, Phase::Look | Phase::Prove));
            let is_boot = action.is_some_and(|traits| {
                traits.phase == Phase::Start || traits.restarts == Restarts::Windows
            });
            match &entry.event {
                StepEvent::Skipped { .. } => {}
                _ if is_boot => {
                    boots.insert(instance.clone());
                }
                StepEvent::Intent { .. } if !is_look => {
                    open.insert((&entry.step, instance));
                }
                StepEvent::Intent { .. } => {}
                StepEvent::Done { .. } | StepEvent::Failed { .. } => {
                    open.remove(&(&entry.step, instance));
                }
            }
        }
        boots.extend(open.into_iter().map(|(_, instance)| instance.clone()));
        boots
    }
}
