//! The clocks, so that the core and its tests never read the machine's.

use std::time::Duration;

use jiff::Timestamp;

use crate::store::Moment;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now, by the calendar.
    fn now(&self) -> Timestamp;

    /// How long the machine has been up, time asleep counted: what a lease lives by.
    fn uptime(&self) -> Duration;

    /// Now, on both clocks.
    fn moment(&self) -> Moment {
        Moment { wall: self.now(), uptime: self.uptime() }
    }
}
