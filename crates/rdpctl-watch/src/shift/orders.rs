//! What people tell the loop: where to change nothing, where to go on, where to look now.

use std::sync::Arc;

use rdpctl_model::Said;
use rdpctl_model::chronicle::{self, Command, Order};
use tokio::time::Instant;

use super::Shift;
use crate::dispatch::Lane;
use crate::event::Event;
use crate::judge::Findings;
use crate::subject::{Machine, Subject};

impl Shift {
    /// Goes on where the last one ended: what stood is not told anew, and what was ordered holds.
    pub(super) async fn remember(&mut self) {
        match self.store.standing().await {
            Ok(standing) => self.findings = Findings::remembered(standing, &self.fresh.accepts),
            Err(error) => self.forgets(error.said()),
        }
        match self.store.orders(0).await {
            Ok(orders) => {
                self.last_order = orders.last().map_or(0, |(number, _)| *number);
                self.orders = orders.into_iter().map(|(_, order)| order).collect();
                self.recall_fights();
                let held: Vec<Order> = self.pauses().into_iter().cloned().collect();
                for order in held {
                    self.tell(Event::Told(order));
                }
            }
            Err(error) => self.forgets(error.said()),
        }
    }

    /// Hears what was ordered meanwhile.
    pub(super) async fn hear(&mut self) {
        let orders = match self.store.orders(self.last_order).await {
            Ok(orders) => orders,
            Err(error) => return self.forgets(error.said()),
        };
        for (number, order) in orders {
            self.last_order = number;
            if let (Command::Stop { .. }, Some(stops)) = (&order.what, &self.in_hand) {
                stops.gently.cancel();
            }
            if order.what == Command::Now {
                self.look_now(&order);
            }
            self.orders.push(order.clone());
            // What the loop itself ordered was told when it was.
            if !matches!(order.what, Command::LeaveAlone { .. }) {
                self.tell(Event::Told(order));
                self.judge_at.get_or_insert(Instant::now());
            }
        }
    }

    fn look_now(&mut self, order: &Order) {
        self.mender.forgive(|name| order.means(name));
        let meant = self.registry.all().filter(|machine| order.means(&machine.name));
        let meant: Vec<Arc<Machine>> = meant.cloned().collect();
        for machine in meant {
            self.tries.remove(&machine.name);
            self.at(Subject::Machine(machine), Lane::Urgent, Instant::now());
        }
    }

    fn pauses(&self) -> Vec<&Order> {
        chronicle::pauses(&self.orders, self.clock.now())
    }

    /// The state does not serve; that is told once.
    pub(super) fn forgets(&mut self, why: Said) {
        if !self.is_forgetful {
            self.is_forgetful = true;
            self.tell(Event::Forgetful { why });
        }
    }
}
