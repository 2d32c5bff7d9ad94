//! The loop as a process: it stands by until it leads, leads until it is stopped or deposed, and reads declarations anew
//! whenever they change.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdpctl_contract::{Clock, LeaseName, Store, StoreError};
use rdpctl_engine::lease::{self, Held, Here, Waiting};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::event::Event;
use crate::remembered;
use crate::reread::reread;
use crate::settings::{Ended, Settings};
use crate::shift::{Around, Over, Shift};
use crate::signals::Signals;
use crate::source::{Fresh, Source};
use crate::voice::Voice;

/// Pauses between attempts to lead while the state does not serve.
const ASKED_AGAIN: Duration = Duration::from_secs(2);

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
        let forgetful = AtomicBool::new(false);
        let mut has_led = false;
        loop {
            let deposed = CancellationToken::new();
            let held = match self.lead(&mut fresh, &deposed, &forgetful).await {
                Ok(held) => held,
                // At the start it is an error like every other. A state that served and does not any more is waited for:
                // what is known is still shown, and nobody changes anything meanwhile.
                Err(error @ (StoreError::Write { .. } | StoreError::Open { .. })) if has_led => {
                    self.forgets(&forgetful, &error);
                    tokio::select! {
                        () = self.stop.cancelled() => return Ok(Ended::default()),
                        () = tokio::time::sleep(ASKED_AGAIN) => continue,
                    }
                }
                Err(error) => return Err(error.into()),
            };
            let Some(held) = held else { return Ok(Ended::default()) };
            has_led = true;
            if forgetful.swap(false, Ordering::Relaxed) {
                self.voice().tell(Event::Remembers);
            }
            self.voice().tell(Event::Leading);
            let mut shift = Shift::begin(self.around(), fresh).await;
            let over = Box::pin(shift.go(&mut self.source, &deposed)).await;
            forgetful.store(shift.is_forgetful(), Ordering::Relaxed);
            fresh = shift.end().await;
            match over {
                Over::Done(ended) => {
                    return match held.release().await {
                        // It lapses by itself where nobody can be told that it was given back.
                        Ok(())
                        | Err(
                            StoreError::Unreachable { .. }
                            | StoreError::Write { .. }
                            | StoreError::LeaseLost,
                        ) => Ok(ended),
                        Err(error) => Err(error.into()),
                    };
                }
                Over::Deposed => {
                    self.voice().tell(Event::Deposed);
                    self.take_up(&mut fresh).await;
                }
            }
        }
    }

    /// Waits until it leads, and shows meanwhile what the state remembers; nothing where it is stopped before.
    async fn lead(
        &mut self,
        fresh: &mut Fresh,
        deposed: &CancellationToken,
        forgetful: &AtomicBool,
    ) -> Result<Option<Held>, StoreError> {
        let store: Arc<dyn rdpctl_contract::Lease> = Arc::clone(&self.store) as _;
        let (voice, stands_by) = (self.voice(), Notify::new());
        // Told from another thread, in between.
        let tell = |waiting| match waiting {
            Waiting::Unanswered(why) => {
                forgetful.store(true, Ordering::Relaxed);
                voice.tell(Event::Forgetful { why });
            }
            waiting @ (Waiting::StandingBy(_) | Waiting::Watching(_)) => {
                if forgetful.swap(false, Ordering::Relaxed) {
                    voice.tell(Event::Remembers);
                }
                voice.tell(Event::Waiting(waiting));
                stands_by.notify_one();
            }
            waiting @ Waiting::TakingOver(..) => voice.tell(Event::Waiting(waiting)),
        };
        let leader = LeaseName::leader();
        let stops = (deposed.clone(), &self.stop);
        let held = lease::stand_by(&store, &self.clock, &leader, &self.here, stops, &tell);
        tokio::pin!(held);
        loop {
            let world = (self.store.as_ref(), self.clock.as_ref());
            tokio::select! {
                biased;
                held = &mut held => return held,
                () = self.source.changed() => {
                    let removal = self.settings.removal;
                    if let Some((read, _)) = reread(&mut self.source, fresh, removal, &voice).await {
                        *fresh = read;
                    }
                }
                () = remembered::show(&stands_by, fresh, world, &voice) => {}
            }
        }
    }

    fn forgets(&self, forgetful: &AtomicBool, error: &StoreError) {
        if !forgetful.swap(true, Ordering::Relaxed) {
            self.voice().tell(Event::Forgetful { why: error.said() });
        }
    }

    /// Whoever followed may have read something newer.
    async fn take_up(&mut self, fresh: &mut Fresh) {
        let (removal, voice) = (self.settings.removal, self.voice());
        if let Some((read, _)) = reread(&mut self.source, fresh, removal, &voice).await {
            *fresh = read;
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
