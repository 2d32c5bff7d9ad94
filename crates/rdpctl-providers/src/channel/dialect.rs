//! From questions and actions to a transport's scripts and back, the same for every transport.
//!
//! A transport only carries: it implements [`Carrier`] and knows nothing of registry or services.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rdpctl_contract::channel::{ChannelError, GuestTarget};
use rdpctl_guest::script::{Form, Script};
use rdpctl_model::guest::ChannelKind;
use tokio_util::sync::CancellationToken;

/// A transport of scripts into guests.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// Which way this is.
    fn kind(&self) -> ChannelKind;

    /// How it wants its scripts.
    fn form(&self) -> Form;

    /// Runs each load's script once on each of its targets, loads and targets side by side as far as the transport's
    /// limits allow. Gives one reply per target: the outer order is that of the loads, the inner that of the targets.
    ///
    /// A script that may have started is never sent again: that is [`ChannelError::OutcomeUnknown`]. An exit code
    /// other than 0 is a reply, not an error.
    async fn carry(&self, loads: Vec<Load>, stop: &CancellationToken) -> Vec<Vec<Result<RawReply, ChannelError>>>;

    /// Round trips made so far.
    fn round_trips(&self) -> u64;
}

/// One script for all the guests that are to run exactly it.
#[derive(Clone, Debug)]
pub struct Load {
    /// The guests.
    pub targets: Vec<GuestTarget>,
    /// The commands.
    pub script: Arc<Script>,
    /// When to give up, counted per guest from when its script is sent.
    pub within: Duration,
}

/// What a guest printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawReply {
    /// Standard output; where a transport merges the two streams, both.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// The exit code of the last line or of the file, where the transport knows it.
    pub exit: Option<i32>,
    /// How many bytes the transport dropped, as far as it says so.
    pub dropped: u64,
}
