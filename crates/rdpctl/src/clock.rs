//! The machine's clock.

use jiff::Timestamp;
use rdpctl_contract::Clock;

/// Tells the machine's time.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
