//! What all that is known comes to: what turned is told, who ought to be looked at sooner is, and what may be mended is.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use rdpctl_engine::remains;
use rdpctl_engine::run::Stops;
use rdpctl_engine::{Draft, Extent, Filter, LogOns, ReconcileError, View, bind};
use rdpctl_model::chronicle;
use rdpctl_model::declaration::Mode;
use rdpctl_model::facet::World;
use rdpctl_model::{InstanceName, Plan, Said};
use tokio::time::Instant;

use super::Shift;
use crate::conduct;
use crate::dispatch::Lane;
use crate::event::{Event, Turn};
use crate::judge::as_of;
use crate::judged::Judged;
use crate::leave::Leave;
use crate::mend::{Job, Part};
use crate::pace::back_off;
use crate::subject::Subject;
use crate::tools::Tools;
use crate::undo::Wish;

/// After judging, so many times its own duration is left to others.
const LEFT_TO_OTHERS: u32 = 19;

/// What judging came to.
struct Came {
    turns: Vec<Turn>,
    plan: Plan,
    due: BTreeSet<InstanceName>,
    allowed: Vec<Job>,
}

/// What may be done of what people allowed: to those to whom it would still be the same, once nothing else holds it.
fn allowed(draft: &Draft<'_>, view: &View, plan: &Plan, leaves: Vec<Leave>) -> Vec<Job> {
    let mut jobs = Vec::new();
    for leave in leaves {
        let covered = leave.covers(plan);
        if covered.is_empty() {
            continue;
        }
        let scope = Filter::of(&covered);
        let draft = Draft { scope: &scope, allowed: &leave.guards, ..*draft };
        // Whoever is not known any more is nobody to whom it would be done.
        let Ok(then) = draft.plan(view) else { continue };
        let names = leave.may_be_done(&then);
        if !names.is_empty() {
            jobs.push(Job { scope: Filter::of(&names), names, leave: Some(leave) });
        }
    }
    jobs
}

impl Shift {
    /// Makes of all that is known what differs, and tells what turned.
    pub(super) async fn judge(&mut self) {
        self.judge_at = None;
        let began = Instant::now();
        let Came { turns, plan, due, allowed } = match self.turns().await {
            Ok(judged) => judged,
            Err(error) => {
                let why = if let ReconcileError::Store(error) = &error {
                    error.said()
                } else {
                    Said::quoted(error.to_string())
                };
                self.forgets(why);
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
            self.forgets(error.said());
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
        self.mend(&plan, due, allowed);
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
    fn mend(&mut self, plan: &Plan, due: BTreeSet<InstanceName>, allowed: Vec<Job>) {
        if self.fresh.looping.mode != Mode::Enforce || !self.is_ready() {
            return;
        }
        self.mender.asks(plan, &self.voice);
        self.see_who_is_in_hands();
        if self.mending.is_some() {
            return;
        }
        let (registry, failures) = (&self.registry, &self.failures);
        let in_hands = self.in_hands.clone();
        let pauses = rdpctl_model::chronicle::pauses(&self.orders, self.clock.now());
        let is_left_alone = |name: &InstanceName| {
            let provider = registry.of(name).map(|machine| &machine.provider);
            let silent = provider.and_then(|provider| failures.get(provider));
            silent.is_some_and(|failures| *failures > 0)
                || pauses.iter().any(|order| order.means(name))
                || in_hands.contains(name)
        };
        // What somebody accepted is theirs to end.
        let accepted: BTreeSet<Part> =
            self.findings.accepted_parts().map(|(facet, name)| (name.clone(), facet)).collect();
        // What a person wants goes first: he waits for it.
        let wanted = chronicle::undos(&self.orders, self.clock.now());
        if let Some(wish) = wanted.into_iter().find_map(Wish::of) {
            if self.mender.may_begin() {
                let tools = self.tools();
                self.mending = Some(Box::pin(conduct::undo(wish, tools)));
            }
            return;
        }
        let job = self.mender.allowed(allowed, &accepted, is_left_alone);
        let job = job.or_else(|| self.mender.job(plan, due, &accepted, is_left_alone));
        let Some(job) = job else { return };
        let tools = self.tools();
        self.mending = Some(Box::pin(conduct::mend(job, tools)));
    }

    /// Takes note of who is left to a person's hands. Where that cannot be told, the next run says so and does nothing.
    fn see_who_is_in_hands(&mut self) {
        let Ok(in_hands) = self.fresh.in_hands.names() else { return };
        if in_hands != self.in_hands {
            self.in_hands.clone_from(&in_hands);
            self.tell(Event::InHands { instances: in_hands });
        }
    }

    /// With what a run is conducted, and how it alone is stopped.
    pub(super) fn tools(&mut self) -> Tools {
        let stops =
            Stops { gently: self.stops.gently.child_token(), now: self.stops.now.child_token() };
        self.in_hand = Some(stops.clone());
        Tools {
            fresh: self.fresh.clone(),
            store: std::sync::Arc::clone(&self.store),
            here: self.here.clone(),
            disruption: self.mender.disruption.clone(),
            stops,
            voice: self.voice.clone(),
        }
    }

    /// What turned, what there is to do and what a person allowed of it, and in whom remains of earlier runs are over.
    async fn turns(&mut self) -> Result<Came, ReconcileError> {
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
            second: self.fresh.hands.second.as_deref(),
            now,
        };
        let view = View { facts, unseen: Some(unseen) };
        let mut plan = draft.plan(&view)?;
        let leaves: Vec<Leave> = chronicle::approvals(&self.orders, now)
            .into_iter()
            .map(|(order, approval)| Leave::of(order, approval))
            .collect();
        // Whoever is asked on the page is shown what is each one's own, and his answer is held against it.
        if self.voice.is_shown() || !leaves.is_empty() {
            let (estate, store) = (&self.fresh.estate, self.store.as_ref());
            bind(estate, store, &mut plan, Extent::Asking, &self.tariffs).await?;
        }
        let allowed = allowed(&draft, &view, &plan, leaves);
        let due = remains::due(&self.fresh.estate, &view.facts, now);
        self.voice.show(|| Judged {
            estate: std::sync::Arc::clone(&self.fresh.estate),
            hands: self.fresh.hands.clone(),
            clouds: self.means.eyes.clouds.clone(),
            mode: self.fresh.looping.mode,
            facts: view.facts,
            plan: plan.clone(),
            first_look: self.first.as_ref().map(|_| self.registry.all().count() - self.unmet()),
        });
        let accepts = as_of(&self.fresh.accepts, now);
        let (findings, turns) =
            self.findings.turned(&plan, now, &accepts, |name| self.unmet.contains(name));
        self.findings = findings;
        Ok(Came { turns, plan, due, allowed })
    }

    /// Into how many of those who are known nobody has looked yet.
    fn unmet(&self) -> usize {
        self.registry.all().filter(|machine| self.unmet.contains(&machine.name)).count()
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
