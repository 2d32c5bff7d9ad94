//! Rate limits: one-second windows per action, account and access host, by the real clock.

use std::collections::HashMap;

use tokio::time::Instant;

use super::errors::Refusal;
use crate::world::{AccountIndex, RateLimits};

/// Windows that are kept; beyond this many, the finished ones are dropped.
const WINDOWS_KEPT: usize = 4_096;

/// The gateway's counters of the present second.
#[derive(Debug)]
pub(crate) struct Windows {
    started: Instant,
    calls: HashMap<(&'static str, AccountIndex, String), (u64, u32)>,
}

impl Windows {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), calls: HashMap::new() }
    }

    /// Counts a call, or refuses it when its second is full.
    pub(crate) fn admit(
        &mut self,
        limits: &RateLimits,
        action: &'static str,
        documented: u32,
        account: AccountIndex,
        host: &str,
    ) -> Result<(), Refusal> {
        let limit = match limits {
            RateLimits::Unlimited => return Ok(()),
            RateLimits::Documented => documented,
            RateLimits::PerAction(given) => given.get(action).copied().unwrap_or(documented),
        };
        let second = self.started.elapsed().as_secs();
        if self.calls.len() > WINDOWS_KEPT {
            self.calls.retain(|_, (window, _)| *window == second);
        }
        let (window, calls) =
            self.calls.entry((action, account, host.to_owned())).or_insert((second, 0));
        if *window != second {
            (*window, *calls) = (second, 0);
        }
        if *calls >= limit {
            return Err(Refusal::new(
                "RequestLimitExceeded",
                format!(
                    "Your current request times equals to `{}` in a second, which exceeds the frequency limit `{limit}` for a second. Please reduce the frequency of calls.",
                    *calls + 1
                ),
            ));
        }
        *calls += 1;
        Ok(())
    }
}
