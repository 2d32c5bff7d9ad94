//! The vendor's request limits, kept before the vendor has to say so, and the count of what was sent.
//!
//! The vendor counts per action and way in, in windows of one second. A bucket that refills evenly and holds one
//! second's worth could send twice that within a window; so a bucket here is the times of its last calls, and lets
//! the next one go once the oldest of them is more than a second old.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

/// A little more than the vendor's second, because calls do not arrive as evenly as they are sent.
const WINDOW: Duration = Duration::from_millis(1050);

/// How fast to call.
#[derive(Clone, Debug, PartialEq)]
pub struct Rates {
    /// The general rule.
    pub pace: Pace,
    /// Calls per second for actions that differ from it.
    pub per_action: BTreeMap<String, u32>,
}

/// The general rule of how fast to call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// This share of the documented rate, in percent.
    Percent(u32),
    /// As fast as it goes.
    Unlimited,
}

impl Default for Rates {
    fn default() -> Self {
        Self { pace: Pace::Percent(80), per_action: BTreeMap::new() }
    }
}

impl Rates {
    /// Calls per second for an action whose documented rate is given; `None` when there is no limit.
    fn allowed(&self, action: &str, documented: u32) -> Option<usize> {
        let rate = match (self.per_action.get(action), self.pace) {
            (Some(rate), _) => *rate,
            (None, Pace::Percent(percent)) => {
                u32::try_from(u64::from(documented) * u64::from(percent) / 100).unwrap_or(u32::MAX)
            }
            (None, Pace::Unlimited) => return None,
        };
        Some(usize::try_from(rate.max(1)).unwrap_or(usize::MAX))
    }
}

/// Every bucket of one account, by host and action.
#[derive(Debug, Default)]
pub struct Limits {
    rates: Rates,
    buckets: Mutex<HashMap<(String, &'static str), Bucket>>,
    counts: Mutex<BTreeMap<&'static str, Count>>,
}

/// How often an action was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Requests sent, repetitions included.
    pub sent: u64,
    /// Of these, refused because they were too many.
    pub throttled: u64,
    /// Of these, repetitions.
    pub repeated: u64,
}

/// The times of the last calls, as many as may fall into one window.
#[derive(Debug, Default)]
struct Bucket {
    granted: VecDeque<Instant>,
    closed_until: Option<Instant>,
}

impl Bucket {
    /// Reserves the next free moment, which may lie ahead.
    fn reserve(&mut self, now: Instant, allowed: usize) -> Instant {
        let mut at = now;
        if let Some(closed_until) = self.closed_until {
            at = at.max(closed_until);
        }
        while self.granted.len() > allowed {
            self.granted.pop_front();
        }
        if self.granted.len() == allowed
            && let Some(oldest) = self.granted.pop_front()
        {
            at = at.max(oldest + WINDOW);
        }
        self.granted.push_back(at);
        at
    }
}

impl Limits {
    /// Limits at these rates.
    #[must_use]
    pub fn new(rates: Rates) -> Self {
        Self { rates, ..Self::default() }
    }

    /// Reserves a call, and says when it may be sent.
    pub(crate) fn reserve(
        &self,
        host: &str,
        action: &'static str,
        documented: u32,
        now: Instant,
    ) -> Instant {
        let Some(allowed) = self.rates.allowed(action, documented) else { return now };
        locked(&self.buckets).entry((host.to_owned(), action)).or_default().reserve(now, allowed)
    }

    /// Lets no call of this action go before that moment, because the vendor said that there were too many.
    pub(crate) fn close(&self, host: &str, action: &'static str, until: Instant) {
        locked(&self.buckets).entry((host.to_owned(), action)).or_default().closed_until =
            Some(until);
    }

    /// Counts a call.
    pub(crate) fn count(&self, action: &'static str, add: impl FnOnce(&mut Count)) {
        add(locked(&self.counts).entry(action).or_default());
    }

    /// How often each action was called.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&'static str, Count> {
        locked(&self.counts).clone()
    }
}

/// A lock is never held across anything that could panic, so a poisoned one still holds whole values.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When each of so many calls made at once may go, in milliseconds.
    fn schedule(limits: &Limits, calls: usize, start: Instant) -> Vec<u128> {
        (0..calls).map(|_| (limits.reserve("h", "A", 5, start) - start).as_millis()).collect()
    }

    #[test]
    fn one_seconds_worth_goes_at_once_and_the_rest_waits_its_turn() {
        // Four fifths of five.
        let limits = Limits::new(Rates::default());
        assert_eq!(
            schedule(&limits, 9, Instant::now()),
            [0, 0, 0, 0, 1050, 1050, 1050, 1050, 2100]
        );
    }

    #[test]
    fn hosts_and_actions_have_buckets_of_their_own() {
        let limits = Limits::new(Rates { pace: Pace::Percent(20), ..Rates::default() });
        let now = Instant::now();
        assert_eq!(limits.reserve("h", "A", 5, now), now);
        assert_eq!(limits.reserve("h", "B", 5, now), now);
        assert_eq!(limits.reserve("other", "A", 5, now), now);
        assert!(limits.reserve("h", "A", 5, now) > now);
    }

    #[test]
    fn an_action_can_be_given_its_own_rate_and_all_can_be_set_free() {
        let per_action = BTreeMap::from([("A".to_owned(), 2)]);
        let limits = Limits::new(Rates { pace: Pace::Unlimited, per_action });
        let now = Instant::now();
        assert_eq!(schedule(&limits, 3, now), [0, 0, 1050]);
        assert_eq!(limits.reserve("h", "B", 1, now), now);
        assert_eq!(limits.reserve("h", "B", 1, now), now);
    }

    #[test]
    fn a_closed_bucket_opens_again() {
        let limits = Limits::new(Rates::default());
        let now = Instant::now();
        limits.close("h", "A", now + Duration::from_secs(1));
        assert_eq!(schedule(&limits, 1, now), [1000]);
        assert_eq!(
            limits.reserve("h", "A", 5, now + Duration::from_secs(3)),
            now + Duration::from_secs(3)
        );
    }

    #[test]
    fn a_rate_of_nothing_is_still_one_call_a_second() {
        let limits = Limits::new(Rates { pace: Pace::Percent(0), ..Rates::default() });
        assert_eq!(schedule(&limits, 2, Instant::now()), [0, 1050]);
    }
}
