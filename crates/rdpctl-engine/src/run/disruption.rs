//! How many instances may be disrupted at once: a limit that belongs to a fleet, not to a run or a group of a plan.
//!
//! One value is shared by all runs of a process, so that two that go on side by side keep one limit together.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rdpctl_model::declaration::Share;
use rdpctl_model::facts::Facts;
use rdpctl_model::{FleetName, InstanceName, SourceKey};
use tokio::sync::watch;

use crate::estate::{Estate, Who};

/// Those who share one limit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Crowd {
    /// All instances that are declared one by one.
    Declared,
    /// A fleet's members.
    Fleet(FleetName),
}

/// Who is disrupted now, by crowd.
#[derive(Clone, Debug)]
pub struct Disruption(Arc<Rooms>);

#[derive(Debug)]
struct Rooms {
    by_crowd: Mutex<BTreeMap<Crowd, Room>>,
    freed: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Room {
    /// How many instances the crowd has.
    size: usize,
    /// How many of them are disrupted.
    taken: usize,
}

impl Default for Disruption {
    fn default() -> Self {
        Self(Arc::new(Rooms { by_crowd: Mutex::default(), freed: watch::Sender::new(()) }))
    }
}

impl Crowd {
    /// Whom an instance of that name shares a limit with.
    #[must_use]
    pub fn of(name: &InstanceName) -> Self {
        name.fleet().map_or(Self::Declared, |fleet| Self::Fleet(FleetName::new(fleet)))
    }
}

impl Disruption {
    /// Of an estate in which nobody is disrupted yet.
    #[must_use]
    pub fn of(estate: &Estate, facts: &Facts) -> Self {
        let disruption = Self::default();
        disruption.measure(estate, facts);
        disruption
    }

    /// Learns how large the crowds are, healthy members included: a share is a share of all of them.
    pub fn measure(&self, estate: &Estate, facts: &Facts) {
        let mut by_source: BTreeMap<&SourceKey, usize> = BTreeMap::new();
        for chunk in &facts.chunks {
            *by_source.entry(&chunk.source).or_default() += chunk.len();
        }
        let mut sizes: BTreeMap<Crowd, usize> = BTreeMap::new();
        for source in estate.sources() {
            let (crowd, size) = match source.who {
                Who::One(_) => (Crowd::Declared, 1),
                Who::Fleet(fleet) => {
                    let seen = by_source.get(&source.key).copied().unwrap_or_default();
                    (Crowd::Fleet(fleet.name.clone()), seen)
                }
            };
            *sizes.entry(crowd).or_default() += size;
        }
        let mut rooms = self.rooms();
        for (crowd, size) in sizes {
            rooms.entry(crowd).or_default().size = size;
        }
    }

    /// Learns that a crowd has at least so many members, where nobody has measured it.
    pub(crate) fn at_least(&self, crowd: &Crowd, size: usize) {
        let mut rooms = self.rooms();
        let room = rooms.entry(crowd.clone()).or_default();
        room.size = room.size.max(size);
    }

    /// Takes a place for one instance; none when the limit is reached.
    #[must_use]
    pub fn take(&self, crowd: &Crowd, limit: Share) -> Option<Place> {
        let mut rooms = self.rooms();
        let room = rooms.entry(crowd.clone()).or_default();
        if room.taken >= limit.of(room.size) {
            return None;
        }
        room.taken += 1;
        Some(Place { of: self.clone(), crowd: crowd.clone() })
    }

    /// How many of a crowd are disrupted, by whichever run.
    pub(crate) fn taken(&self, crowd: &Crowd) -> usize {
        self.rooms().get(crowd).map_or(0, |room| room.taken)
    }

    /// Rings whenever a place becomes free.
    pub(crate) fn freed(&self) -> watch::Receiver<()> {
        self.0.freed.subscribe()
    }

    /// Nothing panics while it holds the lock, so a poisoned one still holds whole values.
    fn rooms(&self) -> MutexGuard<'_, BTreeMap<Crowd, Room>> {
        self.0.by_crowd.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among the disrupted, given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    of: Disruption,
    crowd: Crowd,
}

impl Place {
    /// Whose it is.
    pub(crate) const fn crowd(&self) -> &Crowd {
        &self.crowd
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(room) = self.of.rooms().get_mut(&self.crowd) {
            room.taken = room.taken.saturating_sub(1);
        }
        self.of.0.freed.send_replace(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kiosks() -> Crowd {
        Crowd::Fleet("kiosks".into())
    }

    impl From<&str> for Crowd {
        fn from(fleet: &str) -> Self {
            Self::Fleet(FleetName::new(fleet))
        }
    }

    #[test]
    fn two_runs_that_share_the_limit_keep_it_together() {
        let (one, limit) = (Disruption::default(), Share::Percent(10.0));
        let other = one.clone();
        one.at_least(&kiosks(), 20);
        let first = one.take(&kiosks(), limit);
        let second = other.take(&kiosks(), limit);
        assert!(first.is_some() && second.is_some());
        assert!(one.take(&kiosks(), limit).is_none() && other.take(&kiosks(), limit).is_none());
        drop(second);
        assert!(one.take(&kiosks(), limit).is_some());
    }

    #[test]
    fn one_fleet_leaves_another_its_room() {
        let all = Disruption::default();
        let _kiosk = all.take(&kiosks(), Share::Count(1)).unwrap();
        assert!(all.take(&"desks".into(), Share::Count(1)).is_some());
        assert!(all.take(&kiosks(), Share::Count(1)).is_none());
    }
}
