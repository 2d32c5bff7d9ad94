//! Bringing about what is declared, as one thing: recover, look, assess, plan, ask, execute, look again.
//!
//! It is done for a whole estate, for one fleet or for one instance; several may go on side by side under one lease,
//! and share what limits them. Who asks for it, and in which words it is told, is not known here.

mod ask;
mod quote;
mod recover;
mod stands;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use rdpctl_contract::{Store, StoreError};
use rdpctl_model::declaration::{Patience, Share};
use rdpctl_model::facts::Facts;
use rdpctl_model::outcome::{Allowed, Purpose};
use rdpctl_model::step::Guarded;
use rdpctl_model::verdict::Answers;
use rdpctl_model::{InstanceName, Plan};
use tokio::sync::mpsc;

use crate::approve::{Approver, Refused};
use crate::assess::{Filter, Pattern, judge_afresh};
use crate::bind::{Extent, bind};
use crate::draft::{Draft, View};
use crate::estate::Estate;
use crate::event::Event;
use crate::lease::Permit;
use crate::log_on::LogOns;
use crate::meant::NobodyMeant;
use crate::outside::Hands;
use crate::refresh::{LookError, refresh};
use crate::run::{Disruption, RunError, RunOptions, RunReport, Stops, execute};
use crate::tried;
use crate::undo::{Past, answering, bind_back};

/// With what and with whom it is done.
pub struct Reconcile<'a> {
    /// What is declared.
    pub estate: &'a Estate,
    /// The worlds.
    pub hands: &'a Hands,
    /// What is remembered.
    pub store: &'a Arc<dyn Store>,
    /// The right to change anything.
    pub permit: &'a Arc<Permit>,
    /// Whoever is asked.
    pub approver: &'a dyn Approver,
    /// Whoever listens.
    pub events: &'a mpsc::Sender<Event>,
    /// The two ways of stopping.
    pub stops: &'a Stops,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Errand {
    /// For which part of the estate.
    pub scope: Filter,
    /// What for.
    pub goal: Goal,
    /// On what it rests.
    pub rests_on: RestsOn,
    /// Whose log-on may be tried again, whatever came of the last.
    pub again: Vec<Pattern>,
    /// A plan that somebody kept: what is planned now must come to the same.
    pub kept: Option<Plan>,
    /// Units of work at once.
    pub parallelism: usize,
    /// Failed machines that stop the run.
    pub max_failures: Share,
    /// How long to wait for what.
    pub patience: Patience,
    /// Who runs it, for the record.
    pub holder: String,
    /// Who is disrupted now, shared by all runs of this process.
    pub disruption: Disruption,
}

/// What is to be brought about.
#[derive(Clone, Debug)]
pub enum Goal {
    /// What is declared.
    Declared,
    /// What was there before a run.
    Before(Past),
}

impl Goal {
    fn purpose(&self) -> Purpose {
        match self {
            Self::Declared => Purpose::Apply,
            Self::Before(past) => Purpose::Undo(past.run.clone()),
        }
    }
}

/// On what a plan rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestsOn {
    /// On a look.
    Look,
    /// On what was seen before.
    Memory,
}

/// What came of it.
#[derive(Debug)]
pub enum Reconciled {
    /// There was nothing to do, or nothing that anybody could allow.
    Idle {
        /// Why.
        plan: Plan,
    },
    /// Something was done.
    Ran {
        /// What.
        report: Box<RunReport>,
        /// What a new plan would do.
        after: Plan,
        /// Who answers from outside now, of those who were put back. What was declared is not what was before, so that
        /// a plan proves nothing of them.
        answers: Vec<(InstanceName, Answers)>,
    },
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// It was stopped before anything was done.
    #[error("stopped before anything was done")]
    Stopped,
    /// Whoever was asked did not say yes.
    #[error("not approved")]
    Refused {
        /// Why.
        why: Refused,
        /// What the guards asked.
        guards: BTreeSet<Guarded>,
    },
    /// What is planned now is not what somebody kept.
    #[error("the plan is stale")]
    Stale {
        /// When that was made, where it says so.
        made: Option<Timestamp>,
        /// In what they differ.
        differences: Vec<rdpctl_plan::Difference>,
    },
    /// The scope names nobody.
    #[error(transparent)]
    Scope(#[from] NobodyMeant),
    /// The state does not serve.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The run could not be conducted.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl From<LookError> for ReconcileError {
    fn from(error: LookError) -> Self {
        match error {
            LookError::Stopped => Self::Stopped,
            LookError::Store(error) => Self::Store(error),
        }
    }
}

impl Reconcile<'_> {
    /// Does it.
    pub async fn run(&self, errand: &Errand) -> Result<Reconciled, ReconcileError> {
        // Whoever waits for it need not hold all that it holds.
        Box::pin(self.conduct(errand)).await
    }

