//! What is remembered of one service: how many shells we have in it, and whether it lets go of them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::door::Door;
use super::failure::Failure;
use crate::channel::why::say;

/// Shells that could not be closed, in a row, after which no new one is opened.
const STUCK: u8 = 2;

/// All services that one worker has spoken to.
pub(super) struct Hosts {
    shells: usize,
    idle: Duration,
    known: Mutex<HashMap<String, Arc<Host>>>,
}

/// One service.
pub(super) struct Host {
    /// Places for our shells.
    pub(super) shells: Arc<Semaphore>,
    left: Mutex<Left>,
    idle: Duration,
    /// Through which door it was spoken to, and whose certificate it showed.
    met: Mutex<Met>,
}

/// What is remembered of a service that answered.
#[derive(Clone, Debug, Default)]
pub(super) struct Met {
    /// Through which door, and at which address that was judged.
    pub(super) door: Option<(Door, IpAddr)>,
    pub(super) pin: Option<String>,
}

#[derive(Default)]
struct Left {
    in_a_row: u8,
    until: Option<Instant>,
}

impl Hosts {
    pub(super) fn new(shells: usize, idle: Duration) -> Self {
        Self { shells, idle, known: Mutex::default() }
    }

    pub(super) fn of(&self, authority: &str) -> Arc<Host> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = known.get(authority) {
            return Arc::clone(host);
        }
        // Those that nobody speaks to and that owe us nothing need not be remembered.
        if known.len() >= 4_096 {
            known.retain(|_, host| Arc::strong_count(host) > 1 || host.owes());
        }
        let host = Arc::new(Host {
            shells: Arc::new(Semaphore::new(self.shells)),
            left: Mutex::default(),
            idle: self.idle,
            met: Mutex::default(),
        });
        known.insert(authority.to_owned(), Arc::clone(&host));
        host
    }
}

impl Host {
    pub(super) fn met(&self) -> Met {
        self.met.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn meets(&self, met: Met) {
        *self.met.lock().unwrap_or_else(PoisonError::into_inner) = met;
    }

    fn owes(&self) -> bool {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).in_a_row > 0
    }

    /// Refuses while shells that we could not close are still there.
    pub(super) fn may_open(&self) -> Result<(), Failure> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        match left.until {
            Some(until) if Instant::now() < until => Err(Failure::Quota(say::shells_left())),
            Some(_) => {
                *left = Left::default();
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// A shell was closed, or not.
    pub(super) fn closed(&self, well: bool) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        if well {
            *left = Left::default();
            return;
        }
        left.in_a_row = left.in_a_row.saturating_add(1);
        if left.in_a_row >= STUCK {
            left.until = Some(Instant::now() + self.idle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_shells_in_a_row_that_cannot_be_closed_stop_new_ones() {
        let host = Hosts::new(2, Duration::from_mins(2)).of("a:5985");
        host.closed(false);
        assert!(host.may_open().is_ok());
        host.closed(false);
        assert!(matches!(host.may_open(), Err(Failure::Quota(_))));
    }

    #[test]
    fn a_shell_that_closes_well_clears_the_record_and_time_does_too() {
        let hosts = Hosts::new(2, Duration::ZERO);
        let host = hosts.of("a:5985");
        host.closed(false);
        host.closed(true);
        host.closed(false);
        assert!(host.may_open().is_ok());
        host.closed(false);
        assert!(host.may_open().is_ok(), "the idle time is over at once here");
    }
}
