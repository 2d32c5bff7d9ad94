//! Exit codes, which other people's scripts rely on.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: done, or nothing to do.
    Done,
    /// 1: an error.
    Error,
    /// 2: changes or drift pending.
    Pending,
    /// 3: finished with held, unknown or failed parts.
    Partial,
    /// 130: interrupted.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Error => 1,
            Exit::Pending => 2,
            Exit::Partial => 3,
            Exit::Interrupted => 130,
        })
    }
}
