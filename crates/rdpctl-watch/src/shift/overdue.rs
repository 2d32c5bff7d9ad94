//! What was kept for a time and is over: given back by the loop, as whoever applies does.

use std::time::Duration;

use rdpctl_engine::give_back;
use rdpctl_model::declaration::Mode;
use tokio::time::Instant;

use super::Shift;
use crate::conduct;

/// How often it is looked whether anything is over; what could not be given back waits as long.
const EVERY: Duration = Duration::from_mins(10);

impl Shift {
    /// Begins to give it back, where the loop may change anything and changes nothing else.
    pub(super) async fn give_back(&mut self) {
        let enforces = self.fresh.looping.mode == Mode::Enforce;
        if !enforces || self.mending.is_some() || !self.is_ready() {
            return;
        }
        self.overdue_at = Instant::now() + EVERY;
        let (estate, hands) = (&self.fresh.estate, &self.fresh.hands);
        match give_back::overdue(estate, hands, self.store.as_ref()).await {
            Ok(over) if over.is_empty() => {}
            Ok(_) => {
                let tools = self.tools();
                self.mending = Some(Box::pin(conduct::release(tools)));
            }
            Err(error) => self.forgets(error.said()),
        }
    }
}
