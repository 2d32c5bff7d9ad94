//! Asking for leave: guard by guard, then for the whole.

use std::collections::BTreeSet;

use rdpctl_model::Plan;
use rdpctl_model::outcome::Allowed;
use rdpctl_model::step::Guarded;

use super::quote::Quoted;
use super::{Errand, Leave, Permissions, Reconcile, ReconcileError};
use crate::approve::{self, About, Answer, Question, Refused};
use crate::draft::View;

impl Reconcile<'_> {
    /// Shows the plan and asks. The plan becomes what the answers made of it.
    pub(super) async fn ask(
        &self,
        plan: &mut Plan,
        view: &View,
        errand: &Errand,
        allowed: &mut Permissions,
        quoted: &mut Quoted,
    ) -> Result<Leave, ReconcileError> {
        let questions = approve::of_guards(plan);
        let guards = questions.iter().filter_map(|question| match question.about {
            About::Guard(guard) => Some(guard),
            About::Plan => None,
        });
        let guards: BTreeSet<Guarded> = guards.collect();
        let refused = |why| ReconcileError::Refused { why, guards: guards.clone() };
        self.approver.show(plan).await.map_err(refused)?;
        if plan.changes().next().is_none() && questions.is_empty() {
            return Ok(Leave::NotNeeded);
        }
        let before = allowed.0.len();
        for question in &questions {
            if let (About::Guard(guard), Answer::Yes { by, means }) =
                (question.about, self.answer(question).await?.map_err(refused)?)
            {
                allowed.0.push(Allowed { guard, by, means });
            }
        }
        if allowed.0.len() > before {
            *plan = self.plan(view, errand, allowed).await?;
            self.bind(plan, errand).await?;
            self.quote(plan, quoted).await;
            self.approver.show_again(plan).await.map_err(refused)?;
        }
        match self.answer(&approve::of_plan(plan)).await?.map_err(refused)? {
            Answer::Yes { .. } => Ok(Leave::Given),
            Answer::No => Err(refused(Refused::Left)),
        }
    }

    /// One answer; whoever is stopped at a question has done nothing.
    async fn answer(&self, question: &Question) -> Result<Result<Answer, Refused>, ReconcileError> {
        tokio::select! {
            biased;
            () = self.stops.gently.cancelled() => Err(ReconcileError::Stopped),
            answer = self.approver.answer(question) => Ok(answer),
        }
    }
}
