//! What a run tells while it goes on: one value per thing that happens.

use std::sync::Arc;

use jiff::Timestamp;
use rdpctl_contract::CloudError;
use rdpctl_model::Said;
use rdpctl_model::facet::World;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::plan::{Group, Plan, PlannedStep, StepId};
use rdpctl_model::{InstanceName, ProviderName, RunId};

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// Surveying began.
    Surveying {
        /// What.
        what: String,
        /// How many they are, where that is known before a fleet has named its members.
        instances: Option<usize>,
        /// Whose cloud is asked, where one is.
        provider: Option<ProviderName>,
    },
    /// A world said something of some instances.
    Glimpsed {
        /// Which world.
        world: World,
        /// Of how many.
        instances: usize,
        /// Guests among them that do not answer.
        silent: Vec<InstanceName>,
    },
    /// It is over.
    Looked {
        /// How many were looked at.
        instances: usize,
        /// How many guests of them do not answer.
        silent: usize,
    },
    /// So many instances have answered so far.
    Surveyed {
        /// How many.
        instances: usize,
    },
    /// A channel that stands earlier in the declared order did not answer, and another one did.
    PassedOver {
        /// The channel.
        channel: ChannelKind,
        /// Why it did not answer.
        why: Said,
        /// For how many instances.
        instances: usize,
    },
    /// A provider did not answer to the end.
    Silent {
        /// Which.
        provider: ProviderName,
        /// Why not.
        error: Box<CloudError>,
    },
    /// A run before this one never ended: what it had in hand is looked at again.
    Recovering {
        /// Its id.
        run: RunId,
        /// When it began.
        began: Timestamp,
        /// How many entries its journal has.
        journaled: usize,
    },
    /// A run began.
    Began {
        /// Its id.
        run: RunId,
        /// What it does.
        plan: Arc<Plan>,
    },
    /// A step began on some subjects.
    Started {
        /// The step.
        step: StepId,
        /// On whom.
        subjects: Vec<InstanceName>,
    },
    /// A step is done on one subject.
    Done {
        /// The step.
        step: StepId,
        /// On whom.
        subject: InstanceName,
        /// What the vendor or guest said.
        note: Said,
        /// Whether the world agreed already.
        already: bool,
    },
    /// A step failed on one subject.
    Failed {
        /// The step.
        step: StepId,
        /// Other steps that failed with it, of the same cause.
        also: Vec<StepId>,
        /// On whom.
        subject: InstanceName,
        /// Why.
        why: Said,
        /// What the user can do.
        advice: Said,
    },
    /// A step was not tried on one subject.
    Skipped {
        /// The step.
        step: StepId,
        /// On whom.
        subject: InstanceName,
        /// Why.
        why: Said,
    },
    /// An observation added steps at the end of the plan.
    Observed {
        /// The step that observed.
        step: StepId,
        /// The first of the new steps.
        from: StepId,
        /// The new steps, in order.
        steps: Vec<PlannedStep>,
        /// The new groups, in order.
        groups: Vec<Group>,
    },
    /// Too many failures: no new step starts.
    Halted {
        /// Why.
        why: Said,
    },
}
