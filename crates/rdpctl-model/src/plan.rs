//! A plan: the dependency graph of steps, complete and immutable, with instances as data beside it.
//!
//! Instances with the same difference are one group; the graph holds a node per group and step, not per instance.

mod opening;
pub mod repair;
mod second;
mod whose;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::accept::Accepted;
use crate::action::Binds;
use crate::cloud::Handles;
use crate::facet::{FacetId, FacetMap, World};
use crate::gap::Gap;
use crate::guest::{ChannelKind, LoggedOn};
use crate::id::{FleetName, InstanceName, ProfileName, ProviderName, ResourceId};
use crate::number::StepNumber;
use crate::said::Said;
pub use crate::security::{Direction, SecurityDelta};
use crate::stage::Stage;
use crate::step::{Guarded, Step};
use crate::verdict::{Answers, Verdict};
pub use opening::opening;

/// The version of the plan file's schema.
pub const PLAN_FORMAT: u32 = 1;

/// What would be done, in which order, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The schema's version.
    pub format: u32,
    /// Digest of the declaration from which it grew.
    pub declaration: String,
    /// Digest of the surveys from which it grew.
    pub survey: String,
    /// Instances with the same difference.
    pub groups: Vec<Group>,
    /// The nodes in an order in which they may be executed: a step needs only those that stand before it.
    pub steps: Vec<PlannedStep>,
    /// Disks that are repaired, of machines that nobody reaches any more; their stages are numbered behind the steps.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub repairs: Vec<repair::PlannedRepair>,
    /// How many instances are managed in all.
    pub instances: usize,
    /// How many of them are as declared.
    pub healthy: usize,
    /// What becomes weaker or stronger.
    pub security: Vec<SecurityDelta>,
    /// What it will cost.
    pub budget: Budget,
    /// On what it rests.
    #[serde(skip_serializing_if = "Basis::is_none", default)]
    pub basis: Basis,
}

/// On what a plan rests: when it was made, how old its evidence is, and what nobody could see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// When the plan was made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<Timestamp>,
    /// Whether anything answered when it was made.
    #[serde(skip_serializing_if = "Reached::is_something", default)]
    pub reached: Reached,
    /// When each world last answered, over all instances.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub answered: BTreeMap<World, Span>,
    /// Fleets of which not even the members are known.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unseen: Vec<UnseenFleet>,
    /// How many instances are declared, where only a part of them is meant.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub of: Option<usize>,
    /// What somebody granted to its declaration, in sentences.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub granted: Vec<String>,
}

impl Basis {
    fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// What came of looking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reached {
    /// Something answered.
    #[default]
    Something,
    /// Nothing did.
    Nothing,
    /// Nobody looked: it is made from what was seen before.
    NotTried,
}

impl Reached {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
    const fn is_something(&self) -> bool {
        matches!(self, Self::Something)
    }
}

/// From when to when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first.
    pub oldest: Timestamp,
    /// The last.
    pub newest: Timestamp,
}

/// A fleet that could not be asked for its members, and of which none was ever seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnseenFleet {
    /// Its name.
    pub fleet: FleetName,
    /// Why not.
    #[serde(flatten)]
    pub gap: Gap,
}

/// Instances of one profile that differ in the same way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The provider.
    pub provider: ProviderName,
    /// The profile.
    pub profile: ProfileName,
    /// The declared RDP port.
    pub port: u16,
    /// The way into the guest that answered when it was last looked into. One that is merely declared counts for
    /// nothing, and where nobody answered there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub way: Option<ChannelKind>,
    /// Whether they answer from outside, as far as anybody saw.
    #[serde(skip_serializing_if = "Answers::is_not_seen", default)]
    pub answers: Answers,
    /// Who.
    pub members: Vec<Member>,
    /// What each managed facet concludes.
    pub facets: Vec<FacetFinding>,
    /// The group's steps, in the plan's order.
    pub steps: Vec<StepId>,
}

/// One facet's conclusion about a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacetFinding {
    /// The facet.
    pub facet: FacetId,
    /// Its conclusion.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// The first stage of a connection at which it shows, where something is wrong.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stage: Option<Stage>,
    /// The facet of which this is a consequence.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub blocked_by: Option<FacetId>,
    /// Why somebody accepted it, or that of which it is a consequence: no step changes it, and it does not alarm.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accepted: Option<Accepted>,
    /// What its last evidence says, where that could not be looked at again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last: Option<Box<Verdict>>,
}

/// One instance of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its name.
    pub name: InstanceName,
    /// The vendor's id.
    pub id: ResourceId,
    /// The vendor's display name, when it differs; untrusted text.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub display: String,
    /// Ids that its steps need, where they have been looked up.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub handles: Option<Box<Handles>>,
    /// What is its own and its steps need, where it has been looked up.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub binds: Option<Box<Binds>>,
    /// Who was logged on when it was last looked into, for whoever has something done that ends sessions; left out where
    /// nobody saw.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sessions: Option<Box<[LoggedOn]>>,
    /// When each world last answered whose last look failed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub answered: BTreeMap<World, Timestamp>,
}

