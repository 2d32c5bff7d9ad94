//! Orders to a console in the state's own journal: a run each, whose one step is the order.

use std::sync::Arc;

use jiff::Timestamp;
use rdpctl_contract::channel::ChannelError;
use rdpctl_engine::lease::Permit;
use rdpctl_model::outcome::{
    Allowed, JournalEntry, JournalSubject, Purpose, Receipt, RunEnd, StepEvent,
};
use rdpctl_model::plan::Budget;
use rdpctl_model::{RunId, Said};
use rdpctl_providers::channel::serial::{Anew, Heard};

use super::Seat;
use super::order::{number, of_number};
use crate::error::CliError;
use crate::own_run;

/// An order of a run that never ended.
pub(super) struct Left {
    pub(super) run: RunId,
    pub(super) how: Anew,
    /// When it was about to be given.
    pub(super) ordered: Timestamp,
}

impl Seat<'_> {
    /// On record before it is given.
    pub(super) async fn begin(
        &self,
        how: Anew,
        permit: &Arc<Permit>,
        allowed: Vec<Allowed>,
    ) -> Result<RunId, CliError> {
        let id = RunId::new(own_run::name());
        let purpose = Purpose::Console(self.instance.name.clone());
        let budget = Budget { reboots: 1, ..Budget::default() };
        let begun =
            own_run::Begun { id: id.clone(), purpose, allowed, budget, repairs: Vec::new() };
        own_run::begin(self.session, permit, begun).await?;
        let token = format!("rdpctl-console-{}", id.as_str());
        self.journal(&id, how, permit, StepEvent::Intent { token }).await?;
        Ok(id)
    }

    pub(super) async fn noted(
        &self,
        run: &RunId,
        how: Anew,
        permit: &Arc<Permit>,
        came: &Result<Heard, ChannelError>,
    ) -> Result<(), CliError> {
        let event = match came {
            Ok(_) => StepEvent::Done { receipt: Receipt::default() },
            Err(why) => StepEvent::Failed { why: why.said(), advice: Said::default(), logon: None },
        };
        self.journal(run, how, permit, event).await
    }

    async fn journal(
        &self,
        run: &RunId,
        how: Anew,
        permit: &Arc<Permit>,
        event: StepEvent,
    ) -> Result<(), CliError> {
        let entry = JournalEntry {
            step: number(how),
            subject: JournalSubject::Instance(self.instance.name.clone()),
            event,
            at: self.session.clock.now(),
        };
        permit.check().await?;
        Ok(self.session.store.journal(permit.token(), run, &[entry]).await?)
    }

    pub(super) async fn end(
        &self,
        run: &RunId,
        permit: &Arc<Permit>,
        end: RunEnd,
    ) -> Result<(), CliError> {
        permit.check().await?;
        let now = self.session.clock.now();
        Ok(self.session.store.end(permit.token(), run, now, end, &Budget::default()).await?)
    }

    /// Orders to this machine of runs that never ended.
    pub(super) async fn left(&self, permit: &Arc<Permit>) -> Result<Vec<Left>, CliError> {
        let purpose = Purpose::Console(self.instance.name.clone());
        let mut found = Vec::new();
        for run in self.session.store.unfinished(permit.token()).await? {
            if run.record.purpose != purpose {
                continue;
            }
            let order = run.journal.iter().find_map(|entry| {
                let how = of_number(&entry.step)?;
                matches!(entry.event, StepEvent::Intent { .. }).then_some((how, entry.at))
            });
            match order {
                Some((how, ordered)) => found.push(Left { run: run.record.id, how, ordered }),
                // It was cut off before there was an order.
                None => self.end(&run.record.id, permit, RunEnd::Interrupted).await?,
            }
        }
        Ok(found)
    }

    /// What came of it is known now.
    pub(super) async fn settled(
        &self,
        left: &Left,
        permit: &Arc<Permit>,
        anew: bool,
    ) -> Result<(), CliError> {
        let event = if anew {
            StepEvent::Done { receipt: Receipt::default() }
        } else {
            StepEvent::Failed { why: say::not_given(), advice: Said::default(), logon: None }
        };
        self.journal(&left.run, left.how, permit, event).await?;
        self.end(&left.run, permit, RunEnd::Interrupted).await
    }
}

rdpctl_model::says! { "console":
    not_given();
}
