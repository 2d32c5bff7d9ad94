//! The repair of a disk that a cloud holds, as a plan has it: its stages with their numbers, and what it costs.

use serde::{Deserialize, Serialize};

pub use super::second::{AtOnce, NoLink, SecondWay};
use super::{Budget, Price, Quote, Sighted};
use crate::gap::Gap;
use crate::id::{InstanceName, ProfileName, ProviderName, ResourceId};
use crate::mending::Hold;
use crate::number::StepNumber;
use crate::said::Said;
use crate::step::Guarded;

/// How far a repair is: what is about to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RepairStage {
    /// The machine is stopped, so that nothing is charged for it and nothing writes to its disk.
    Stopping,
    /// A snapshot, and a disk of it.
    Copying,
    /// The snapshot is read and judged, and the edit computed.
    Reading,
    /// The copy is attached to a machine that helps.
    Attaching,
    /// The copy waits for a person's hands.
    Held,
    /// The changed sectors are written.
    Writing,
    /// The copy is what it is to be: from here on the way is forward.
    Detaching,
    /// The copy takes the place of the machine's own disk.
    Swapping,
    /// The machine is started.
    Starting,
    /// It is proved from outside, and what is of no more use is deleted.
    CleaningUp,
    /// The former disk is kept for its time.
    Done,
    /// Everything is put back.
    PutBack,
}

impl RepairStage {
    /// All, in their order.
    pub const ALL: [Self; 12] = [
        Self::Stopping,
        Self::Copying,
        Self::Reading,
        Self::Attaching,
        Self::Held,
        Self::Writing,
        Self::Detaching,
        Self::Swapping,
        Self::Starting,
        Self::CleaningUp,
        Self::Done,
        Self::PutBack,
    ];

    /// Those of a repair, as far as it is to go by itself.
    pub fn of(hold: Hold) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |stage| match stage {
            Self::Stopping | Self::Copying | Self::Reading | Self::Attaching => true,
            Self::Held => hold == Hold::Stop,
            Self::Writing
            | Self::Detaching
            | Self::Swapping
            | Self::Starting
            | Self::CleaningUp
            | Self::Done => hold == Hold::GoOn,
            Self::PutBack => false,
        })
    }

    /// Its number among those of one repair. A repair that is held writes nothing by itself, so that the two share one.
    #[must_use]
    pub const fn place(self) -> u32 {
        match self {
            Self::Stopping => 1,
            Self::Copying => 2,
            Self::Reading => 3,
            Self::Attaching => 4,
            Self::Held | Self::Writing => 5,
            Self::Detaching => 6,
            Self::Swapping => 7,
            Self::Starting => 8,
            Self::CleaningUp => 9,
            Self::Done => 10,
            Self::PutBack => 11,
        }
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub const fn is_over(self) -> bool {
        match self {
            Self::Done | Self::PutBack => true,
            Self::Stopping
            | Self::Copying
            | Self::Reading
            | Self::Attaching
            | Self::Held
            | Self::Writing
            | Self::Detaching
            | Self::Swapping
            | Self::Starting
            | Self::CleaningUp => false,
        }
    }

    /// What it is, in a sentence.
    #[must_use]
    pub fn said(self, instance: &InstanceName, keep_seconds: u64) -> Said {
        let name = instance.as_str();
        match self {
            Self::Stopping => say::stop(name),
            Self::Copying => say::copy(name),
            Self::Reading => say::read(),
            Self::Attaching => say::attach(),
            Self::Held => say::hold(),
            Self::Writing => say::write(),
            Self::Detaching => say::detach(),
            Self::Swapping => say::swap(name),
            Self::Starting => say::start(name),
            Self::CleaningUp => say::prove(),
            Self::Done => match keep_seconds / 3600 {
                hours if hours.is_multiple_of(24) => say::keep_days(hours / 24),
                hours => say::keep_hours(hours),
            },
            Self::PutBack => say::everything_back(name),
        }
    }
}

