//! Beginning a unit: the intent is journaled, and told, before anything is done.

use std::collections::BTreeMap;
use std::sync::Arc;

use rdpctl_model::InstanceName;
use rdpctl_model::action::traits::{Through, Twice};
use rdpctl_model::guest::remains;
use rdpctl_model::outcome::StepEvent;
use rdpctl_model::plan::StepId;
use tokio::task::Id;
use tracing::Instrument;

use super::conductor::{Conductor, Units};
use super::roster::{self, Cell};
use super::unit::{Kind, Unit};
use super::{RunError, cloud, guest, log_on, observe, prove, tokens};
use crate::event::Event;

impl Conductor {
    /// Journals the intent and sends the unit off.
    pub(super) async fn start(
        &mut self,
        mut unit: Unit,
        units: &mut Units,
    ) -> Result<Id, RunError> {
        let now = self.scene.hands.clock.now();
        let day = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let number = uuid::Uuid::new_v4().as_fields().0;
        let shared = remains::Token::new(day, &self.run, number).to_string();
        let mut entries = Vec::new();
        let mut tokens = BTreeMap::new();
        let mut started: BTreeMap<StepId, Vec<InstanceName>> = BTreeMap::new();
        let mut span = None;
        for turn in &mut unit.turns {
            let Some(first) = turn.cells.first() else { continue };
            let subject = roster::subject(&self.plan, *first);
            let begun = self.spans.begin(&self.plan, &subject, &turn.cells);
            span.get_or_insert(begun);
            let guest = turn.machine.filter(|_| unit.kind == Kind::Guest);
            self.turns.begin(&turn.cells, guest, turn.room.take());
            for cell in &turn.cells {
                self.board.begin(*cell);
                let token = self.token(*cell, &subject, &shared);
                let intent = StepEvent::Intent { token: token.clone() };
                // A log-on is on record just before it is offered, and not when its turn comes.
                if unit.kind != Kind::LogOn {
                    entries.push(self.entry(*cell, intent, now));
                }
                tokens.insert(*cell, token);
                started.entry(cell.step).or_default().push(subject.clone());
            }
        }
        self.write(&entries).await?;
        for (step, subjects) in started {
            self.tell(Event::Started { step, subjects }).await;
        }
        // A unit of several machines is told of as the run's, one of a single machine as that machine's.
        let span = span.filter(|_| unit.turns.len() == 1).unwrap_or_else(tracing::Span::current);
        Ok(self.send_off(&unit, &tokens, span, units))
    }

    fn send_off(
        &self,
        unit: &Unit,
        tokens: &BTreeMap<Cell, String>,
        span: tracing::Span,
        units: &mut Units,
    ) -> Id {
        let scene = Arc::clone(&self.scene);
        let (plan, sources) = (&self.plan, &self.scene.sources);
        let handle = match unit.kind {
            Kind::Cloud => {
                let work = cloud::Work::new(plan, unit, tokens, &self.created);
                units.spawn(async move { cloud::perform(&scene, work).await }.instrument(span))
            }
            Kind::Guest => {
                let work = guest::Work::new(plan, sources, unit, tokens);
                units.spawn(async move { guest::perform(&scene, work).await }.instrument(span))
            }
            Kind::Observe => {
                let work = observe::Work::new(plan, sources, unit);
                units.spawn(async move { observe::perform(&scene, work).await }.instrument(span))
            }
            Kind::Prove { port } => {
                let work = prove::Work::new(plan, sources, unit, port);
                units.spawn(async move { prove::perform(&scene, work).await }.instrument(span))
            }
            Kind::LogOn => {
                let work = log_on::Work::new(plan, sources, unit, &self.run);
                units.spawn(async move { log_on::perform(&scene, work).await }.instrument(span))
            }
        };
        handle.id()
    }

    /// An open intent's token where there is one. Guests of one unit share theirs, so that they share their scripts;
    /// every order to a cloud has its own.
    fn token(&self, cell: Cell, subject: &InstanceName, shared: &str) -> String {
        let Some(step) = roster::bound(&self.plan, cell) else { return shared.to_owned() };
        let traits = step.action.traits();
        match (traits.through, traits.twice) {
            (Through::Cloud, Twice::Harmless) => token(),
            (Through::Cloud, Twice::Buys) => {
                let former = tokens::verb(&step.action)
                    .and_then(|verb| self.tokens.get(&(subject.clone(), verb)));
                former.cloned().unwrap_or_else(token)
            }
            (
                Through::Guest | Through::Look | Through::Proof | Through::LogOn,
                Twice::Harmless | Twice::Buys,
            ) => shared.to_owned(),
        }
    }
}

/// A token that names an order uniquely and is no longer than any vendor takes.
fn token() -> String {
    format!("rdpctl-{}", uuid::Uuid::new_v4().simple())
}
