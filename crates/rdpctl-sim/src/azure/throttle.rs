//! The budgets of the resource manager: token buckets by principal and kind, in real time.

use std::collections::HashMap;

use tokio::time::Instant;

use crate::world::{AccountIndex, RateLimits};

/// What a request draws on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Budget {
    Reads,
    Writes,
    Deletes,
    Graph,
}

impl Budget {
    /// How much it holds, and how much comes back in a second.
    const fn size(self) -> (f64, f64) {
        match self {
            Self::Reads => (250.0, 25.0),
            Self::Writes | Self::Deletes => (200.0, 10.0),
            Self::Graph => (15.0, 3.0),
        }
    }

    /// The header that says what is left.
    pub(super) const fn header(self) -> &'static str {
        match self {
            Self::Reads => "x-ms-ratelimit-remaining-subscription-reads",
            Self::Writes => "x-ms-ratelimit-remaining-subscription-writes",
            Self::Deletes => "x-ms-ratelimit-remaining-subscription-deletes",
            Self::Graph => "x-ms-user-quota-remaining",
        }
    }
}

/// All buckets.
#[derive(Debug, Default)]
pub(super) struct Throttle(HashMap<(AccountIndex, Budget), (f64, Instant)>);

impl Throttle {
    /// Takes one; what is left, or how many seconds to wait.
    pub(super) fn take(
        &mut self,
        limits: &RateLimits,
        account: AccountIndex,
        budget: Budget,
    ) -> Result<u64, u64> {
        let (most, refill) = budget.size();
        match limits {
            RateLimits::Unlimited => return Ok(whole(most)),
            RateLimits::Documented | RateLimits::PerAction(_) => {}
        }
        let now = Instant::now();
        let (left, since) = self.0.entry((account, budget)).or_insert((most, now));
        *left = (*left + now.duration_since(*since).as_secs_f64() * refill).min(most);
        *since = now;
        if *left < 1.0 {
            return Err(whole(((1.0 - *left) / refill).ceil()).max(1));
        }
        *left -= 1.0;
        Ok(whole(*left))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "budgets are small and positive"
)]
fn whole(number: f64) -> u64 {
    number.max(0.0) as u64
}
