//! What nobody reckons with: to the computer that calls, and behind its back.

use serde::Deserialize;

/// Something that nobody reckoned with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Meanwhile {
    /// Somebody starts the machine from its own disk.
    Started,
    /// Somebody starts it, works, and stops it again.
    StartedAndStopped,
    /// Somebody writes to the copy.
    CopyWritten,
}

/// When the power is lost.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct PowerCut {
    /// At which call, the first being 1.
    pub(crate) call: u32,
    /// Whether only calls count that change something.
    #[serde(default)]
    pub(crate) of_writes: bool,
    /// Whether what was asked for is done all the same.
    #[serde(default)]
    pub(crate) after_effect: bool,
}
