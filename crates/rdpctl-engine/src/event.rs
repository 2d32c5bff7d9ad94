//! What a run tells while it goes on: one value per thing that happens.

use rdpctl_model::guest::ChannelKind;
use rdpctl_model::plan::{Group, PlannedStep, StepId};
use rdpctl_model::{InstanceName, RunId};

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// Surveying began.
    Surveying {
        /// What.
        what: String,
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
        why: String,
        /// For how many instances.
        instances: usize,
    },
    /// A run began.
    Began {
        /// Its id.
        run: RunId,
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
        note: String,
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
        why: String,
        /// What the user can do.
        advice: String,
    },
    /// A step was not tried on one subject.
    Skipped {
        /// The step.
        step: StepId,
        /// On whom.
        subject: InstanceName,
        /// Why.
        why: String,
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
        why: String,
    },
}
