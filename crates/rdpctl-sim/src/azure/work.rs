//! Long-running operations: what they wait for, and how far they are.

use jiff::Timestamp;
use serde_json::Value;

use crate::world::{Text, VmIndex};

/// What an operation waits for.
#[derive(Clone, Debug)]
pub(super) enum Operation {
    /// Work on a VM, by the request that began it.
    Power { vm: VmIndex, request: Text },
    /// Work on an address.
    Address(u32),
    /// A moment.
    Until(Timestamp),
    /// A script in a guest.
    Command(u64),
    /// A moment, after which there is an answer.
    Later(Timestamp, Value),
    /// Nothing: its answer is known already.
    Answered(Value),
}

/// How far an operation is.
#[derive(Clone, Debug)]
pub(super) enum State {
    InProgress,
    Succeeded(Option<Value>),
    Failed(String),
}
