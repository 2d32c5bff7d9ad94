//! A world in memory behind the contract, for unit tests of whoever acts through it: no wire, no vendor, no Windows.
//!
//! It is less than the simulator, which speaks the real protocols and behaves like Windows: here a machine's facts
//! stand as they were put, and an action makes true what it says of itself. What was done is kept as [`Deed`]s with
//! their beginning and end, so that a test can state what never happened at once. It passes the same
//! [`crate::conformance`] as the real ones.

mod channel;
mod chronicle;
mod cloud;
mod deed;
mod facts;
mod guest;
mod machine;
mod outside;
mod rules;
mod store;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::{ProviderName, ResourceId};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use channel::FakeChannel;
pub use cloud::FakeCloud;
pub use deed::{Deed, What, most_at_once};
pub use machine::Machine;
pub use outside::{FakeClock, FakeProbe};
pub use store::FakeStore;

use crate::changes::Changed;

/// A world in memory. Clones are the same world.
#[derive(Clone, Debug)]
pub struct World(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// What the clock said when the world began.
    start: Timestamp,
    /// When that was. Under tokio's paused time the world's clock moves with it.
    began: Instant,
    /// How long one look or deed takes.
    pace: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    machines: BTreeMap<ResourceId, Machine>,
    /// Addresses that were obtained and are bound to nothing, by the token of the order that obtained them.
    free: BTreeMap<String, (ResourceId, u32)>,
    /// How many objects were made so far.
    made: u32,
    deeds: Vec<Deed>,
    /// Calls by name, over all clouds.
    calls: BTreeMap<String, u64>,
    /// What its log tells.
    changes: Vec<Changed>,
}

/// The test ended what it was waiting for.
struct Stopped;

impl World {
    /// An empty world, in which it is this moment and everything takes this long.
    #[must_use]
    pub fn new(start: Timestamp, pace: Duration) -> Self {
        Self(Arc::new(Inner { start, began: Instant::now(), pace, state: Mutex::default() }))
    }

    /// Puts a machine into the world, in place of one of that id.
    #[must_use]
    pub fn with(self, machine: Machine) -> Self {
        let id = machine.cloud.id.clone();
        self.state().machines.insert(id, machine);
        self
    }

    /// Changes a machine behind everybody's back, or looks at it. `None` when there is none of that id.
    pub fn at<T>(&self, id: &str, change: impl FnOnce(&mut Machine) -> T) -> Option<T> {
        self.state().machines.get_mut(id).map(change)
    }

    /// Enters something into the log of its cloud.
    #[must_use]
    pub fn telling(self, change: Changed) -> Self {
        self.state().changes.push(change);
        self
    }

    /// An account that holds all machines of this world.
    #[must_use]
    pub fn cloud(&self, provider: impl Into<ProviderName>) -> FakeCloud {
        FakeCloud::new(self.clone(), provider.into())
    }

    /// A way into its guests.
    #[must_use]
    pub fn channel(&self, kind: ChannelKind) -> FakeChannel {
        FakeChannel::new(self.clone(), kind)
    }

    /// The view of it from outside.
    #[must_use]
    pub fn probe(&self) -> FakeProbe {
        FakeProbe::new(self.clone())
    }

    /// Its clock.
    #[must_use]
    pub fn clock(&self) -> FakeClock {
        FakeClock::new(self.clone())
    }

    /// Everything that was done to it so far, in the order of beginning.
    #[must_use]
    pub fn deeds(&self) -> Vec<Deed> {
        self.state().deeds.clone()
    }

    /// How long the world has stood.
    fn age(&self) -> Duration {
        self.0.began.elapsed()
    }

    fn now(&self) -> Timestamp {
        let passed = jiff::SignedDuration::try_from(self.0.began.elapsed()).unwrap_or_default();
        self.0.start.checked_add(passed).unwrap_or(self.0.start)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the world's pace pass.
    async fn pass(&self, stop: &CancellationToken) -> Result<(), Stopped> {
        tokio::select! {
            biased;
            () = stop.cancelled() => Err(Stopped),
            () = tokio::time::sleep(self.0.pace) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