/// The place of a step in its plan, from 0. People know it by its [`StepNumber`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(pub u32);

/// A node of the graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// By which number people know it.
    pub number: StepNumber,
    /// What and why.
    #[serde(flatten)]
    pub step: Step,
    /// On whom: each member of the group at this place.
    pub group: usize,
    /// The steps that must be done before.
    pub needs: Vec<StepId>,
    /// Why it may not be done yet, if so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub held: Option<Held>,
}

/// Why a step may not be done yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "held")]
pub enum Held {
    /// A guard asks.
    Asks {
        /// Which.
        guards: Vec<Guarded>,
    },
    /// A guard says no.
    Denied {
        /// Which.
        guard: Guarded,
    },
    /// Outside the maintenance windows.
    Window {
        /// When the next one opens, with its own zone (RFC 9557).
        opens: String,
    },
    /// It would close the last way in.
    LockOut {
        /// Which way.
        why: Said,
    },
    /// It needs a step that is held.
    Behind {
        /// Which.
        step: StepId,
    },
}

/// What a plan will cost before it starts; what a run did cost after it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Calls to the cloud's API.
    pub api_calls: u64,
    /// Round trips into guests.
    pub guest_round_trips: u64,
    /// Seconds, roughly.
    pub seconds: u64,
    /// Reboots.
    pub reboots: u64,
    /// Instances whose sessions are dropped.
    pub dropped_sessions: u64,
    /// Things that cost money, by how many.
    pub money: BTreeMap<String, u64>,
    /// What the vendor quotes for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotes: Vec<Quote>,
    /// Sessions that are alive where sessions would be dropped; left out where nobody looked.
    #[serde(default, skip_serializing_if = "Sighted::is_unseen")]
    pub live_sessions: Sighted<u64>,
}

/// What a vendor quotes for a thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The thing, as `money` names it.
    pub what: String,
    /// The price of one.
    pub price: Sighted<Price>,
}

/// An amount of money for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// In millionths of the currency: vendors quote an hour in fractions of a hundredth.
    pub millionths: u64,
    /// The currency's code, such as `CNY`, where the vendor says it; else it is the account's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// For what one pays so much.
    pub per: Per,
}

/// For what one pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Per {
    /// Once.
    Once,
    /// An hour.
    Hour,
    /// A month.
    Month,
    /// A gigabyte.
    Gigabyte,
}

/// Something that was looked at, or was not: nothing seen is not the same as none.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Sighted<T> {
    /// Nobody could or did look.
    #[default]
    NotSeen,
    /// This was seen.
    Seen(T),
}

impl<T> Sighted<T> {
    /// Whether nobody looked.
    #[must_use]
    pub const fn is_unseen(&self) -> bool {
        matches!(self, Self::NotSeen)
    }
}

impl PlannedStep {
    /// A step that nothing holds and that needs nothing yet; the planner numbers it at its end.
    #[must_use]
    pub fn new(step: Step, group: usize) -> Self {
        Self { number: StepNumber::default(), step, group, needs: Vec::new(), held: None }
    }
}

impl Plan {
    /// Steps that change something and are not held.
    pub fn changes(&self) -> impl Iterator<Item = (StepId, &PlannedStep)> {
        self.numbered().filter(|(_, planned)| planned.held.is_none())
    }

    /// Steps with their ids.
    pub fn numbered(&self) -> impl Iterator<Item = (StepId, &PlannedStep)> {
        (0_u32..).map(StepId).zip(&self.steps)
    }

    /// Whether nothing differs and nothing is unknown, but for what somebody accepted.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.groups.iter().all(Group::is_accepted) && self.basis.unseen.is_empty()
    }

    /// How many instances have each verdict that is not quiet, by facet.
    #[must_use]
    pub fn differing(&self) -> FacetMap<usize> {
        let mut counts = FacetMap::from_fn(|_| 0);
        for group in &self.groups {
            for finding in &group.facets {
                if !finding.verdict.is_quiet() {
                    counts[finding.facet] += group.members.len();
                }
            }
        }
        counts
    }

    /// The step of that id.
    #[must_use]
    pub fn step(&self, id: StepId) -> Option<&PlannedStep> {
        self.steps.get(id.0 as usize)
    }

    /// The step of that number.
    #[must_use]
    pub fn find(&self, number: &StepNumber) -> Option<&PlannedStep> {
        self.steps.iter().find(|planned| planned.number == *number)
    }

    /// By which number people know the step of that id.
    #[must_use]
    pub fn number(&self, id: StepId) -> StepNumber {
        self.step(id).map_or_else(
            || StepNumber::first_level(id.0.saturating_add(1)),
            |planned| planned.number.clone(),
        )
    }

    /// On how many instances a step acts.
    #[must_use]
    pub fn width(&self, step: &PlannedStep) -> usize {
        self.groups.get(step.group).map_or(0, |group| group.members.len())
    }
}
