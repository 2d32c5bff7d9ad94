//! Who has the next turn: three lanes for each pool, first come first served in each, and no lane starves.
//!
//! Pure: it is told what is due and asked who is next. One subject has one turn at a time; whoever asks for it meanwhile
//! gets another one after it.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::Hash;

use tokio::time::Instant;

/// How urgent a turn is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lane {
    /// Declared anew, asked for by a person, or seen to change.
    Urgent,
    /// Its last turn came to nothing.
    Retry,
    /// It is time again.
    Steady,
}

/// Of seven turns four are urgent ones, two are retries and one is a steady one, as far as there are any.
const ROUND: [Lane; 7] = [
    Lane::Urgent,
    Lane::Retry,
    Lane::Urgent,
    Lane::Steady,
    Lane::Urgent,
    Lane::Retry,
    Lane::Urgent,
];

/// Those who wait in one pool.
#[derive(Debug)]
struct Waiting<K> {
    urgent: VecDeque<K>,
    retry: VecDeque<K>,
    steady: VecDeque<K>,
    /// Where in the round the pool is.
    turn: usize,
}

impl<K> Default for Waiting<K> {
    fn default() -> Self {
        Self { urgent: VecDeque::new(), retry: VecDeque::new(), steady: VecDeque::new(), turn: 0 }
    }
}

impl<K> Waiting<K> {
    fn lane(&mut self, lane: Lane) -> &mut VecDeque<K> {
        match lane {
            Lane::Urgent => &mut self.urgent,
            Lane::Retry => &mut self.retry,
            Lane::Steady => &mut self.steady,
        }
    }
}

/// In which lane somebody waits, and since when.
#[derive(Clone, Copy, Debug)]
struct Ticket {
    lane: Lane,
    since: Instant,
}

/// Who waits and who has a turn.
#[derive(Debug)]
pub(crate) struct Dispatcher<K, P> {
    pools: BTreeMap<P, Waiting<K>>,
    tickets: HashMap<K, Ticket>,
    /// Who has a turn, and whether another was asked for meanwhile.
    running: HashMap<K, Option<Lane>>,
}

impl<K, P> Default for Dispatcher<K, P> {
    fn default() -> Self {
        Self { pools: BTreeMap::new(), tickets: HashMap::new(), running: HashMap::new() }
    }
}

impl<K: Clone + Eq + Hash, P: Clone + Ord> Dispatcher<K, P> {
    /// Something is due since then. Who waits already keeps its place, unless it became more urgent.
    pub(crate) fn due(&mut self, key: K, pool: P, lane: Lane, since: Instant) {
        if let Some(again) = self.running.get_mut(&key) {
            *again = Some(again.map_or(lane, |asked| asked.min(lane)));
            return;
        }
        let ticket = match self.tickets.get(&key) {
            Some(ticket) if ticket.lane <= lane => return,
            Some(ticket) => Ticket { lane, since: ticket.since },
            None => Ticket { lane, since },
        };
        self.tickets.insert(key.clone(), ticket);
        self.pools.entry(pool).or_default().lane(lane).push_back(key);
    }

    /// The next of a pool, at most so many; each of them has a turn now.
    pub(crate) fn take(&mut self, pool: &P, most: usize) -> Vec<K> {
        let Some(waiting) = self.pools.get_mut(pool) else { return Vec::new() };
        let mut taken = Vec::new();
        while taken.len() < most {
            // From the lane whose turn it is, else from the most urgent one that has somebody.
            let wanted = ROUND[waiting.turn % ROUND.len()];
            let next =
                [wanted, Lane::Urgent, Lane::Retry, Lane::Steady].into_iter().find_map(|lane| {
                    loop {
                        let key = waiting.lane(lane).pop_front()?;
                        // Whoever became more urgent left its place empty.
                        if self.tickets.get(&key).is_some_and(|ticket| ticket.lane == lane) {
                            return Some(key);
                        }
                    }
                });
            let Some(key) = next else { break };
            waiting.turn += 1;
            self.tickets.remove(&key);
            self.running.insert(key.clone(), None);
            taken.push(key);
        }
        taken
    }

