//! The consoles of a world: who has each line, and what went over it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::sac::Sac;
use crate::estate::Estate;
use crate::world::VmIndex;

/// What went over a machine's line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Traffic {
    /// Sessions that were opened.
    pub(crate) sessions: u64,
    /// Bytes towards the machine.
    pub(crate) up: u64,
    /// Bytes from the machine.
    pub(crate) down: u64,
    /// Log-ons that were taken.
    pub(crate) log_ons: u64,
    /// Log-ons that were refused.
    pub(crate) refused: u64,
    /// Command channels that are open.
    pub(crate) channels: usize,
    /// Non-maskable interrupts.
    pub(crate) interrupts: u64,
    /// Restarts that the console itself was told to make.
    pub(crate) restarts: u64,
}

/// One machine's console, which outlives whoever looks at it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Console {
    pub(super) sac: Arc<Mutex<Sac>>,
    /// Ends the session that has the line.
    pub(super) session: CancellationToken,
    pub(super) traffic: Traffic,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Consoles(BTreeMap<VmIndex, Console>);

impl Consoles {
    /// Takes a machine's line for a new session: whoever had it is out.
    pub(super) fn take(&mut self, vm: VmIndex) -> Console {
        let console = self.0.entry(vm).or_default();
        console.session.cancel();
        console.session = CancellationToken::new();
        console.traffic.sessions += 1;
        console.clone()
    }

    /// Whether somebody has the line.
    pub(crate) fn is_taken(&self, vm: VmIndex) -> bool {
        self.0
            .get(&vm)
            .is_some_and(|console| console.traffic.sessions > 0 && !console.session.is_cancelled())
    }

    /// Whose lines somebody has.
    pub(crate) fn taken(&self) -> BTreeSet<VmIndex> {
        self.0.keys().copied().filter(|vm| self.is_taken(*vm)).collect()
    }

    pub(crate) fn note(&mut self, vm: VmIndex, note: impl FnOnce(&mut Traffic)) {
        note(&mut self.0.entry(vm).or_default().traffic);
    }

    /// What went over each line, by the machine's name.
    pub(crate) fn counters(&self, estate: &Estate) -> BTreeMap<String, Traffic> {
        let of = |(vm, console): (&VmIndex, &Console)| {
            (estate.world.vm_name(*vm).to_string(), console.traffic.clone())
        };
        self.0.iter().map(of).collect()
    }
}
