//! One native command with what counts as its success.

/// A command in the form of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeCommand {
    /// The line.
    pub line: String,
    /// The exit codes that mean that the wanted state is there.
    pub ok_codes: &'static [i32],
    /// Whether the line is several commands, which silence themselves.
    compound: bool,
}

/// Done.
pub(super) const DONE: &[i32] = &[0];
/// Done, or there was nothing to do.
pub(super) const DONE_OR_NONE: &[i32] = &[0, 1];
/// The question must be answered with no.
pub(super) const MUST_BE_ABSENT: &[i32] = &[1];

impl NativeCommand {
    /// A single command.
    pub(super) fn one(line: impl Into<String>, ok_codes: &'static [i32]) -> Self {
        Self { line: line.into(), ok_codes, compound: false }
    }

    /// Several commands in one line.
    pub(super) fn several(line: impl Into<String>, ok_codes: &'static [i32]) -> Self {
        Self { line: line.into(), ok_codes, compound: true }
    }

    /// The line as it runs: what it prints is translated prose, so nobody reads it.
    pub(super) fn silent(&self) -> String {
        if self.compound { self.line.clone() } else { format!("{} >nul 2>&1", self.line) }
    }

    /// Whether it only asks for what another command should have done.
    pub(super) fn is_question(&self) -> bool {
        self.line.starts_with("reg query") || self.line.contains(" show rule ")
    }
}
