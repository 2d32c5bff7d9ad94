//! How much the channel does side by side.

use std::time::Duration;

/// How long a TCP connection may take to come about.
pub(super) const CONNECT: Duration = Duration::from_secs(10);

/// How much is done side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Threads of the channel.
    pub threads: usize,
    /// Guests spoken to at once.
    pub in_flight: usize,
    /// Shells that we have in one guest at once.
    pub shells_per_host: usize,
    /// How long a service may hold one request; whole seconds. A silent command is asked again after it.
    pub hold: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        // `winrm-rs` lets 128 requests of one client wait for an answer; more would queue there unseen.
        Self { threads: 2, in_flight: 128, shells_per_host: 2, hold: Duration::from_secs(20) }
    }
}
