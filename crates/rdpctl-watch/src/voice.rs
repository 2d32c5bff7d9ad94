//! Where things are told: to whoever listens, and into the numbers.

use tokio::sync::mpsc;

use crate::event::Event;
use crate::judged::{Judged, Shows};
use crate::signals::Signals;

/// By which the loop tells things. Clones tell the same.
#[derive(Clone)]
pub(crate) struct Voice {
    pub(crate) events: mpsc::UnboundedSender<Event>,
    pub(crate) signals: Signals,
    pub(crate) shows: Shows,
}

impl Voice {
    /// Tells something; whoever does not listen any more does not want to know.
    pub(crate) fn tell(&self, event: Event) {
        self.signals.note(|numbers| numbers.told(&event));
        let _ = self.events.send(event);
    }

    /// Whether anybody looks.
    pub(crate) fn is_shown(&self) -> bool {
        self.shows.receiver_count() > 0
    }

    /// Shows what was judged, where anybody looks.
    pub(crate) fn show(&self, judged: impl FnOnce() -> Judged) {
        if self.is_shown() {
            self.shows.send_replace(Some(std::sync::Arc::new(judged())));
        }
    }
}
