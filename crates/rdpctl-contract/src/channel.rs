//! A way into guests: the same questions or actions for many at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rdpctl_model::declaration::GuestAccess;
use rdpctl_model::guest::{ChannelKind, Closely, GuestSurvey, Through};
use rdpctl_model::host::Host;
use rdpctl_model::outcome::Receipt;
use rdpctl_model::step::Check;
use rdpctl_model::tariff::ChannelTariff;
use rdpctl_model::{Gap, GuestAction, InstanceName, ResourceId, Said};
use tokio_util::sync::CancellationToken;

use crate::cause::Cause;

/// A way into guests.
///
/// One survey is one batch and, where the transport allows, one round trip.
#[async_trait]
pub trait Channel: Send + Sync {
    /// Which way this is.
    fn kind(&self) -> ChannelKind;

    /// Surveys guests. Answers stand in the order of the questions.
    async fn answer(
        &self,
        asks: Vec<Ask>,
        stop: &CancellationToken,
    ) -> Vec<Result<GuestSurvey, ChannelError>>;

    /// Reads a few facts again, to check what a step expects or proves.
    async fn check(
        &self,
        asks: Vec<CheckAsk>,
        stop: &CancellationToken,
    ) -> Vec<Result<Vec<Finding>, ChannelError>>;

    /// Does each order's actions in their order, stopping at the first that fails. Never repeats an action whose
    /// outcome is unknown: that is an error of kind [`ChannelError::OutcomeUnknown`], and the read-back decides.
    async fn perform(
        &self,
        orders: Vec<Order>,
        stop: &CancellationToken,
    ) -> Vec<Result<Vec<Receipt>, ChannelError>>;

    /// The native commands that an action means, for `--show-commands`.
    fn describe(&self, action: &GuestAction) -> Vec<String>;

    /// What asking and changing costs over this way.
    fn tariff(&self) -> ChannelTariff;

    /// How many guests share one round trip: one where each is dialled for itself.
    fn guests_per_trip(&self) -> usize;
}

/// Where a guest is found.
#[derive(Clone, Debug)]
pub struct GuestTarget {
    /// The declared name, for messages.
    pub instance: InstanceName,
    /// The cloud's id.
    pub id: ResourceId,
    /// Where it is met, for channels that dial.
    pub host: Option<Host>,
    /// What is declared of the ways into it; each channel reads its own part, and secrets as late as possible.
    pub access: Arc<GuestAccess>,
}

/// A guest with what is asked of it.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The guest.
    pub target: GuestTarget,
    /// The questions.
    pub questions: Arc<Questions>,
    /// When to give up.
    pub within: Duration,
}

/// What is asked of a guest beyond the observation that is always made whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Questions {
    /// Ports whose firewall rules matter: the declared one and, when known, the observed one.
    pub ports: BTreeSet<u16>,
    /// The thumbprint of a pinned certificate, upper-case hex.
    pub pinned: Option<String>,
    /// What is asked beyond it.
    pub closely: BTreeSet<Closely>,
}

/// A guest with facts to read again.
#[derive(Clone, Debug)]
pub struct CheckAsk {
    /// The guest.
    pub target: GuestTarget,
    /// The facts.
    pub checks: Vec<Check>,
    /// When to give up.
    pub within: Duration,
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// As expected.
    Holds,
    /// Otherwise; carries what was found, for people.
    Differs(Said),
    /// Not known.
    Unknown(Gap),
}

/// A guest with what is done to it.
#[derive(Clone, Debug)]
pub struct Order {
    /// The guest.
    pub target: GuestTarget,
    /// The actions, in order.
    pub actions: Vec<GuestAction>,
    /// Names the order uniquely; used for backup files and the boot nonce.
    pub token: String,
    /// When to give up.
    pub within: Duration,
}

/// Why a channel did not answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ChannelError {
    /// The guest was not reached; nothing was executed.
    #[error("cannot reach {instance} over {channel}")]
    Unreachable {
        /// The instance.
        instance: InstanceName,
        /// The channel.
        channel: ChannelKind,
        /// What came back.
        source: Cause,
    },
    /// The guest says who it is, and lets nobody in for commands; nothing was executed.
    #[error("{instance} answers over {channel}, and takes no commands")]
    Unresponsive {
        /// The instance.
        instance: InstanceName,
        /// The channel.
        channel: ChannelKind,
        /// What it says.
        source: Cause,
    },
    /// The credentials were refused; nothing was executed.
    #[error("{instance} refused the credentials over {channel}")]
    Refused {
        /// The instance.
        instance: InstanceName,
        /// The channel.
        channel: ChannelKind,
        /// What came back.
        source: Cause,
    },
    /// The peer could not be trusted; nothing was executed.
    #[error("{instance}'s certificate is not trusted")]
    Untrusted {
        /// The instance.
        instance: InstanceName,
        /// Why.
        source: Cause,
    },
    /// The service or the vendor has no room now; nothing was executed.
    #[error("{channel} to {instance} is at its limit")]
    Quota {
        /// The instance.
        instance: InstanceName,
        /// The channel.
        channel: ChannelKind,
        /// Which limit.
        source: Cause,
    },
    /// The channel cannot do this here, or nothing of the kind is declared.
    #[error("{channel} is not available for {instance}")]
    Unavailable {
        /// The instance.
        instance: InstanceName,
        /// The channel.
        channel: ChannelKind,
        /// Why.
        source: Cause,
    },
    /// The commands were sent and nobody knows what came of them.
    #[error("{channel} to {instance} broke after the commands were sent")]
    OutcomeUnknown {
        /// The instance.
        instance: InstanceName,
        /// The channel.
        channel: ChannelKind,
        /// What came back.
        source: Cause,
    },
    /// The answer was cut, mixed or not understood.
    #[error("{instance}'s answer over {channel} is damaged")]
    Damaged {
        /// The instance.
        instance: InstanceName,
        /// The channel.
        channel: ChannelKind,
        /// What is wrong with it.
        source: Cause,
    },
    /// A command failed; those after it were not run.
    #[error("`{command}` failed on {instance} with exit code {exit}")]
    Failed {
        /// The instance.
        instance: InstanceName,
        /// The command, without anything secret.
        command: String,
        /// Its exit code.
        exit: i32,
        /// The place of the action that failed.
        action: usize,
        /// What the user can do.
        advice: Said,
    },
    /// Every command succeeded, and yet what they should bring about is not there; what came after was not run.
    #[error("`{command}` succeeded on {instance}, and yet what it should bring about is not there")]
    NotProved {
        /// The instance.
        instance: InstanceName,
        /// The last command.
        command: String,
        /// What was found instead.
        found: Said,
        /// The place of the action.
        action: usize,
    },
    /// The run was stopped.
    #[error("stopped")]
    Stopped,
}

