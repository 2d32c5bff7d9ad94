//! What is said where a transport or a guest gave no answer, and the mark by which answers are known.

use rdpctl_contract::Cause;
use rdpctl_contract::channel::{ChannelError, GuestTarget};
use rdpctl_guest::frame::Nonce;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::{Gap, Said};

use super::RawReply;

/// A mark that no guest has seen before.
pub(super) fn fresh_nonce() -> Nonce {
    let [a, b, c, d, ..] = *uuid::Uuid::new_v4().as_bytes();
    Nonce::from_number(u32::from_be_bytes([a, b, c, d]))
}

/// The start of what a guest said instead of an answer, made harmless.
pub(super) fn told(reply: &RawReply) -> String {
    let said = if reply.stderr.is_empty() { &reply.stdout } else { &reply.stderr };
    let text = String::from_utf8_lossy(&said[..said.len().min(400)]).into_owned();
    let text: String = text.chars().filter(|letter| !letter.is_control()).take(80).collect();
    let exit = reply.exit.map(|exit| format!(", exit code {exit}")).unwrap_or_default();
    if text.is_empty() { exit } else { format!("{exit}, but \"{text}\"") }
}

pub(super) fn unanswered(kind: ChannelKind, target: &GuestTarget) -> ChannelError {
    unknown(kind, target, crate::said::say::no_reply())
}

pub(super) fn unknown(
    kind: ChannelKind,
    target: &GuestTarget,
    reason: impl Into<Cause>,
) -> ChannelError {
    ChannelError::OutcomeUnknown {
        instance: target.instance.clone(),
        channel: kind,
        source: reason.into(),
    }
}

/// What a gap says of an answer, without the words for its kind, which whoever shows the error adds.
pub(super) fn what(gap: Gap) -> Said {
    match gap {
        Gap::Truncated { what } | Gap::Garbled { what } => what,
        other @ (Gap::NotSurveyed
        | Gap::NotAsked
        | Gap::NotRunning
        | Gap::NotFound { .. }
        | Gap::NoChannel
        | Gap::NotGranted { .. }
        | Gap::AgentUnavailable { .. }
        | Gap::Unreachable { .. }
        | Gap::Unresponsive { .. }
        | Gap::Denied { .. }
        | Gap::TimedOut { .. }
        | Gap::ApiError { .. }) => other.said(),
    }
}

pub(super) fn damaged(
    kind: ChannelKind,
    target: &GuestTarget,
    reason: impl Into<Cause>,
) -> ChannelError {
    ChannelError::Damaged {
        instance: target.instance.clone(),
        channel: kind,
        source: reason.into(),
    }
}

pub(super) fn unavailable(
    kind: ChannelKind,
    target: &GuestTarget,
    reason: impl Into<Cause>,
) -> ChannelError {
    ChannelError::Unavailable {
        instance: target.instance.clone(),
        channel: kind,
        source: reason.into(),
    }
}
