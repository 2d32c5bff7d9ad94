//! The vendor's request limits, kept before the vendor has to say so, and the count of what was sent.
//!
//! The vendor counts arrivals per action and way in, in windows of one second. When a call arrives is not known here,
//! only that it does so between its sending and its answer; so a call's place is free again one second after its
//! answer. However calls bunch up on their way, no window ever sees more of them than there are places.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The vendor's second, with a little to spare for the grain of clocks.
const WINDOW: Duration = Duration::from_millis(1_010);

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
    buckets: Mutex<HashMap<(String, &'static str), Arc<Shared>>>,
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

/// A bucket and the bell that rings when a place in it may have become free.
#[derive(Debug, Default)]
struct Shared {
    bucket: Mutex<Bucket>,
    bell: Notify,
}

/// The places of one action.
#[derive(Debug, Default)]
struct Bucket {
    /// Calls that have not been answered yet.
    under_way: usize,
    /// When the places of answered calls become free, soonest first.
    cooling: VecDeque<Instant>,
    /// Nobody goes before this moment.
    closed_until: Option<Instant>,
}

/// What to wait for when there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    Until(Instant),
    ForAnAnswer,
}

impl Bucket {
    /// Takes a place if there is one.
    fn take(&mut self, now: Instant, places: Option<usize>) -> Result<(), Wait> {
        if let Some(closed_until) = self.closed_until.filter(|until| *until > now) {
            return Err(Wait::Until(closed_until));
        }
        while self.cooling.front().is_some_and(|free| *free <= now) {
            self.cooling.pop_front();
        }
        if places.is_some_and(|places| self.under_way + self.cooling.len() >= places) {
            return Err(self.cooling.front().map_or(Wait::ForAnAnswer, |free| Wait::Until(*free)));
        }
        self.under_way += 1;
        Ok(())
    }

    /// Gives a place back when its call was answered.
    fn answered(&mut self, now: Instant, places: Option<usize>) {
        self.under_way = self.under_way.saturating_sub(1);
        if places.is_some() {
            self.cooling.push_back(now + WINDOW);
        }
    }
}

/// A place, held until the call is answered.
#[derive(Debug)]
pub(crate) struct Place {
    shared: Arc<Shared>,
    places: Option<usize>,
}

impl Drop for Place {
    fn drop(&mut self) {
        locked(&self.shared.bucket).answered(Instant::now(), self.places);
        self.shared.bell.notify_waiters();
    }
}

impl Limits {
    /// Limits at these rates.
    #[must_use]
    pub fn new(rates: Rates) -> Self {
        Self { rates, ..Self::default() }
    }

    /// Waits for a place; none when the run was stopped.
    pub(crate) async fn place(
        &self,
        host: &str,
        action: &'static str,
        documented: u32,
        stop: &CancellationToken,
    ) -> Option<Place> {
        let shared = self.shared(host, action);
        let places = self.rates.allowed(action, documented);
        while !stop.is_cancelled() {
            // Listening before looking: an answer in between is not missed.
            let bell = shared.bell.notified();
            let wait = match locked(&shared.bucket).take(Instant::now(), places) {
                Ok(()) => return Some(Place { shared: Arc::clone(&shared), places }),
                Err(wait) => wait,
            };
            let timer = async {
                match wait {
                    Wait::Until(moment) => tokio::time::sleep_until(moment).await,
                    Wait::ForAnAnswer => std::future::pending().await,
                }
            };
            tokio::select! {
                () = timer => {}
                () = bell => {}
                () = stop.cancelled() => {}
            }
        }
        None
    }

    /// Lets no call of this action go before that moment, because the vendor said that there were too many.
    pub(crate) fn close(&self, host: &str, action: &'static str, until: Instant) {
        locked(&self.shared(host, action).bucket).closed_until = Some(until);
    }

    fn shared(&self, host: &str, action: &'static str) -> Arc<Shared> {
        Arc::clone(locked(&self.buckets).entry((host.to_owned(), action)).or_default())
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
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_one_second_after_its_answer() {
        let mut bucket = Bucket::default();
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        assert_eq!(bucket.take(at(0), Some(2)), Ok(()));
        assert_eq!(bucket.take(at(0), Some(2)), Ok(()));
        assert_eq!(bucket.take(at(0), Some(2)), Err(Wait::ForAnAnswer));
        // The answer took 400 ms: when in between the call arrived is not known.
        bucket.answered(at(400), Some(2));
        assert_eq!(bucket.take(at(500), Some(2)), Err(Wait::Until(at(1410))));
        assert_eq!(bucket.take(at(1410), Some(2)), Ok(()));
        assert_eq!(bucket.take(at(1410), Some(2)), Err(Wait::ForAnAnswer));
    }

    #[test]
    fn four_fifths_of_the_documented_rate_unless_told_otherwise() {
        let rates = |pace| Rates { pace, per_action: [("B".to_owned(), 2)].into() };
        for (pace, action, expected) in [
            (Pace::Percent(80), "A", Some(16)),
            (Pace::Percent(160), "A", Some(32)),
            (Pace::Percent(0), "A", Some(1)),
            (Pace::Unlimited, "A", None),
            (Pace::Unlimited, "B", Some(2)),
        ] {
            assert_eq!(rates(pace).allowed(action, 20), expected, "{pace:?} {action}");
        }
    }

    #[test]
    fn a_closed_bucket_holds_even_those_who_set_no_limit() {
        let now = Instant::now();
        let until = now + Duration::from_secs(1);
        let mut bucket = Bucket { closed_until: Some(until), ..Bucket::default() };
        assert_eq!(bucket.take(now, None), Err(Wait::Until(until)));
        assert_eq!(bucket.take(until, None), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn hosts_and_actions_have_places_of_their_own() {
        let limits = Limits::new(Rates { pace: Pace::Percent(20), ..Rates::default() });
        let stop = CancellationToken::new();
        let first = limits.place("h", "A", 5, &stop).await.unwrap();
        let others =
            (limits.place("h", "B", 5, &stop).await, limits.place("other", "A", 5, &stop).await);
        assert!(others.0.is_some() && others.1.is_some());

        let before = Instant::now();
        drop(first);
        limits.place("h", "A", 5, &stop).await.unwrap();
        assert_eq!(before.elapsed(), WINDOW);
    }

    #[tokio::test]
    async fn whoever_is_stopped_waits_no_longer() {
        let limits = Limits::new(Rates { pace: Pace::Percent(20), ..Rates::default() });
        let stop = CancellationToken::new();
        let _held = limits.place("h", "A", 5, &stop).await.unwrap();
        stop.cancel();
        assert!(limits.place("h", "A", 5, &stop).await.is_none());
    }
}
