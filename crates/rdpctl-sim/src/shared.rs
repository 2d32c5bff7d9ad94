//! What all connections of a simulator work on, behind one lock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{
    azure::Arm,
    counters::Counters,
    estate::Estate,
    persist::{Journal, PersistError},
    serial::Consoles,
    tencent::Gate,
    winrm::Opened,
};

/// What every connection works on.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) estate: Estate,
    pub(crate) gate: Gate,
    pub(crate) arm: Arm,
    pub(crate) counters: Counters,
    pub(crate) winrm: Opened,
    pub(crate) consoles: Consoles,
    pub(crate) journal: Option<Journal>,
}

impl Core {
    /// Writes down what has changed; until this succeeds nobody may be told that it did.
    pub(crate) fn record(&mut self) -> Result<(), PersistError> {
        let Some(entry) = self.estate.take_changes() else { return Ok(()) };
        match &mut self.journal {
            Some(journal) => journal.append(&entry),
            None => Ok(()),
        }
    }

    /// The power of the computer is lost on which world and caller run; a world that is not kept is not asked twice.
    pub(crate) fn lose_power(&self) {
        if let Some(journal) = &self.journal
            && journal.mark_power_cut().is_ok()
        {
            std::process::abort();
        }
    }
}

/// The one lock around a world.
#[derive(Clone, Debug)]
pub(crate) struct Shared(pub(crate) Arc<Mutex<Core>>);

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Core> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
