//! What one run asks of the outside, counted where it is sent, however many runs share a client.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

tokio::task_local! {
    /// The meter of the work that is being done. Whoever sends a call is deep inside a client that many share, and
    /// does not know for whom it sends; the task does.
    static CURRENT: Meter;
}

/// Counts for one run. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    calls: AtomicU64,
    trips: AtomicU64,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Calls to clouds.
    pub api_calls: u64,
    /// Guests that were asked or told something, each time.
    pub guest_round_trips: u64,
}

impl Meter {
    /// Does work whose calls this meter counts. The work must not hand its calls to another task.
    pub async fn during<F: Future>(&self, work: F) -> F::Output {
        CURRENT.scope(self.clone(), work).await
    }

    /// Counts a call for whoever's work this is; nobody's work is not counted.
    pub fn call() {
        let _ = CURRENT.try_with(|meter| meter.0.calls.fetch_add(1, Ordering::Relaxed));
    }

    /// Counts that so many guests are asked or told something.
    pub fn trips(&self, guests: usize) {
        let guests = u64::try_from(guests).unwrap_or(u64::MAX);
        self.0.trips.fetch_add(guests, Ordering::Relaxed);
    }

    /// What was counted so far.
    #[must_use]
    pub fn spent(&self) -> Spent {
        Spent {
            api_calls: self.0.calls.load(Ordering::Relaxed),
            guest_round_trips: self.0.trips.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn two_runs_side_by_side_are_each_counted_for_themselves() {
        let (one, other) = (Meter::default(), Meter::default());
        let calls = |times: u32| async move {
            for _ in 0..times {
                Meter::call();
                tokio::task::yield_now().await;
            }
        };
        tokio::join!(one.during(calls(3)), other.during(calls(5)), calls(7));
        assert_eq!((one.spent().api_calls, other.spent().api_calls), (3, 5));
    }
}
