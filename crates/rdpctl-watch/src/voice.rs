//! Where things are told: to whoever listens, and into the numbers.

use tokio::sync::mpsc;

use crate::event::Event;
use crate::signals::Signals;

/// By which the loop tells things. Clones tell the same.
#[derive(Clone)]
pub(crate) struct Voice {
    pub(crate) events: mpsc::UnboundedSender<Event>,
    pub(crate) signals: Signals,
}

impl Voice {
    /// Tells something; whoever does not listen any more does not want to know.
    pub(crate) fn tell(&self, event: Event) {
        self.signals.note(|numbers| numbers.told(&event));
        let _ = self.events.send(event);
    }
}
