//! What was done to a world of [`super::World`], with when it began and ended.

use jiff::Timestamp;
use rdpctl_model::{CloudAction, GuestAction, ResourceId};

use super::{State, World};

/// One action on one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// The machine.
    pub machine: ResourceId,
    /// What was done.
    pub what: What,
    /// When it was begun.
    pub began: Timestamp,
    /// When it was over; none while it lasts, or when it was stopped in the middle.
    pub ended: Option<Timestamp>,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Through the cloud.
    Cloud(CloudAction),
    /// Inside the guest.
    Guest(GuestAction),
}

/// How many of the deeds that count were in hand at one moment, at most. A deed that begins when another ends does not
/// overlap it.
#[must_use]
pub fn most_at_once(deeds: &[Deed], counts: impl Fn(&Deed) -> bool) -> usize {
    let counted: Vec<&Deed> = deeds.iter().filter(|deed| counts(deed)).collect();
    let in_hand = |at: Timestamp| {
        counted
            .iter()
            .filter(|deed| deed.began <= at && deed.ended.is_none_or(|ended| ended > at))
            .count()
    };
    counted.iter().map(|deed| in_hand(deed.began)).max().unwrap_or(0)
}

impl World {
    /// Notes that something begins, and gives its place.
    pub(super) fn begin(&self, machine: &ResourceId, what: What) -> usize {
        let began = self.now();
        let State { deeds, .. } = &mut *self.state();
        deeds.push(Deed { machine: machine.clone(), what, began, ended: None });
        deeds.len() - 1
    }

    /// Notes that it is over.
    pub(super) fn end(&self, place: usize) {
        let now = self.now();
        if let Some(deed) = self.state().deeds.get_mut(place) {
            deed.ended = Some(now);
        }
    }
}
