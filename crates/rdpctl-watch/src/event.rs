//! What the loop tells: one value for each thing that happens, transitions and not states.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use rdpctl_contract::store::{Holding, Made};
use rdpctl_contract::{Changed, CloudError};
use rdpctl_engine::give_back::GivenBack;
use rdpctl_engine::lease::Waiting;
use rdpctl_engine::remains::Removed;
use rdpctl_model::accept::Accepted;
use rdpctl_model::chronicle::Order;
use rdpctl_model::outcome::RunEnd;
use rdpctl_model::step::Guarded;
use rdpctl_model::{FacetId, Gap, InstanceName, ProviderName, RunId, Said, Verdict};

use crate::source::Revision;

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// On the way to the leader's lease.
    Waiting(Waiting),
    /// This process schedules from now on.
    Leading,
    /// Another process took the lease: this one stands by again.
    Deposed,
    /// A declaration was read, whole.
    Read {
        /// Which.
        revision: Revision,
        /// How many instances and fleets it declares.
        sources: usize,
        /// How many are new or declared otherwise than before.
        changed: usize,
        /// How many are gone.
        removed: usize,
    },
    /// What is declared now cannot be read: the last that could be is kept.
    Unreadable {
        /// Why.
        why: String,
    },
    /// So much would be removed that somebody has to say that it is meant; the last is kept.
    HeldBack {
        /// How many would be gone.
        removed: usize,
        /// Of how many.
        of: usize,
    },
    /// How often the machines of a provider are looked at.
    Paced {
        /// Whose.
        provider: ProviderName,
        /// How many.
        machines: usize,
        /// How often.
        every: Duration,
        /// How much of the vendor's quota that takes; none where nobody counts.
        of_quota: Option<f64>,
    },
    /// Everything was looked at once since the start.
    Ready {
        /// How many instances are managed.
        instances: usize,
        /// How many of them are as declared.
        healthy: usize,
    },
    /// A provider does not answer; it is left alone until then.
    Silent {
        /// Which.
        provider: ProviderName,
        /// Why not.
        error: Box<CloudError>,
        /// When it is asked again.
        again: Duration,
    },
    /// A provider that was silent answers.
    Answers {
        /// Which.
        provider: ProviderName,
    },
    /// The state does not serve; what is seen is not remembered.
    Forgetful {
        /// Why not.
        why: Said,
    },
    /// The state serves again.
    Remembers,
    /// More was declared than looking, and that is not granted.
    OnlyLooks {
        /// Why.
        why: Gap,
    },
    /// Somebody else changes things; what there is to mend waits for that.
    Busy {
        /// Who.
        holding: Box<Holding>,
    },
    /// Something happens in a run of the loop's own.
    Run(rdpctl_engine::Event),
    /// A run of the loop's own came to nothing.
    NotMended {
        /// Why.
        why: Said,
    },
    /// A run of the loop's own ended.
    Mended {
        /// Its id.
        run: RunId,
        /// How it ended.
        end: RunEnd,
        /// Steps that were done, on how many subjects, in all.
        done: usize,
        /// Machines on which something failed.
        failed: usize,
        /// The hash that stands for the journal with all of it.
        head: Option<String>,
    },
    /// What earlier runs left in a guest was removed, once undo needs it no more, or could not be.
    Removed(Box<Removed>),
    /// What was made for a time was given back once that was over, or could not be.
    GaveBack(Box<GivenBack>),
    /// What the guards ask a person about is not what it was.
    Asks {
        /// On how many instances which guard asks.
        guards: BTreeMap<Guarded, usize>,
    },
    /// Who is left to a person's hands is not who it was: nothing is done to them meanwhile.
    InHands {
        /// Who they are now.
        instances: BTreeSet<InstanceName>,
    },
    /// Somebody puts back what the loop mends; it is left alone until a person has seen to it.
    Damped {
        /// On whom.
        instance: InstanceName,
        /// What.
        facet: FacetId,
        /// How often it came back.
        times: usize,
        /// Until when it is left alone.
        until: Timestamp,
        /// Who may be that somebody, where a cloud's log says it.
        by: Option<Box<Changed>>,
    },
    /// What rdpctl made for those who are declared no more is not what it was: a person releases it.
    Orphaned {
        /// All of it.
        made: Vec<Made>,
    },
    /// A person told the loop something.
    Told(Order),
    /// A facet of an instance is not what it was.
    Turned(Box<Turn>),
}

/// What turned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// When that was seen.
    pub at: Timestamp,
    /// On whom.
    pub instance: InstanceName,
    /// What: several where one cause hides them all.
    pub facets: Vec<FacetId>,
    /// The facet of which this is a consequence.
    pub follows_from: Option<FacetId>,
    /// What it was, where it was not as declared.
    pub from: Option<Verdict>,
    /// What it is, where it is not as declared.
    pub to: Option<Verdict>,
    /// Since when it was what it was.
    pub since: Option<Timestamp>,
    /// Why it does not alarm, where somebody accepted it.
    pub accepted: Option<Accepted>,
}
