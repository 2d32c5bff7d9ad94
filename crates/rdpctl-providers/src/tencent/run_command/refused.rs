//! What it means for a guest that the vendor would not begin.

use rdpctl_contract::channel::ChannelError;
use rdpctl_model::InstanceName;

use super::CHANNEL;
use crate::channel::why::say as why;
use crate::tencent::code::Class;
use crate::tencent::error::CallError;

/// What a refusal to begin means for a guest; nothing was executed.
pub(super) fn refused(instance: InstanceName, error: CallError) -> ChannelError {
    let channel = CHANNEL;
    let class = error.class();
    let source = match error {
        CallError::Cancelled { .. } => return ChannelError::Stopped,
        CallError::Api(ref api) => why::advised(api.code.to_string(), error.advice()).into(),
        CallError::Network { .. }
        | CallError::TimedOut { .. }
        | CallError::Status { .. }
        | CallError::TooLarge { .. }
        | CallError::Garbled { .. }
        | CallError::Credentials { .. }
        | CallError::Unsendable { .. } => error.said().into(),
    };
    match class {
        Class::Credentials
        | Class::Clock
        | Class::Token
        | Class::SecondFactor
        | Class::Permission => ChannelError::Refused { instance, channel, source },
        Class::Throttled | Class::Exhausted => ChannelError::Quota { instance, channel, source },
        Class::Server | Class::Address => ChannelError::Unreachable { instance, channel, source },
        Class::Busy
        | Class::Money
        | Class::Missing
        | Class::BadRequest
        | Class::Routing
        | Class::State
        | Class::Moved
        | Class::Failed
        | Class::TooBig
        | Class::Agent
        | Class::Approval
        | Class::DryRun
        | Class::Unknown => ChannelError::Unavailable { instance, channel, source },
    }
}