/// The repair of one machine's disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedRepair {
    /// The provider.
    pub provider: ProviderName,
    /// Whose disk.
    pub instance: InstanceName,
    /// The vendor's id of the machine.
    pub id: ResourceId,
    /// By which profile the disk is judged.
    pub profile: ProfileName,
    /// Why nothing in its Windows answers.
    pub because: Gap,
    /// How long the former disk is kept.
    pub keep_seconds: u64,
    /// What becomes of the copy once it is attached.
    pub hold: Hold,
    /// What is done, in its order.
    pub steps: Vec<RepairStep>,
    /// What it needs leave for.
    pub guards: Vec<Guarded>,
    /// For how long nobody can use the machine, in seconds.
    pub stopped_seconds: u64,
    /// What it costs, whole.
    pub budget: Budget,
    /// What is added where no link to its disk is given; none where nobody looked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<SecondWay>,
}

/// One stage of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepairStep {
    /// By which number people know it.
    pub number: StepNumber,
    /// Which.
    pub stage: RepairStage,
    /// What it is, in a sentence.
    pub what: Said,
}

impl PlannedRepair {
    /// The guards that every repair asks.
    pub const GUARDS: [Guarded; 2] = [Guarded::OfflineRepair, Guarded::Spend];
    /// As what it stands on the bill.
    pub const BILLED: &'static str = "repairs of a disk";

    /// The same with the numbers that it has after so many other steps.
    #[must_use]
    pub fn after(mut self, steps: u32) -> Self {
        for (step, place) in self.steps.iter_mut().zip(1..) {
            step.number = StepNumber::first_level(steps.saturating_add(place));
        }
        self
    }

    /// With a second way, gone at once where that is known already.
    pub fn offer(&mut self, mut way: SecondWay) {
        let at_once = way.at_once.take();
        self.second = Some(way);
        if let Some(at_once) = at_once {
            self.go_second(at_once);
        }
    }

    /// The same by its second way, which is gone at once: what that adds is a part of the whole.
    pub fn go_second(&mut self, at_once: AtOnce) {
        let Some(second) = self.second.as_mut().filter(|second| second.at_once.is_none()) else {
            return;
        };
        second.at_once = Some(at_once);
        self.stopped_seconds = self.stopped_seconds.saturating_add(second.seconds);
        self.budget.seconds = self.budget.seconds.saturating_add(second.seconds);
        self.budget.api_calls = self.budget.api_calls.saturating_add(second.api_calls);
    }

    /// What a step is, by the way that is gone.
    #[must_use]
    pub fn says(&self, step: &RepairStep) -> Said {
        if self.goes_second() && step.stage == RepairStage::Reading {
            say::read_there()
        } else if self.goes_second() && step.stage == RepairStage::Writing {
            say::write_there()
        } else {
            step.what.clone()
        }
    }

    /// Whether it is known beforehand that no link is given.
    #[must_use]
    pub fn goes_second(&self) -> bool {
        self.second.as_ref().is_some_and(|second| second.at_once.is_some())
    }

    /// How long it takes where no link is given; none where that is how long it takes anyhow, or where there is no such way.
    #[must_use]
    pub fn seconds_by_second_way(&self) -> Option<u64> {
        let second = self.second.as_ref().filter(|second| second.at_once.is_none())?;
        second.sha256.as_ref()?;
        Some(self.budget.seconds.saturating_add(second.seconds))
    }

    /// With what the vendor quotes for all of it, and for all of it by its second way.
    pub fn quote(&mut self, price: Option<Price>, by_second_way: Option<Price>) {
        let seen = |price: Option<Price>| price.map_or(Sighted::NotSeen, Sighted::Seen);
        if let Some(second) = &mut self.second {
            second.price = seen(by_second_way);
        }
        let what = Self::BILLED.to_owned();
        self.budget.quotes = vec![Quote { what, price: seen(price) }];
    }
}

crate::said::says! { "repair":
    stop(name);
    copy(name);
    read();
    attach();
    hold();
    write();
    read_there();
    write_there();
    detach();
    swap(name);
    start(name);
    prove();
    keep_days(days);
    keep_hours(hours);
    everything_back(name);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_count_from_one_without_a_gap_whether_or_not_a_person_takes_over() {
        for hold in [Hold::GoOn, Hold::Stop] {
            let places: Vec<u32> = RepairStage::of(hold).map(RepairStage::place).collect();
            let count = u32::try_from(places.len()).unwrap();
            assert_eq!(places, (1..=count).collect::<Vec<_>>(), "{hold:?}");
        }
    }
}