impl ChannelError {
    /// It with all that it rests on, in a sentence.
    #[must_use]
    pub fn said(&self) -> Said {
        let name = |instance: &InstanceName| instance.as_str().to_owned();
        match self {
            Self::Unreachable { instance, channel, source }
            | Self::Unresponsive { instance, channel, source } => {
                say::cannot_reach(name(instance), channel.name(), source)
            }
            Self::Refused { instance, channel, source } => {
                say::refused(name(instance), channel.name(), source)
            }
            Self::Untrusted { instance, source } => say::untrusted(name(instance), source),
            Self::Quota { instance, channel, source } => {
                say::at_its_limit(name(instance), channel.name(), source)
            }
            Self::Unavailable { instance, channel, source } => {
                say::unavailable(name(instance), channel.name(), source)
            }
            Self::OutcomeUnknown { instance, channel, source } => {
                say::broke(name(instance), channel.name(), source)
            }
            Self::Damaged { instance, channel, source } => {
                say::damaged(name(instance), channel.name(), source)
            }
            Self::Failed { instance, command, exit, .. } => {
                say::failed(name(instance), command, *exit)
            }
            Self::NotProved { instance, command, found, .. } => {
                say::not_proved(name(instance), command, found)
            }
            Self::Stopped => say::stopped(),
        }
    }

    /// The same as a gap in a survey.
    #[must_use]
    pub fn as_gap(&self) -> Gap {
        match self {
            Self::Unreachable { source, channel, .. } => {
                Gap::Unreachable { reason: say::over(channel.name(), source) }
            }
            Self::Unresponsive { source, channel, .. } => {
                Gap::Unresponsive { reason: say::over(channel.name(), source) }
            }
            Self::Refused { source, channel, .. } => {
                Gap::Denied { reason: say::over(channel.name(), source) }
            }
            Self::Untrusted { source, .. } => {
                Gap::Denied { reason: say::certificate_untrusted(source) }
            }
            Self::Quota { source, channel, .. } | Self::Unavailable { source, channel, .. } => {
                let reason = say::over(channel.name(), source);
                match channel.way().through {
                    Through::Agent => Gap::AgentUnavailable { reason },
                    Through::Network | Through::Console | Through::Disk => {
                        Gap::Unreachable { reason }
                    }
                }
            }
            Self::OutcomeUnknown { source, .. } => Gap::TimedOut { what: source.said() },
            Self::Damaged { source, .. } => Gap::Truncated { what: source.said() },
            Self::Failed { command, exit, .. } => Gap::garbled(say::ended(command, *exit)),
            Self::NotProved { command, found, .. } => Gap::garbled(say::and_yet(command, found)),
            Self::Stopped => Gap::TimedOut { what: say::stopped() },
        }
    }

    /// Whether its gap says over which channel it was.
    #[must_use]
    pub const fn gap_names_its_channel(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Unresponsive { .. }
            | Self::Refused { .. }
            | Self::Quota { .. }
            | Self::Unavailable { .. } => true,
            Self::Untrusted { .. }
            | Self::OutcomeUnknown { .. }
            | Self::Damaged { .. }
            | Self::Failed { .. }
            | Self::NotProved { .. }
            | Self::Stopped => false,
        }
    }

    /// Whether another channel may be tried: nothing was executed over this one.
    #[must_use]
    pub const fn executed_nothing(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Unresponsive { .. }
            | Self::Refused { .. }
            | Self::Untrusted { .. }
            | Self::Quota { .. }
            | Self::Unavailable { .. } => true,
            Self::OutcomeUnknown { .. }
            | Self::Damaged { .. }
            | Self::Failed { .. }
            | Self::NotProved { .. }
            | Self::Stopped => false,
        }
    }
}

rdpctl_model::says! { "channel":
    cannot_reach(instance, channel, cause);
    refused(instance, channel, cause);
    untrusted(instance, cause);
    at_its_limit(instance, channel, cause);
    unavailable(instance, channel, cause);
    broke(instance, channel, cause);
    damaged(instance, channel, cause);
    failed(instance, command, exit);
    not_proved(instance, command, found);
    stopped();
    over(channel, cause);
    certificate_untrusted(cause);
    ended(command, exit);
    and_yet(command, found);
}
