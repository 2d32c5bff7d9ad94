//! Simulated time: where it started, and how fast it runs against the real clock.
//!
//! Only signatures and rate limits look at the real clock, as the vendor's gateway would; everything that
//! happens inside the world happens in simulated time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// How simulated time relates to real time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pace {
    /// This many simulated seconds pass in one real second.
    Scaled(f64),
    /// What takes time in the cloud is over at once; the clock itself runs like the real one.
    Instant,
}

/// A running simulated clock.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    origin: Timestamp,
    started: Instant,
    pace: Pace,
}

impl Clock {
    /// Starts a clock that shows `origin` now.
    #[must_use]
    pub(crate) fn start(origin: Timestamp, pace: Pace) -> Self {
        Self { origin, started: Instant::now(), pace }
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
        };
        later(self.origin, simulated)
    }

    /// The moment at which something that takes `duration` and begins at `from` is over.
    #[must_use]
    pub(crate) fn end_of(&self, from: Timestamp, duration: Duration) -> Timestamp {
        match self.pace {
            Pace::Scaled(_) => later(from, duration),
            Pace::Instant => from,
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
            Pace::Instant => ahead,
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
