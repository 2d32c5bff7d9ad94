//! What all that is known comes to: what turned is told, who ought to be looked at sooner is, and what may be mended is.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use rdpctl_engine::remains;
use rdpctl_engine::{Draft, Filter, LogOns, ReconcileError, View};
use rdpctl_model::declaration::Mode;
use rdpctl_model::facet::World;
use rdpctl_model::{InstanceName, Plan};
use tokio::time::Instant;

use super::Shift;
use crate::dispatch::Lane;
use crate::event::{Event, Turn};
use crate::judge::as_of;
use crate::judged::Judged;
use crate::mend::{self, Tools};
use crate::pace::back_off;
use crate::subject::Subject;

/// After judging, so many times its own duration is left to others.
const LEFT_TO_OTHERS: u32 = 19;

impl Shift {
    /// Makes of all that is known what differs, and tells what turned.
    pub(super) async fn judge(&mut self) {
        self.judge_at = None;
        let began = Instant::now();
        let (turns, plan, due) = match self.turns().await {
            Ok(judged) => judged,
            Err(error) => {
                self.forgets(error.to_string());
                self.judge_at = Some(began + Duration::from_secs(5));
                return;
            }
        };
        let ended = Instant::now();
        self.judge_not_before = ended + ended.duration_since(began) * LEFT_TO_OTHERS;
        self.count_findings(&plan, ended.duration_since(began));
        let looked_at = std::mem::take(&mut self.looked_at);
        if !turns.is_empty()
            && let Err(error) = self.store.turned(&crate::judge::kept(&turns)).await
        {
            self.forgets(error.to_string());
        }
        for turn in &turns {
            self.follow(turn, &looked_at);
            self.see_to_fights(turn).await;
        }
        for turn in self.left_to_tell(turns, &plan) {
            self.tell(Event::Turned(Box::new(turn)));
        }
        if self.first.as_ref().is_some_and(HashSet::is_empty) {
            self.first = None;
            self.tell(Event::Ready { instances: plan.instances, healthy: plan.healthy });
        }
        for name in &looked_at {
            self.again_soon(name);
        }
        self.mend(&plan, due);
    }

    /// What turned, or where all of it is told once, what this process has not told yet.
    fn left_to_tell(&mut self, turns: Vec<Turn>, plan: &Plan) -> Vec<Turn> {
        let Some(shown) = &self.shown else { return turns };
        let now = self.clock.now();
        let (after, told) = shown
            .turned(plan, now, &as_of(&self.fresh.accepts, now), |name| self.unmet.contains(name));
        self.shown = Some(after);
        told
    }

    fn count_findings(&self, plan: &Plan, took: Duration) {
        let findings = self.findings.by_facet();
        let accepted = self.findings.accepted();
        self.voice.signals.note(|numbers| {
            numbers.judge_seconds.add(took.as_secs_f64());
            (numbers.instances, numbers.as_declared) = (plan.instances, plan.healthy);
            numbers.findings = findings;
            numbers.accepted = accepted;
        });
    }

    /// Begins a run for what may be mended, where that is wanted and none goes on.
    fn mend(&mut self, plan: &Plan, due: BTreeSet<InstanceName>) {
        if self.fresh.looping.mode != Mode::Enforce || !self.is_ready() {
            return;
        }
        self.mender.asks(plan, &self.voice);
        if self.mending.is_some() {
            return;
        }
        let (registry, failures) = (&self.registry, &self.failures);
        let pauses = rdpctl_model::chronicle::pauses(&self.orders, self.clock.now());
        let is_left_alone = |name: &InstanceName| {
            let provider = registry.of(name).map(|machine| &machine.provider);
            let silent = provider.and_then(|provider| failures.get(provider));
            silent.is_some_and(|failures| *failures > 0)
                || pauses.iter().any(|order| order.means(name))
        };
        // What somebody accepted is theirs to end.
        let accepted: BTreeSet<mend::Part> =
            self.findings.accepted_parts().map(|(facet, name)| (name.clone(), facet)).collect();
        let Some(job) = self.mender.job(plan, due, &accepted, is_left_alone) else { return };
        let tools = Tools {
            fresh: self.fresh.clone(),
            store: std::sync::Arc::clone(&self.store),
            here: self.here.clone(),
            disruption: self.mender.disruption.clone(),
            stops: self.stops.clone(),
            voice: self.voice.clone(),
        };
        self.mending = Some(Box::pin(mend::mend(job, tools)));
    }

    /// What turned, what there is to do, and in whom remains of earlier runs are over.
    async fn turns(&mut self) -> Result<(Vec<Turn>, Plan, BTreeSet<InstanceName>), ReconcileError> {
        let facts = self.store.facts().await?;
        let unseen = self.unseen.values().flatten().cloned().collect();
        let now = self.clock.now();
        let tried = LogOns::recall(self.store.as_ref(), &self.fresh.estate, &facts).await?;
        let draft = Draft {
            tried: Some(&tried),
            again: &[],
            estate: &self.fresh.estate,
            scope: &Filter::default(),
            allowed: &BTreeSet::new(),
            tariffs: &self.tariffs,
            now,
        };
        let view = View { facts, unseen: Some(unseen) };
        let plan = draft.plan(&view)?;
        let due = remains::due(&self.fresh.estate, &view.facts, now);
        self.voice.show(|| Judged {
            estate: std::sync::Arc::clone(&self.fresh.estate),
            mode: self.fresh.looping.mode,
            facts: view.facts,
            plan: plan.clone(),
        });
        let accepts = as_of(&self.fresh.accepts, now);
        let (findings, turns) =
            self.findings.turned(&plan, now, &accepts, |name| self.unmet.contains(name));
        self.findings = findings;
        Ok((turns, plan, due))
    }

    pub(super) const fn is_ready(&self) -> bool {
        self.first.is_none()
    }

    /// What a cloud or a door says otherwise may have its reason in the guest: who was not just looked at is looked at.
    fn follow(&mut self, turn: &Turn, looked_at: &BTreeSet<InstanceName>) {
        let is_outside = turn.facets.iter().any(|facet| facet.world() != World::Guest);
        if !is_outside || looked_at.contains(&turn.instance) || self.first.is_some() {
            return;
        }
        if let Some(machine) = self.registry.of(&turn.instance).cloned() {
            self.at(Subject::Machine(machine), Lane::Urgent, Instant::now());
        }
    }

    /// Who did not answer and may do so soon is asked again before its time, less and less often.
    fn again_soon(&mut self, name: &InstanceName) {
        if !self.findings.may_answer_soon(name) {
            self.tries.remove(name);
            return;
        }
        let Some(machine) = self.registry.of(name).cloned() else { return };
        let tries = self.tries.entry(name.clone()).or_default();
        *tries += 1;
        let pause = back_off(*tries + 2, &machine.id);
        self.at(Subject::Machine(machine), Lane::Retry, Instant::now() + pause);
    }
}
