//! Simulated time: where it started, and how fast it runs against the real clock.
//!
//! Only signatures and rate limits look at the real clock, as the vendor's gateway would; everything that
//! happens inside the world happens in simulated time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// How simulated time relates to real time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pace {
    /// This many simulated seconds pass in one real second.
    Scaled(f64),
    /// What takes time in the cloud is over at once; the clock itself runs like the real one.
    Instant,
    /// The same, and the clock shows that it took its time: for whoever asks afterwards how long everything was.
    Skipped,
}

/// A running simulated clock.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    origin: Timestamp,
    started: Instant,
    pace: Pace,
    /// Milliseconds that were skipped.
    skipped: Arc<AtomicU64>,
}

impl Clock {
    /// Starts a clock that shows `origin` now.
    #[must_use]
    pub(crate) fn start(origin: Timestamp, pace: Pace) -> Self {
        Self { origin, started: Instant::now(), pace, skipped: Arc::default() }
    }

    /// The simulated present.
    #[must_use]
    pub(crate) fn now(&self) -> Timestamp {
        let real = self.started.elapsed();
        let simulated = match self.pace {
            Pace::Scaled(scale) => {
                Duration::try_from_secs_f64(real.as_secs_f64() * scale).unwrap_or(Duration::MAX)
            }
            Pace::Instant => real,
            Pace::Skipped => real + Duration::from_millis(self.skipped.load(Ordering::Relaxed)),
        };
        later(self.origin, simulated)
    }

    /// The moment at which something that takes `duration` and begins at `from` is over.
    #[must_use]
    pub(crate) fn end_of(&self, from: Timestamp, duration: Duration) -> Timestamp {
        match self.pace {
            Pace::Scaled(_) => later(from, duration),
            Pace::Instant => from,
            Pace::Skipped => {
                let end = later(from, duration);
                // What goes on side by side ends with the longest of it.
                let ahead = Duration::try_from(end.duration_since(self.now())).unwrap_or_default();
                let longer = u64::try_from(ahead.as_millis()).unwrap_or(u64::MAX);
                self.skipped.fetch_add(longer, Ordering::Relaxed);
                end
            }
        }
    }

    /// Lets time pass that did not.
    pub(crate) fn skip(&mut self, duration: Duration) {
        self.origin = later(self.origin, duration);
    }

    /// How long to wait, in real time, until the simulated moment `due`.
    #[must_use]
    pub(crate) fn real_until(&self, due: Timestamp) -> Duration {
        let ahead = Duration::try_from(due.duration_since(self.now())).unwrap_or(Duration::ZERO);
        match self.pace {
            Pace::Scaled(scale) => {
                Duration::try_from_secs_f64(ahead.as_secs_f64() / scale).unwrap_or(Duration::MAX)
            }
            Pace::Instant | Pace::Skipped => ahead,
        }
    }
}

/// `moment` plus `duration`, or the end of time.
pub(crate) fn later(moment: Timestamp, duration: Duration) -> Timestamp {
    SignedDuration::try_from(duration)
        .ok()
        .and_then(|duration| moment.checked_add(duration).ok())
        .unwrap_or(Timestamp::MAX)
}
