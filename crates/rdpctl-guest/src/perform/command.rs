//! One native command with what counts as its success.

use crate::envelope;

/// A command in the form of a command line, as it stands in a script. Programs are named by `%SystemRoot%`:
/// where a command holds a `!x!`, `cmd` takes carets away even from quoted data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeCommand {
    /// The line.
    pub line: String,
    /// The exit codes that mean that the wanted state is there.
    pub ok_codes: &'static [i32],
    kind: Kind,
}

/// What kind of a line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// One program.
    Single,
    /// Several, which silence themselves.
    Compound,
    /// One program that only asks for what another should have done.
    Question,
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
        Self { line: line.into(), ok_codes, kind: Kind::Single }
    }

    /// Several commands in one line.
    pub(super) fn several(line: impl Into<String>, ok_codes: &'static [i32]) -> Self {
        Self { line: line.into(), ok_codes, kind: Kind::Compound }
    }

    /// A question for what another command should have done.
    pub(super) fn question(line: impl Into<String>, ok_codes: &'static [i32]) -> Self {
        Self { line: line.into(), ok_codes, kind: Kind::Question }
    }

    /// The line as people read it and may type it themselves.
    #[must_use]
    pub fn readable(&self) -> String {
        envelope::readable(&self.line)
    }

    /// The line as it runs: what it prints is translated prose, so nobody reads it.
    pub(super) fn silent(&self) -> String {
        match self.kind {
            Kind::Compound => self.line.clone(),
            Kind::Single | Kind::Question => format!("{} >nul 2>&1", self.line),
        }
    }

    /// Whether it only asks for what another command should have done.
    pub(super) fn is_question(&self) -> bool {
        self.kind == Kind::Question
    }
}