    /// A turn is over; says whether another was asked for meanwhile.
    pub(crate) fn done(&mut self, key: &K) -> Option<Lane> {
        self.running.remove(key).flatten()
    }

    /// How many wait.
    pub(crate) fn depth(&self) -> usize {
        self.tickets.len()
    }

    /// Since when the one waits who waits longest.
    pub(crate) fn oldest(&self) -> Option<Instant> {
        self.tickets.values().map(|ticket| ticket.since).min()
    }

    /// Pools in which somebody waits.
    pub(crate) fn pools(&self) -> Vec<P> {
        let waits = |waiting: &Waiting<K>| {
            !(waiting.urgent.is_empty() && waiting.retry.is_empty() && waiting.steady.is_empty())
        };
        self.pools.iter().filter(|(_, it)| waits(it)).map(|(pool, _)| pool.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    type Desk = Dispatcher<u32, &'static str>;

    /// 2,000 subjects that are due every second, and room for 1,600 turns a second: kubernetes.md 9.4, case 1.
    #[test]
    fn under_overload_nobody_waits_twice_as_long_as_is_fair() {
        let (subjects, room) = (2_000_u32, 1_600_usize);
        let mut desk = Desk::default();
        let start = Instant::now();
        let mut last = vec![0_u32; subjects as usize];
        let mut oldest = 0;
        for second in 1..=60_u32 {
            let now = start + Duration::from_secs(second.into());
            for key in 0..subjects {
                // One in ten is asked for by people all the time.
                let lane = if key % 10 == 0 { Lane::Urgent } else { Lane::Steady };
                desk.due(key, "cloud", lane, now);
            }
            for key in desk.take(&"cloud", room) {
                last[key as usize] = second;
                assert_eq!(desk.done(&key), None);
            }
            let age = last.iter().map(|at| second - at).max().expect("there are some");
            oldest = oldest.max(age);
        }
        // A fair share is a turn every 1.25 s; seconds are whole here.
        assert!(oldest <= 2, "somebody waited {oldest} s");
    }

    #[test]
    fn no_lane_starves_another() {
        let mut desk = Desk::default();
        let now = Instant::now();
        for key in 0..70 {
            desk.due(key, "cloud", Lane::Urgent, now);
            desk.due(100 + key, "cloud", Lane::Retry, now);
            desk.due(200 + key, "cloud", Lane::Steady, now);
        }
        let taken = desk.take(&"cloud", 70);
        let of = |from: u32| taken.iter().filter(|key| (from..from + 100).contains(*key)).count();
        assert_eq!([of(0), of(100), of(200)], [40, 20, 10]);
        let first_of_each: Vec<u32> =
            [0, 100, 200].map(|from| *taken.iter().find(|key| **key >= from).expect("one")).into();
        assert_eq!(first_of_each, [0, 100, 200], "first come, first served");
    }

    #[test]
    fn one_turn_at_a_time_and_what_is_asked_meanwhile_comes_after_it() {
        let mut desk = Desk::default();
        let now = Instant::now();
        desk.due(1, "cloud", Lane::Steady, now);
        desk.due(1, "cloud", Lane::Steady, now);
        assert_eq!(desk.take(&"cloud", 9), [1]);
        desk.due(1, "cloud", Lane::Steady, now);
        desk.due(1, "cloud", Lane::Urgent, now);
        assert_eq!(desk.take(&"cloud", 9), Vec::<u32>::new());
        assert_eq!(desk.done(&1), Some(Lane::Urgent));
    }

    #[test]
    fn who_becomes_more_urgent_goes_ahead_and_keeps_since_when_it_waits() {
        let mut desk = Desk::default();
        let now = Instant::now();
        let later = now + Duration::from_secs(5);
        desk.due(1, "cloud", Lane::Steady, later);
        desk.due(2, "cloud", Lane::Steady, now);
        desk.due(2, "cloud", Lane::Urgent, later);
        assert_eq!(desk.oldest(), Some(now));
        assert_eq!(desk.take(&"cloud", 1), [2]);
        assert_eq!((desk.take(&"cloud", 9), desk.depth()), (vec![1], 0));
        assert_eq!(desk.pools(), Vec::<&str>::new());
    }
}
