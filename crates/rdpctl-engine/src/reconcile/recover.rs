//! Going on where a run ended without an end: what it had in hand may still be on its way, and is waited for.

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
    /// Machines of this scope that they had in hand.
    pub(super) in_hand: BTreeSet<InstanceName>,
    /// Those of them that had nothing in hand beyond this scope.
    over: Vec<RunId>,
}

impl Reconcile<'_> {
    /// Finds what former holders of the lease never ended.
    pub(super) async fn recover(&self, scope: &Filter) -> Result<Left, StoreError> {
        let mut left = Left { in_hand: BTreeSet::new(), over: Vec::new() };
        for run in self.store.unfinished(self.permit.token()).await? {
            let event = Event::Recovering {
                run: run.record.id.clone(),
                began: run.record.began,
                journaled: run.journal.len(),
            };
            // A listener that went away is not a reason to stop.
            let _ = self.events.send(event).await;
            let in_hand = run.in_hand();
            if in_hand.iter().all(|name| scope.means(name)) {
                left.over.push(run.record.id);
            }
            left.in_hand.extend(in_hand.into_iter().filter(|name| scope.means(name)));
        }
        Ok(left)
    }

    /// Waits for what those runs had in hand: an instance that starts, an agent that comes up. Nobody else is looked at
    /// for its sake.
    pub(super) async fn wait_for(
        &self,
        in_hand: &BTreeSet<InstanceName>,
        errand: &Errand,
        allowed: &Permissions,
        view: &mut View,
        plan: &mut Plan,
    ) -> Result<(), ReconcileError> {
        // What is remembered does not change by waiting.
        if errand.rests_on == RestsOn::Memory {
            return Ok(());
        }
        let only = Filter { except: errand.scope.except.clone(), ..Filter::of(in_hand) };
        for _ in 0..LOOKS {
            if !is_on_its_way(plan, in_hand) {
                break;
            }
            tokio::select! {
                () = self.stops.gently.cancelled() => return Err(ReconcileError::Stopped),
                () = tokio::time::sleep(BETWEEN_LOOKS) => {}
            }
            view.facts = self.look(errand, &only).await?.facts;
            *plan = self.plan(view, errand, allowed)?;
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
fn is_on_its_way(plan: &Plan, in_hand: &BTreeSet<InstanceName>) -> bool {
    plan.groups
        .iter()
        .filter(|group| group.members.iter().any(|member| in_hand.contains(&member.name)))
        .flat_map(|group| &group.facets)
        .any(|finding| {
            matches!(
                &finding.verdict,
                Verdict::Unknown { gap: Gap::TimedOut { .. } | Gap::AgentUnavailable { .. } }
            )
        })
}
