//! What both forms of run-command say alike of a script that did not begin, or whose outcome does not arrive.

use std::time::Duration;

use rdpctl_contract::Cause;
use rdpctl_contract::channel::{ChannelError, GuestTarget};
use rdpctl_model::guest::ChannelKind;

use super::error::ArmError;
use super::id::ArmId;

/// The channel's name in messages.
pub(super) const CHANNEL: ChannelKind = ChannelKind::RunCommand;

/// How long beyond a script's own time its outcome may take to arrive.
pub(super) const GRACE: Duration = Duration::from_mins(2);

/// What a refusal to begin means for a guest; nothing was executed.
pub(super) fn refused(target: &GuestTarget, channel: ChannelKind, error: ArmError) -> ChannelError {
    let instance = target.instance.clone();
    let name = ArmId::of(&target.id).map(|id| id.name);
    let error = error.of_any(name.as_deref().unwrap_or(target.id.as_str()));
    match &error {
        ArmError::Stopped => ChannelError::Stopped,
        ArmError::Credentials { .. } | ArmError::Refused { status: 401 | 403, .. } => {
            ChannelError::Refused { instance, channel, source: Cause::of(error) }
        }
        ArmError::Refused { status: 429, .. } => {
            ChannelError::Quota { instance, channel, source: Cause::of(error) }
        }
        ArmError::Refused { status: 500.., .. } => {
            ChannelError::OutcomeUnknown { instance, channel, source: Cause::of(error) }
        }
        ArmError::Lost { source, .. } if source.is_connect() => {
            ChannelError::Unreachable { instance, channel, source: Cause::of(error) }
        }
        ArmError::Lost { .. } | ArmError::Garbled { .. } | ArmError::Unfinished { .. } => {
            ChannelError::OutcomeUnknown { instance, channel, source: Cause::of(error) }
        }
        ArmError::Refused { .. } => {
            ChannelError::Unavailable { instance, channel, source: Cause::of(error) }
        }
    }
}
