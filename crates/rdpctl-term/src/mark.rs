//! Marks: one character before a line that says how things stand. A word nearby always says the same.

use crate::ink::Ink;
use crate::view::Characters;

/// How things stand with what a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// As declared; done.
    Good,
    /// Differs, and nobody gets in because of it; failed.
    Shut,
    /// Differs, but answers; part of it failed.
    Bad,
    /// Unknown.
    Unknown,
    /// Kept as it is by a policy, denied by a guard, paused.
    Stopped,
    /// Follows from something else, and is never counted.
    Follows,
    /// Asks for a guard.
    Held,
    /// Waits for time.
    Later,
    /// Under way.
    Running,
    /// To do.
    Open,
    /// Accepted.
    Kept,
    /// Not applicable, or left alone.
    Nothing,
}

impl Mark {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Good,
        Self::Shut,
        Self::Bad,
        Self::Unknown,
        Self::Stopped,
        Self::Follows,
        Self::Held,
        Self::Later,
        Self::Running,
        Self::Open,
        Self::Kept,
        Self::Nothing,
    ];

    /// Its character.
    #[must_use]
    pub const fn sign(self, characters: Characters) -> &'static str {
        match (self, characters) {
            (Self::Good, Characters::Full | Characters::Narrow) => "✓",
            (Self::Good, Characters::Ascii) => "=",
            (Self::Shut, Characters::Full | Characters::Narrow) => "✗",
            (Self::Shut, Characters::Ascii) => "x",
            (Self::Bad, _) => "~",
            (Self::Unknown, _) => "?",
            (Self::Stopped, _) => "#",
            (Self::Follows, _) => ">",
            (Self::Held, _) => "!",
            (Self::Later, _) => ":",
            (Self::Running, _) => "*",
            (Self::Open, _) => ".",
            (Self::Kept, _) => "^",
            (Self::Nothing, _) => "-",
        }
    }

    /// In which ink it is written.
    #[must_use]
    pub const fn ink(self) -> Ink {
        match self {
            Self::Good => Ink::Good,
            Self::Shut => Ink::Shut,
            Self::Bad => Ink::Bad,
            Self::Unknown => Ink::Unknown,
            Self::Stopped => Ink::Strong,
            Self::Held => Ink::Held,
            Self::Later => Ink::Caution,
            Self::Running => Ink::Running,
            Self::Follows | Self::Open | Self::Kept | Self::Nothing => Ink::Faint,
        }
    }

    /// The same for the ear.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "as declared",
            Self::Shut => "shut",
            Self::Bad => "differs",
            Self::Unknown => "unknown",
            Self::Stopped => "blocked",
            Self::Follows => "follows",
            Self::Held => "held",
            Self::Later => "waits",
            Self::Running => "running",
            Self::Open => "to do",
            Self::Kept => "accepted",
            Self::Nothing => "not applicable",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::width::{room, width};

    #[test]
    fn every_mark_is_one_cell_wide_on_any_terminal_and_unlike_every_other() {
        for characters in [Characters::Full, Characters::Narrow, Characters::Ascii] {
            let signs: BTreeSet<&str> =
                Mark::ALL.into_iter().map(|mark| mark.sign(characters)).collect();
            assert_eq!(signs.len(), Mark::ALL.len());
            for sign in signs {
                // East Asian terminals draw what is Ambiguous two cells wide, and the columns would move.
                assert_eq!((width(sign), room(sign)), (1, 1), "{sign}");
                assert!(characters != Characters::Ascii || sign.is_ascii(), "{sign}");
            }
        }
    }

    #[test]
    fn red_and_green_are_never_the_only_difference() {
        for mark in Mark::ALL {
            let alike = Mark::ALL.into_iter().filter(|other| other.ink() == mark.ink());
            for other in alike.filter(|other| *other != mark) {
                assert_ne!(other.word(), mark.word());
                assert_ne!(other.sign(Characters::Full), mark.sign(Characters::Full));
            }
        }
    }
}
