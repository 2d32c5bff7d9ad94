//! What rdpctl made for those who are declared no more: told when that changes, and left to a person.

use std::time::Duration;

use rdpctl_engine::give_back;
use tokio::time::Instant;

use super::Shift;
use crate::event::Event;

/// How often it is asked anew: a person may have released something.
const EVERY: Duration = Duration::from_mins(1);

impl Shift {
    /// Tells it where it is not what it was.
    pub(super) async fn tell_orphans(&mut self) {
        self.orphans_at = Instant::now() + EVERY;
        let made = match self.store.created().await {
            Ok(made) => give_back::orphaned(&self.fresh.estate, made),
            Err(error) => return self.forgets(error.said()),
        };
        if made != self.orphaned {
            self.orphaned.clone_from(&made);
            self.tell(Event::Orphaned { made });
        }
    }
}
