//! What somebody puts back that the loop mends: it is counted by what is kept, left alone after a while, and told with who
//! it may be.

use std::time::Duration;

use rdpctl_model::chronicle::{self, Command, Order};
use rdpctl_model::{FacetId, InstanceName};

use rdpctl_contract::Changed;
use rdpctl_engine::suspects::{Differs, suspects};

use super::Shift;
use crate::event::{Event, Turn};
use crate::mend::{COMES_BACK, DAY, Part, returns};

/// Turns of one facet that are looked through: more than a day of it has.
const LOOKED_THROUGH: usize = 50;

/// So long a cloud's log may take to say who it was; nothing else is done meanwhile.
const PATIENCE: Duration = Duration::from_secs(10);

impl Shift {
    /// Takes note of a turn, and gives in where it is one too many.
    pub(super) async fn see_to_fights(&mut self, turn: &Turn) {
        for part in self.mender.came_back(turn) {
            let now = self.clock.now();
            let times = match self.store.turns(&part.0, Some(part.1), LOOKED_THROUGH).await {
                Ok(turns) => returns(&turns, now),
                Err(error) => {
                    self.forgets(error.said());
                    continue;
                }
            };
            if times >= COMES_BACK {
                self.give_in(part, times).await;
            }
        }
    }

    /// Leaves something alone for a day, also where the loop is started anew.
    async fn give_in(&mut self, part: Part, times: usize) {
        let now = self.clock.now();
        let until = now.checked_add(DAY).unwrap_or(now);
        let (instance, facet) = part.clone();
        self.mender.leave_alone(part, DAY);
        let by = self.by_whom(&instance, facet).await;
        let reason = match &by {
            Some(change) => say::came_back_by(times, &change.by, &change.what),
            None => say::came_back(times),
        };
        let order = Order {
            at: now,
            by: format!("{} (the loop)", self.here.holder.owner),
            target: instance.to_string(),
            what: Command::LeaveAlone { facet, until },
            reason: Some(reason),
        };
        if let Err(error) = self.store.order(&order).await {
            self.forgets(error.said());
        }
        self.tell(Event::Damped { instance, facet, times, until, by: by.map(Box::new) });
    }

    /// Who writes it, where a cloud's log says that in time.
    async fn by_whom(&self, instance: &InstanceName, facet: FacetId) -> Option<Changed> {
        let differs = Differs { instance: instance.clone(), facet, seen: self.clock.now() };
        let clouds = &self.means.eyes.clouds;
        let (estate, store) = (&self.fresh.estate, self.store.as_ref());
        let asked = suspects(estate, clouds, store, std::slice::from_ref(&differs), &self.stop);
        let told = tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()?;
        for (provider, error) in &told.silent {
            tracing::warn!(provider = provider.as_str(), %error, "its log says nothing");
        }
        told.found.into_values().next()
    }

    /// Goes on leaving alone what was left alone before the start.
    pub(super) fn recall_fights(&mut self) {
        let now = self.clock.now();
        for (instance, facet, until) in chronicle::left_alone(&self.orders, now) {
            let span = until.duration_since(now).unsigned_abs();
            self.mender.leave_alone((instance, facet), span);
        }
    }
}

rdpctl_model::says! { "order":
    came_back(times);
    came_back_by(times, by, what);
}
