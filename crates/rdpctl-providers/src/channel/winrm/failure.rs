//! Why a run gave no reply, before the instance's name is put to it.

use rdpctl_contract::channel::ChannelError;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::{InstanceName, Said};

const CHANNEL: ChannelKind = ChannelKind::Winrm;

/// Why a run gave no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::channel) enum Failure {
    /// Nothing was executed: the host did not answer, or not as the service does.
    Unreachable(Said),
    /// Nothing was executed: the log-on was refused.
    Refused(Said),
    /// Nothing was executed: the certificate was not trusted.
    Untrusted(Said),
    /// Nothing was executed: the service has no room.
    Quota(Said),
    /// Nothing was executed: it cannot work as declared.
    Unavailable(Said),
    /// Something may have been executed.
    OutcomeUnknown(Said),
    /// The run was stopped before anything was executed.
    Stopped,
}

impl Failure {
    /// The same in the contract's words.
    pub(super) fn of(self, instance: &InstanceName) -> ChannelError {
        let (instance, channel) = (instance.clone(), CHANNEL);
        match self {
            Self::Unreachable(reason) => {
                ChannelError::Unreachable { instance, channel, source: reason.into() }
            }
            Self::Refused(reason) => {
                ChannelError::Refused { instance, channel, source: reason.into() }
            }
            Self::Untrusted(reason) => ChannelError::Untrusted { instance, source: reason.into() },
            Self::Quota(reason) => ChannelError::Quota { instance, channel, source: reason.into() },
            Self::Unavailable(reason) => {
                ChannelError::Unavailable { instance, channel, source: reason.into() }
            }
            Self::OutcomeUnknown(reason) => {
                ChannelError::OutcomeUnknown { instance, channel, source: reason.into() }
            }
            Self::Stopped => ChannelError::Stopped,
        }
    }
}