    async fn conduct(&self, errand: &Errand) -> Result<Reconciled, ReconcileError> {
        let known =
            if errand.scope.is_open() { Facts::default() } else { self.store.facts().await? };
        let errand = &*self.named(errand, &known);
        let left = self.recover(&errand.scope).await?;
        let mut view = self.look(errand, &errand.scope).await?;
        // Whom nobody had seen before has a name now.
        let errand = &*self.named(errand, &view.facts);
        self.forget_what_is_over(&mut view, errand).await?;
        let mut allowed = Permissions(self.approver.beforehand());
        let mut plan = self.plan(&view, errand, &allowed).await?;
        self.wait_for(&left.under_way, errand, &allowed, &mut view, &mut plan).await?;
        self.bind(&mut plan, errand).await?;
        if let Some(kept) = &errand.kept {
            let differences = rdpctl_plan::differences(kept, &plan);
            if !differences.is_empty() {
                let made = kept.basis.at;
                return Err(ReconcileError::Stale { made, differences });
            }
        }
        let mut quoted = quote::Quoted::default();
        self.quote(&mut plan, &mut quoted).await;
        match self.ask(&mut plan, &view, errand, &mut allowed, &mut quoted).await? {
            Leave::Given => {}
            Leave::NotNeeded => {
                if plan.is_quiet() {
                    self.close(&left).await?;
                }
                return Ok(Reconciled::Idle { plan });
            }
        }
        errand.disruption.measure(self.estate, &view.facts);
        let options = RunOptions {
            parallelism: errand.parallelism,
            max_failures: errand.max_failures,
            allowed: allowed.guards(),
            patience: errand.patience,
            holder: errand.holder.clone(),
            purpose: errand.goal.purpose(),
            answers: allowed.0.clone(),
            scope: errand.scope.clone(),
            disruption: errand.disruption.clone(),
        };
        let (store, permit) = (self.store, self.permit);
        let ran = execute(
            self.estate,
            self.hands,
            store,
            permit,
            plan,
            &options,
            self.events,
            self.stops,
        );
        let mut report = Box::new(Box::pin(ran).await?);
        // The run looked again at what it touched.
        let mut view = View { facts: self.store.facts().await?, unseen: Some(Vec::new()) };
        self.remember_what_stands(&mut report, &mut view, errand).await?;
        let now = self.hands.clock.now();
        let declared = Errand { goal: Goal::Declared, again: Vec::new(), ..errand.clone() };
        let after = self.plan(&view, &declared, &allowed).await?;
        let answers = match &errand.goal {
            Goal::Declared => Vec::new(),
            Goal::Before(past) => answering(self.estate, &view.facts, past, now),
        };
        Ok(Reconciled::Ran { report, after, answers })
    }

    /// The errand with members of fleets by their ids.
    fn named<'e>(&self, errand: &'e Errand, facts: &Facts) -> Cow<'e, Errand> {
        let scope = errand.scope.by_id(self.estate, facts);
        if scope == errand.scope {
            Cow::Borrowed(errand)
        } else {
            Cow::Owned(Errand { scope, ..errand.clone() })
        }
    }

    /// What was tried before and is another thing now, or gone, may be tried again if it comes back.
    async fn forget_what_is_over(
        &self,
        view: &mut View,
        errand: &Errand,
    ) -> Result<(), StoreError> {
        if view.facts.tried.is_empty() {
            return Ok(());
        }
        let now = self.hands.clock.now();
        let assessed = judge_afresh(self.estate, &view.facts, &errand.scope, now);
        let over = tried::over(&view.facts.tried, &assessed);
        self.store.try_again(&self.permit.author(), &over).await?;
        view.facts.tried.retain(|one| !over.contains(&(one.instance.clone(), one.facet)));
        Ok(())
    }

    /// What was done and left its finding as it was is said, and not planned again.
    async fn remember_what_stands(
        &self,
        report: &mut RunReport,
        view: &mut View,
        errand: &Errand,
    ) -> Result<(), StoreError> {
        match errand.goal {
            Goal::Before(_) => return Ok(()),
            Goal::Declared => {}
        }
        let now = self.hands.clock.now();
        let assessed = judge_afresh(self.estate, &view.facts, &errand.scope, now);
        report.standing = stands::left_standing(report, &assessed, now);
        if !report.standing.is_empty() {
            self.store.left_standing(&self.permit.author(), &report.standing).await?;
            view.facts.tried = self.store.facts().await?.tried;
        }
        Ok(())
    }

    async fn look(&self, errand: &Errand, scope: &Filter) -> Result<View, ReconcileError> {
        match errand.rests_on {
            RestsOn::Memory => Ok(View { facts: self.store.facts().await?, unseen: None }),
            RestsOn::Look => {
                let eyes = self.hands.eyes();
                let store = self.store.as_ref();
                let stop = &self.stops.gently;
                let seen = refresh(self.estate, &eyes, store, scope, self.events, stop).await?;
                Ok(View { facts: seen.facts, unseen: Some(seen.unseen) })
            }
        }
    }

    async fn plan(
        &self,
        view: &View,
        errand: &Errand,
        allowed: &Permissions,
    ) -> Result<Plan, ReconcileError> {
        let tried = LogOns::recall(self.store.as_ref(), self.estate, &view.facts).await?;
        let draft = Draft {
            estate: self.estate,
            scope: &errand.scope,
            allowed: &allowed.guards(),
            tariffs: &self.hands.tariffs(),
            second: self.hands.second.as_deref(),
            tried: Some(&tried),
            again: &errand.again,
            now: self.hands.clock.now(),
        };
        match &errand.goal {
            Goal::Declared => Ok(draft.plan(view)?),
            Goal::Before(past) => Ok(draft.back(view, past)?),
        }
    }

    async fn bind(&self, plan: &mut Plan, errand: &Errand) -> Result<(), StoreError> {
        let (store, tariffs) = (self.store.as_ref(), self.hands.tariffs());
        bind(self.estate, store, plan, Extent::All, &tariffs).await?;
        match &errand.goal {
            Goal::Declared => Ok(()),
            Goal::Before(past) => bind_back(store, plan, past, &tariffs).await,
        }
    }
}

/// Whether anything may be done.
enum Leave {
    /// It may.
    Given,
    /// There is nothing to be done.
    NotNeeded,
}

/// Who allowed what.
struct Permissions(Vec<Allowed>);

impl Permissions {
    fn guards(&self) -> BTreeSet<Guarded> {
        self.0.iter().map(|allowed| allowed.guard).collect()
    }
}
