//! How long to pause between two looks at something that takes its time.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The longest pause between two looks.
const SLOWEST: Duration = Duration::from_secs(3);

/// Pauses that grow, within a time that ends.
pub(crate) struct Pace {
    pause: Duration,
    ends: Instant,
}

impl Pace {
    /// Pauses from a fifth of a second on, for so long.
    pub(crate) fn within(patience: Duration) -> Self {
        Self { pause: Duration::from_millis(200), ends: Instant::now() + patience }
    }

    /// Rests; false when the time is over or the run was stopped.
    pub(crate) async fn rest(&mut self, stop: &CancellationToken) -> bool {
        let now = Instant::now();
        if now >= self.ends || stop.is_cancelled() {
            return false;
        }
        let until = (now + self.pause).min(self.ends);
        self.pause = self.pause.mul_f64(1.6).min(SLOWEST);
        tokio::select! {
            () = tokio::time::sleep_until(until) => true,
            () = stop.cancelled() => false,
        }
    }
}
