//! The loop as a process: it stands by until it leads, leads until it is stopped or deposed, and reads declarations anew
//! whenever they change.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rdpctl_contract::{Clock, LeaseName, Store, StoreError};
use rdpctl_engine::lease::{self, Here, Waiting};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::event::Event;
use crate::settings::{Ended, Settings};
use crate::shift::{Around, Over, Shift};
use crate::signals::Signals;
use crate::source::{Fresh, Source};
use crate::voice::Voice;

/// The loop.
pub struct Watch<S> {
    /// Where declarations come from.
    pub source: S,
    /// What is remembered.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who this is.
    pub here: Here,
    /// How it goes on.
    pub settings: Settings,
    /// What is told to whoever asks.
    pub signals: Signals,
    /// Whoever looks at what was judged.
    pub shows: crate::judged::Shows,
    /// Whoever listens.
    pub events: mpsc::UnboundedSender<Event>,
    /// The way to stop.
    pub stop: CancellationToken,
}

/// Why it cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The state does not serve.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<S: Source> Watch<S> {
    /// Goes on until it is stopped, beginning with a declaration that was read.
    pub async fn run(mut self, first: Fresh) -> Result<Ended, WatchError> {
        let mut fresh = first;
        loop {
            let deposed = CancellationToken::new();
            let store: Arc<dyn rdpctl_contract::Lease> = Arc::clone(&self.store) as _;
            // Told from another thread, in between.
            let voice = self.voice();
            let forgetful = AtomicBool::new(false);
            let tell = |waiting| match waiting {
                Waiting::Unanswered(why) => {
                    forgetful.store(true, Ordering::Relaxed);
                    voice.tell(Event::Forgetful { why });
                }
                waiting @ (Waiting::StandingBy(_)
                | Waiting::Watching(_)
                | Waiting::TakingOver(..)) => voice.tell(Event::Waiting(waiting)),
            };
            let stops = (deposed.clone(), &self.stop);
            let held = lease::stand_by(
                &store,
                &self.clock,
                &LeaseName::leader(),
                &self.here,
                stops,
                &tell,
            )
            .await?;
            let Some(held) = held else { return Ok(Ended::default()) };
            if forgetful.into_inner() {
                self.voice().tell(Event::Remembers);
            }
            self.voice().tell(Event::Leading);
            let mut shift = Shift::begin(self.around(), fresh).await;
            let over = Box::pin(shift.go(&mut self.source, &deposed)).await;
            fresh = shift.end().await;
            match over {
                Over::Done(ended) => {
                    return match held.release().await {
                        // It lapses by itself where nobody can be told that it was given back.
                        Ok(()) | Err(StoreError::Unreachable { .. }) => Ok(ended),
                        Err(error) => Err(error.into()),
                    };
                }
                Over::Deposed => {
                    self.voice().tell(Event::Deposed);
                    // Whoever followed may have read something newer.
                    if let Ok(read) = self.source.read().await {
                        fresh = read;
                    }
                }
            }
        }
    }
}

impl<S> Watch<S> {
    fn around(&self) -> Around {
        Around {
            settings: self.settings,
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            here: self.here.clone(),
            voice: self.voice(),
            stop: self.stop.clone(),
        }
    }

    /// By which it tells things.
    pub(crate) fn voice(&self) -> Voice {
        Voice {
            events: self.events.clone(),
            signals: self.signals.clone(),
            shows: self.shows.clone(),
        }
    }
}
