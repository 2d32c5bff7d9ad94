//! Faults on purpose: what goes wrong, at which operation, and how often.

use std::time::Duration;

use serde::Deserialize;

use super::soap::Fault;

/// An operation of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// The reachability question.
    Identify,
    /// Opening a shell.
    Create,
    /// Describing a shell.
    Get,
    /// Starting a command.
    Command,
    /// Handing out output.
    Receive,
    /// Taking input.
    Send,
    /// Telling a command something.
    Signal,
    /// Closing a shell.
    Delete,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The connection closes, and nothing was done.
    CloseBefore,
    /// It was done, and the connection closes without an answer.
    CloseAfter,
    /// It was done, and half of the answer's body arrives before the connection closes.
    CutBody,
    /// Nothing was done; this HTTP status with an empty body.
    Status(u16),
    /// Nothing was done; this fault.
    Fault(Fault),
    /// It is done after this long.
    Stall(Duration),
    /// It was done, and the body arrives in pieces over about this long.
    SlowBody(Duration),
    /// It was done, and a web page with status 200 stands where the answer should; never sealed.
    Html,
    /// It was done, and half of the answer's XML arrives, sealed where the channel is.
    CutXml,
    /// Every shell is gone before it is done, as after a reboot.
    LoseShells,
}

/// An effect with when it strikes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Injection {
    /// At this operation.
    pub operation: Operation,
    /// What goes wrong.
    pub effect: Effect,
    /// After this many that go well.
    pub after: u32,
    /// This often.
    pub times: u32,
}

impl Injection {
    /// Strikes the next time, once.
    #[must_use]
    pub const fn once(operation: Operation, effect: Effect) -> Self {
        Self { operation, effect, after: 0, times: 1 }
    }

    /// Strikes every time.
    #[must_use]
    pub const fn always(operation: Operation, effect: Effect) -> Self {
        Self { operation, effect, after: 0, times: u32::MAX }
    }
}

/// Counts an operation against the injections and gives the effect that strikes now.
pub(super) fn strike(injections: &mut [Injection], operation: Operation) -> Option<Effect> {
    let injection = injections.iter_mut().find(|it| it.operation == operation && it.times > 0)?;
    if injection.after > 0 {
        injection.after -= 1;
        return None;
    }
    if injection.times != u32::MAX {
        injection.times -= 1;
    }
    Some(injection.effect.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_injection_waits_its_turn_and_strikes_as_often_as_said() {
        let mut injections =
            [Injection { operation: Operation::Receive, effect: Effect::Html, after: 1, times: 2 }];
        let mut strikes = |operation| strike(&mut injections, operation).is_some();
        assert!(!strikes(Operation::Command));
        assert_eq!([(); 4].map(|()| strikes(Operation::Receive)), [false, true, true, false]);
    }
}
