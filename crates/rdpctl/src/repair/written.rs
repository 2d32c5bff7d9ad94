//! A repair in the state's own journal: a run like every other, whose steps are its stages.

use std::time::Duration;

use rdpctl_contract::{CloudChanger as _, DiskDeed, DiskWork};
use rdpctl_model::RunId;
use rdpctl_model::Said;
use rdpctl_model::StepNumber;
use rdpctl_model::outcome::{JournalEntry, JournalSubject, Purpose, Receipt, RunEnd, StepEvent};
use rdpctl_model::plan::{Budget, Quote, Sighted};
use rdpctl_model::repair::{PlannedRepair, RepairStage};

use super::hands::Repair;
use super::record::Record;
use crate::error::CliError;
use crate::own_run;

/// Whoever waits for the bill waits so long.
const QUOTED_WITHIN: Duration = Duration::from_secs(10);

impl Repair<'_> {
    /// Begins the run: what it promises is kept before anything is done.
    pub(super) async fn begin(&self, record: &mut Record) -> Result<(), CliError> {
        let purpose = Purpose::RepairDisk(record.instance.clone());
        self.open(RunId::new(&record.run), purpose, record.planned.clone()).await?;
        record.reach(RepairStage::Stopping, self.session.beside())?;
        self.journal(record, vec![(RepairStage::Stopping, begun(record))]).await
    }

    /// A state that was lost knows nothing of the run; what is half done has to be ended all the same.
    pub(super) async fn remember(&self, record: &Record) -> Result<(), CliError> {
        let id = RunId::new(&record.run);
        if self.session.store.run(&id).await?.is_none() {
            let purpose = Purpose::RepairDisk(record.instance.clone());
            self.open(id, purpose, record.planned.clone()).await?;
        }
        Ok(())
    }

    /// Begins a run that is no engine's.
    pub(super) async fn open(
        &self,
        id: RunId,
        purpose: Purpose,
        planned: Option<PlannedRepair>,
    ) -> Result<(), CliError> {
        let begun = own_run::Begun {
            id,
            purpose,
            allowed: self.allowed.clone(),
            budget: planned.as_ref().map(|planned| planned.budget.clone()).unwrap_or_default(),
            repairs: planned.into_iter().collect(),
        };
        own_run::begin(self.session, self.permit, begun).await
    }

    /// The stage that was in hand is done, and the next one is begun: on record beside the state first, which is what
    /// whoever comes after a kill goes by.
    pub(super) async fn reach(
        &self,
        record: &mut Record,
        stage: RepairStage,
    ) -> Result<(), CliError> {
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
        events: Vec<(RepairStage, StepEvent)>,
    ) -> Result<(), CliError> {
        let at = self.session.clock.now();
        let entry = |(stage, event): (RepairStage, StepEvent)| JournalEntry {
            step: StepNumber::first_level(stage.place()),
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
    pub(super) async fn end(&self, record: &Record, end: RunEnd) -> Result<Budget, CliError> {
        let run = RunId::new(&record.run);
        let began = self.session.store.run(&run).await?.map(|run| run.record.began);
        let now = self.session.clock.now();
        let took = began.and_then(|began| Duration::try_from(now.duration_since(began)).ok());
        let took = took.unwrap_or_default();
        let bill = self.bill(record, took).await;
        let spent = self.meter.spent();
        let cost = Budget {
            api_calls: spent.api_calls,
            guest_round_trips: spent.guest_round_trips,
            seconds: took.as_secs(),
            ..bill
        };
        self.permit.check().await?;
        let token = self.permit.token();
        self.session.store.end(token, &run, now, end, &cost).await?;
        Ok(cost)
    }

    /// What it made is charged for as long as it took, and the second disk for as long as it is kept.
    async fn bill(&self, record: &Record, took: Duration) -> Budget {
        let Some(planned) = &record.planned else { return Budget::default() };
        let keep = match record.stage {
            RepairStage::Done => Duration::from_secs(planned.keep_seconds),
            RepairStage::Stopping
            | RepairStage::Copying
            | RepairStage::Reading
            | RepairStage::Attaching
            | RepairStage::Held
            | RepairStage::Writing
            | RepairStage::Detaching
            | RepairStage::Swapping
            | RepairStage::Starting
            | RepairStage::CleaningUp
            | RepairStage::PutBack => Duration::ZERO,
        };
        let deed = DiskDeed::Repair { keep };
        let work = DiskWork { vm: record.id.clone(), takes: took, longer: None, deed };
        let asked = self.cloud.price_of_work(&work, &self.stops.now);
        let asked = tokio::time::timeout(QUOTED_WITHIN, asked).await;
        let price = asked.ok().and_then(|answer| {
            answer.inspect_err(|error| tracing::debug!(%error, "no price quoted")).ok()?.price
        });
        let price = price.map_or(Sighted::NotSeen, Sighted::Seen);
        let what = PlannedRepair::BILLED.to_owned();
        Budget {
            money: [(what.clone(), 1)].into(),
            quotes: vec![Quote { what, price }],
            ..Budget::default()
        }
    }
}

/// The event of a stage that is about to be done.
pub(super) fn begun(record: &Record) -> StepEvent {
    StepEvent::Intent { token: super::hands::token(&record.run) }
}

rdpctl_model::says! { "repair":
    put_back();
}
