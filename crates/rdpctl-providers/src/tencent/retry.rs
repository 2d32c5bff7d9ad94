//! Whether a call is made again, and after how long: only where repeating cannot do a thing twice.

use std::time::Duration;

use super::code::{Class, Recovery};
use super::error::CallError;

/// What happens if an action is executed twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// Nothing: it only reads.
    Read,
    /// Nothing: the request carries a client token by which the vendor recognizes it.
    Token,
    /// The world changes twice, or the second execution fails.
    Write,
}

/// Attempts per call, the first included.
const ATTEMPTS: u32 = 5;
/// Who lets a call wait for answers as long as this, drop by drop, is not asked again: an attempt takes 30 s at most.
const PATIENCE: Duration = Duration::from_secs(45);

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Give up.
    GiveUp,
    /// Repeat after this delay, to which the caller adds its jitter.
    Wait(Duration),
    /// Correct the clock, and repeat.
    ResyncClock,
    /// Renew the credentials, and repeat.
    RefreshCredentials,
}

/// Which remedies that work only once have been tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tried {
    pub(crate) clock: bool,
    pub(crate) credentials: bool,
    /// How long answers that were none have been waited for. Waiting for a place, or for a throttle's end, is no part.
    pub(crate) waited: Duration,
}

/// What to do after the failure of an attempt, counted from 1.
pub(crate) fn next(error: &CallError, safety: Safety, attempt: u32, tried: Tried) -> Next {
    if attempt >= ATTEMPTS || tried.waited >= PATIENCE {
        return Next::GiveUp;
    }
    match error.recovery() {
        Recovery::Again => Next::Wait(backoff(error.class(), attempt)),
        Recovery::AgainIfRead if safety != Safety::Write => {
            Next::Wait(backoff(error.class(), attempt))
        }
        Recovery::ResyncClock if !tried.clock => Next::ResyncClock,
        Recovery::RefreshCredentials if !tried.credentials => Next::RefreshCredentials,
        Recovery::Never
        | Recovery::AgainIfRead
        | Recovery::ResyncClock
        | Recovery::RefreshCredentials
        | Recovery::WaitUntilFree
        | Recovery::LookAgain
        | Recovery::Smaller
        | Recovery::NewToken
        | Recovery::Satisfied => Next::GiveUp,
    }
}

/// Doubles from 200 ms on; a throttled call waits for the vendor's next window at least.
fn backoff(class: Class, attempt: u32) -> Duration {
    let doubled =
        Duration::from_millis(200) * 2u32.saturating_pow(attempt.saturating_sub(1)).min(32);
    if class == Class::Throttled { doubled.max(Duration::from_secs(1)) } else { doubled }
}

/// Up to half as much again, so that callers that failed together do not return together.
pub(crate) fn jittered(delay: Duration, random: u8) -> Duration {
    delay + delay.mul_f64(f64::from(random) / 512.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tencent::error::ApiError;

    fn api(code: &str) -> CallError {
        CallError::Api(ApiError {
            action: "Act",
            code: code.into(),
            message: "".into(),
            request_id: "".into(),
        })
    }

    fn after(code: &str, safety: Safety, attempt: u32) -> Next {
        next(&api(code), safety, attempt, Tried::default())
    }

    #[test]
    fn who_sends_his_answers_drop_by_drop_costs_two_attempts_and_not_five() {
        let waited = |seconds| {
            let tried = Tried { waited: Duration::from_secs(seconds), ..Tried::default() };
            next(&api("InternalError"), Safety::Read, 2, tried)
        };
        assert!(matches!(waited(30), Next::Wait(_)));
        assert_eq!(waited(60), Next::GiveUp);
    }

    #[test]
    fn a_throttled_call_was_not_executed_and_may_always_be_repeated() {
        for safety in [Safety::Read, Safety::Token, Safety::Write] {
            assert_eq!(
                after("RequestLimitExceeded", safety, 1),
                Next::Wait(Duration::from_secs(1))
            );
        }
    }

    #[test]
    fn a_write_of_unknown_effect_is_not_repeated_blindly() {
        let wait = Next::Wait(Duration::from_millis(200));
        assert_eq!(after("InternalError", Safety::Read, 1), wait);
        assert_eq!(after("InternalError", Safety::Token, 1), wait);
        assert_eq!(after("InternalError", Safety::Write, 1), Next::GiveUp);
        let lost =
            CallError::TimedOut { action: "Act", host: "h".into(), after: Duration::from_secs(1) };
        assert_eq!(next(&lost, Safety::Write, 1, Tried::default()), Next::GiveUp);
        assert_eq!(next(&lost, Safety::Token, 1, Tried::default()), wait);
    }

    #[test]
    fn clock_and_credentials_are_mended_once() {
        let tried = Tried { clock: true, credentials: true, ..Tried::default() };
        for (code, first) in [
            ("AuthFailure.SignatureExpire", Next::ResyncClock),
            ("AuthFailure.TokenFailure", Next::RefreshCredentials),
        ] {
            assert_eq!(after(code, Safety::Write, 1), first);
            assert_eq!(next(&api(code), Safety::Write, 2, tried), Next::GiveUp);
        }
    }

    #[test]
    fn patience_ends() {
        assert_eq!(
            after("RequestLimitExceeded", Safety::Read, 4),
            Next::Wait(Duration::from_millis(1600))
        );
        assert_eq!(after("RequestLimitExceeded", Safety::Read, 5), Next::GiveUp);
    }

    #[test]
    fn denied_money_and_bad_requests_are_final() {
        for code in [
            "UnauthorizedOperation",
            "InvalidAccount.UnpaidOrder",
            "MissingParameter",
            "LimitExceeded",
        ] {
            assert_eq!(after(code, Safety::Read, 1), Next::GiveUp, "{code}");
        }
    }

    #[test]
    fn jitter_adds_less_than_half() {
        assert_eq!(jittered(Duration::from_secs(1), 0), Duration::from_secs(1));
        assert!(jittered(Duration::from_secs(1), 255) < Duration::from_millis(1500));
    }
}
