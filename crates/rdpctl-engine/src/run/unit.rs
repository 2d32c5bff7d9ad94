//! Units of work: what one task does, for as many subjects as a call takes, whichever groups they belong to.

use rdpctl_model::ProviderName;

use super::disruption::Place;
use super::roster::{Cell, Machine};

/// What kind of work a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One kind of action through the cloud's API.
    Cloud,
    /// The same sequence of actions inside guests.
    Guest,
    /// A second look at guests that can be seen now.
    Observe,
    /// A handshake from outside, on one port.
    Prove {
        /// The port.
        port: u16,
    },
    /// Log-ons from outside, one after another.
    LogOn,
}

/// A piece of work for one task.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) kind: Kind,
    pub(crate) provider: ProviderName,
    pub(crate) turns: Vec<Turn>,
}

/// What is done to one subject, in order.
#[derive(Debug)]
pub(crate) struct Turn {
    /// The machine; none for an object that several share.
    pub(crate) machine: Option<Machine>,
    pub(crate) cells: Vec<Cell>,
    /// Its place among the disrupted, where it disrupts.
    pub(crate) room: Option<Place>,
}

impl Unit {
    pub(crate) fn cells(&self) -> impl Iterator<Item = Cell> + '_ {
        self.turns.iter().flat_map(|turn| turn.cells.iter().copied())
    }
}
