//! Putting back what a run replaced, because a person said so on the page: the same way back as that of `rdpctl undo`, past the
//! same guards. Whoever is put back is paused, so that the loop does not bring about again what somebody did not want.

use std::collections::BTreeSet;

use async_trait::async_trait;
use rdpctl_contract::StoreError;
use rdpctl_engine::approve::{About, Answer, Approver, Question, Refused};
use rdpctl_engine::{Past, way_back};
use rdpctl_model::chronicle::{Command, Order};
use rdpctl_model::outcome::{Allowed, Means, Purpose, RunEnd};
use rdpctl_model::step::Guarded;
use rdpctl_model::{InstanceName, Plan, RunId, Said};

use crate::tools::Tools;

/// What a person wants undone.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    /// Who.
    pub(crate) by: String,
    /// Which run.
    pub(crate) run: RunId,
    /// What guards ask about and he allows.
    pub(crate) allow: BTreeSet<Guarded>,
}

impl Wish {
    /// Of an order, where it is one for that.
    pub(crate) fn of(order: &Order) -> Option<Self> {
        let Command::Undo { run, allow } = &order.what else { return None };
        Some(Self {
            by: order.by.clone(),
            run: run.clone(),
            allow: allow.iter().copied().collect(),
        })
    }

    /// The way back; or why there is none.
    pub(crate) async fn past(&self, tools: &Tools) -> Result<Past, Said> {
        let store = tools.store.as_ref();
        let told = |error: StoreError| Said::quoted(error.to_string());
        let Some(recorded) = store.run(&self.run).await.map_err(told)? else {
            return Err(say::no_such_run(self.run.as_str()));
        };
        let this = Purpose::Undo(self.run.clone());
        let runs = store.runs(usize::MAX).await.map_err(told)?;
        if runs.iter().any(|run| run.purpose == this && run.end == Some(RunEnd::Done)) {
            return Err(say::undone_already(self.run.as_str()));
        }
        let mut back = way_back(&recorded.plan, &recorded.journal);
        // Nobody knows any longer how to reach who is declared no more.
        back.machines.retain(|name, _| tools.fresh.estate.declares(name));
        if back.machines.is_empty() {
            return Err(say::nothing_to_undo(self.run.as_str()));
        }
        Ok(Past { run: self.run.clone(), back })
    }

    /// Notes, before anything is done, that it is being done, or why it is not; and pauses whom it concerns.
    pub(crate) async fn begin(
        &self,
        concerned: &BTreeSet<InstanceName>,
        refused: Option<&Said>,
        tools: &Tools,
    ) -> Result<(), StoreError> {
        let now = tools.fresh.hands.clock.now();
        let spent = Order {
            at: now,
            by: format!("{} (the loop)", tools.here.holder.owner),
            target: self.run.to_string(),
            what: Command::Spent,
            reason: refused.cloned(),
        };
        tools.store.order(&spent).await?;
        for name in concerned {
            let pause = Order {
                at: now,
                by: self.by.clone(),
                target: name.to_string(),
                what: Command::Pause { until: None },
                reason: Some(say::undone_here(self.run.as_str())),
            };
            tools.store.order(&pause).await?;
        }
        Ok(())
    }
}

/// Answers for whoever wants it undone.
pub(crate) struct ByWish<'a>(pub(crate) &'a Wish);

#[async_trait]
impl Approver for ByWish<'_> {
    fn beforehand(&self) -> Vec<Allowed> {
        Vec::new()
    }

    async fn show(&self, _: &Plan) -> Result<(), Refused> {
        Ok(())
    }

    async fn show_again(&self, _: &Plan) -> Result<(), Refused> {
        Ok(())
    }

    async fn answer(&self, question: &Question) -> Result<Answer, Refused> {
        let yes = Answer::Yes { by: self.0.by.clone(), means: Means::Page };
        Ok(match question.about {
            About::Guard(guard) if !self.0.allow.contains(&guard) => Answer::No,
            About::Guard(_) | About::Plan => yes,
        })
    }
}

/// Whom a way back concerns.
pub(crate) fn whom(past: &Past) -> BTreeSet<InstanceName> {
    past.back.machines.keys().cloned().collect()
}

rdpctl_model::says! { "order":
    no_such_run(run);
    undone_already(run);
    nothing_to_undo(run);
    undone_here(run);
}
