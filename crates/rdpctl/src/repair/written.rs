//! A repair in the state's own journal: a run like every other, whose steps are its stages.

use rdpctl_model::RunId;
use rdpctl_model::Said;
use rdpctl_model::outcome::{JournalEntry, JournalSubject, Purpose, Receipt, RunEnd, StepEvent};
use rdpctl_model::plan::Budget;

use super::hands::Repair;
use super::record::{Record, Stage};
use super::told;
use crate::error::CliError;
use crate::own_run;

impl Repair<'_> {
    /// Begins the run: what it promises is kept before anything is done.
    pub(super) async fn begin(&self, record: &mut Record) -> Result<(), CliError> {
        self.open(RunId::new(&record.run), Purpose::RepairDisk(record.instance.clone())).await?;
        record.reach(Stage::Stopping, self.session.beside())?;
        self.journal(record, vec![(Stage::Stopping, begun(record))]).await
    }

    /// A state that was lost knows nothing of the run; what is half done has to be ended all the same.
    pub(super) async fn remember(&self, record: &Record) -> Result<(), CliError> {
        let id = RunId::new(&record.run);
        if self.session.store.run(&id).await?.is_none() {
            self.open(id, Purpose::RepairDisk(record.instance.clone())).await?;
        }
        Ok(())
    }

    /// Begins a run that is no engine's.
    pub(super) async fn open(&self, id: RunId, purpose: Purpose) -> Result<(), CliError> {
        let budget = Budget {
            api_calls: told::CALLS,
            seconds: told::MINUTES * 60,
            money: [("disks", 1), ("snapshots", 1), ("machines for some minutes", 1)]
                .map(|(what, count)| (what.to_owned(), count))
                .into(),
            ..Budget::default()
        };
        own_run::begin(
            self.session,
            self.permit,
            own_run::Begun { id, purpose, allowed: self.allowed.clone(), budget },
        )
        .await
    }

    /// The stage that was in hand is done, and the next one is begun: on record beside the state first, which is what
    /// whoever comes after a kill goes by.
    pub(super) async fn reach(&self, record: &mut Record, stage: Stage) -> Result<(), CliError> {
        let done = record.stage;
        record.reach(stage, self.session.beside())?;
        let mut events = vec![(done, StepEvent::Done { receipt: Receipt::default() })];
        if stage.is_over() {
            events.push((stage, StepEvent::Done { receipt: Receipt::default() }));
        } else {
            events.push((stage, begun(record)));
        }
        self.journal(record, events).await
    }

    /// The stage in hand failed.
    pub(super) async fn failed(&self, record: &Record, why: &CliError) -> Result<(), CliError> {
        let event = StepEvent::Failed {
            why: Said::quoted(why.message()),
            advice: say::put_back(),
            logon: None,
        };
        self.journal(record, vec![(record.stage, event)]).await
    }

    pub(super) async fn journal(
        &self,
        record: &Record,
        events: Vec<(Stage, StepEvent)>,
    ) -> Result<(), CliError> {
        let at = self.session.clock.now();
        let entry = |(stage, event): (Stage, StepEvent)| JournalEntry {
            step: stage.number(),
            subject: JournalSubject::Instance(record.instance.clone()),
            event,
            at,
        };
        let entries: Vec<JournalEntry> = events.into_iter().map(entry).collect();
        self.permit.check().await?;
        let run = RunId::new(&record.run);
        Ok(self.session.store.journal(self.permit.token(), &run, &entries).await?)
    }

    /// Ends the run, with what it cost.
    pub(super) async fn end(&self, run: &str, end: RunEnd) -> Result<(), CliError> {
        let spent = self.meter.spent();
        let cost = Budget {
            api_calls: spent.api_calls,
            guest_round_trips: spent.guest_round_trips,
            ..Budget::default()
        };
        self.permit.check().await?;
        let (token, now) = (self.permit.token(), self.session.clock.now());
        Ok(self.session.store.end(token, &RunId::new(run), now, end, &cost).await?)
    }
}

/// The event of a stage that is about to be done.
pub(super) fn begun(record: &Record) -> StepEvent {
    StepEvent::Intent { token: super::hands::token(&record.run) }
}

rdpctl_model::says! { "repair":
    put_back();
}
