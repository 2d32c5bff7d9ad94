//! Whether the machine's clock was set while the loop went on: held against the time since it was started, which nobody sets.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rdpctl_page::{Banner, Weight};

use crate::report::words;

/// Less is a clock that is kept right, as all are.
const JUMP: SignedDuration = SignedDuration::from_mins(1);
/// So long it is told.
const TOLD: Duration = Duration::from_hours(1);

/// The clock, as it was seen last.
#[derive(Default)]
pub(super) struct Clocks {
    last: Option<(Timestamp, Duration)>,
    /// Since when it is told, by both, and by how much it was set.
    jumped: Option<(Timestamp, Duration, SignedDuration)>,
}

impl Clocks {
    /// Looks at it; says what is to be told of it, if anything is.
    pub(super) fn look(&mut self, now: Timestamp, uptime: Duration) -> Option<Banner> {
        if let Some((before, then)) = self.last.replace((now, uptime)) {
            let passed = SignedDuration::try_from(uptime.saturating_sub(then)).unwrap_or_default();
            let jump = now.duration_since(before) - passed;
            if jump.abs() > JUMP {
                self.jumped = Some((now, uptime, jump));
            }
        }
        let (since, then, jump) = self.jumped?;
        if uptime.saturating_sub(then) > TOLD {
            self.jumped = None;
            return None;
        }
        let seconds = jump.unsigned_abs().as_secs();
        // Nobody counts days in minutes.
        let span = match (seconds + 1_800) / 3_600 {
            0..2 => words::duration(seconds),
            hours => format!("{hours} h"),
        };
        let says = if jump.is_negative() { say::set_back(span) } else { say::set_forward(span) };
        Some(Banner {
            weight: Weight::Unknown,
            says,
            means: say::counted_by_it(),
            since: Some(since),
            quote: String::new(),
        })
    }
}

rdpctl_model::says! { "banner":
    set_back(span);
    set_forward(span);
    counted_by_it();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_is_told_for_an_hour_and_one_that_goes_is_not() {
        let mut clocks = Clocks::default();
        let at = |second: i64| Timestamp::from_second(1_764_000_000 + second).unwrap();
        let mut look = |second: i64, up: u64| {
            let banner = clocks.look(at(second), Duration::from_secs(up));
            banner.map(|banner| (banner.says.key().as_str().to_owned(), banner.since))
        };
        assert_eq!(look(0, 100), None, "the first look");
        assert_eq!(look(600, 700), None);
        assert_eq!(look(645, 760), None, "kept right");
        // An hour back while a minute passed.
        let back = Some(("banner.set-back".to_owned(), Some(at(-2_895))));
        assert_eq!(look(-2_895, 820), back);
        assert_eq!(look(-2_835, 880), back, "it is told on");
        assert_eq!(look(900, 4_615), None, "an hour later it is not");
        let forward = look(90_000, 4_675).unwrap();
        assert_eq!(forward.0, "banner.set-forward");
    }
}
