//! One deadline for a probe, and a shorter one for each step inside it.

use std::time::Duration;

use tokio::time::Instant;

/// When a probe began, and when it ends whatever happens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    start: Instant,
    end: Instant,
}

impl Deadline {
    pub(crate) fn after(total: Duration) -> Self {
        let start = Instant::now();
        Self { start, end: start + total }
    }

    /// When a step that begins now has to be over.
    pub(crate) fn step(&self, limit: Duration) -> Instant {
        (Instant::now() + limit).min(self.end)
    }

    /// Whether something that takes this long still fits.
    pub(super) fn has_room_for(&self, time: Duration) -> bool {
        Instant::now() + time < self.end
    }

    pub(super) fn elapsed_ms(&self) -> f64 {
        ms_since(self.start)
    }
}

/// Milliseconds with two decimals; more would be noise.
pub(super) fn ms_since(start: Instant) -> f64 {
    (start.elapsed().as_secs_f64() * 100_000.0).round() / 100.0
}
