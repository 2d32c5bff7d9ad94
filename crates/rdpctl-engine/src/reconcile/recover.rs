//! Going on where a run ended without an end: what it set going may still be on its way, and is waited for.

use std::time::Duration;

use rdpctl_contract::StoreError;
use rdpctl_model::outcome::RunEnd;
use rdpctl_model::plan::Budget;
use rdpctl_model::{Gap, RunId, Verdict};

use super::{BTreeSet, Errand, Event, Filter, InstanceName, Permissions, Plan};
use super::{Reconcile, ReconcileError, RestsOn, View};

/// Looks again after a run that never ended, and the pause between them: two minutes in all.
const LOOKS: u32 = 60;
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// What runs left behind that never ended.
pub(super) struct Left {
    /// Machines of this scope with which something may still go on.
    pub(super) under_way: BTreeSet<InstanceName>,
    /// Those of them that had nothing in hand beyond this scope.
    over: Vec<RunId>,
}

impl Reconcile<'_> {
    /// Finds what former holders of the lease never ended.
    pub(super) async fn recover(&self, scope: &Filter) -> Result<Left, StoreError> {
        let mut left = Left { under_way: BTreeSet::new(), over: Vec::new() };
        for run in self.store.unfinished(self.permit.token()).await? {
            let event = Event::Recovering {
                run: run.record.id.clone(),
                began: run.record.began,
                journaled: run.journal.len(),
            };
            // A listener that went away is not a reason to stop.
            let _ = self.events.send(event).await;
            left.under_way.extend(run.under_way().into_iter().filter(|name| scope.means(name)));
            if run.in_hand().iter().all(|name| scope.means(name)) {
                left.over.push(run.record.id);
            }
        }
        Ok(left)
    }

    /// Waits for what those runs left under way: an instance that starts, an agent that comes up. Nobody else is looked at
    /// for its sake.
    pub(super) async fn wait_for(
        &self,
        under_way: &BTreeSet<InstanceName>,
        errand: &Errand,
        allowed: &Permissions,
        view: &mut View,
        plan: &mut Plan,
    ) -> Result<(), ReconcileError> {
        // What is remembered does not change by waiting.
        if errand.rests_on == RestsOn::Memory {
            return Ok(());
        }
        let only = Filter { except: errand.scope.except.clone(), ..Filter::of(under_way) };
        for _ in 0..LOOKS {
            if !is_on_its_way(plan, under_way) {
                break;
            }
            tokio::select! {
                () = self.stops.gently.cancelled() => return Err(ReconcileError::Stopped),
                () = tokio::time::sleep(BETWEEN_LOOKS) => {}
            }
            view.facts = self.look(errand, &only).await?.facts;
            *plan = self.plan(view, errand, allowed).await?;
        }
        Ok(())
    }

    /// Ends what was left, now that nothing is left to do of it.
    pub(super) async fn close(&self, left: &Left) -> Result<(), StoreError> {
        let (token, now) = (self.permit.token(), self.hands.clock.now());
        for run in &left.over {
            self.store.end(token, run, now, RunEnd::Interrupted, &Budget::default()).await?;
        }
        Ok(())
    }
}

/// Whether one of these cannot be judged in a way that time alone may mend.
fn is_on_its_way(plan: &Plan, under_way: &BTreeSet<InstanceName>) -> bool {
    plan.groups
        .iter()
        .filter(|group| group.members.iter().any(|member| under_way.contains(&member.name)))
        .flat_map(|group| &group.facets)
        .any(|finding| {
            matches!(
                &finding.verdict,
                Verdict::Unknown { gap: Gap::TimedOut { .. } | Gap::AgentUnavailable { .. } }
            )
        })
}
