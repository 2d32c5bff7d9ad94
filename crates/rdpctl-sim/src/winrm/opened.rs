//! The hosts that were opened behind a world's WinRM doors.

use std::collections::BTreeMap;

use crate::world::VmIndex;

use super::counters::Counters;
use super::endpoint::Host;

/// The hosts behind the doors by VM and port, each the last that was opened, for whoever counts.
#[derive(Default)]
pub(crate) struct Opened(pub(super) BTreeMap<(VmIndex, u16), Host>);

impl Opened {
    /// What each has seen.
    pub(crate) fn counters(&self) -> impl Iterator<Item = (VmIndex, Counters)> {
        self.0.iter().map(|((vm, _), host)| (*vm, host.counters()))
    }
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
