//! What somebody may do on the page.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::step::Guarded;

/// What somebody may do on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scope {
    /// Read what it shows, where not everybody may who can reach it.
    Read,
    /// Ask for a look now.
    Survey,
    /// Pause and resume.
    Pause,
    /// Stop a run of the loop's own after what is in hand.
    Stop,
    /// Undo a run.
    Undo,
    /// Allow what this guard asks about.
    Guard(Guarded),
}

impl Scope {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Read, Self::Survey, Self::Pause, Self::Stop, Self::Undo]
            .into_iter()
            .chain(Guarded::ALL.into_iter().map(Self::Guard))
    }

    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Survey => "survey",
            Self::Pause => "pause",
            Self::Stop => "stop",
            Self::Undo => "undo",
            Self::Guard(guard) => guard.name(),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that means nothing that anybody may do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is nothing that a token may allow; it may: {words}", words = words())]
pub struct NoScope(String);

fn words() -> String {
    let all: Vec<&str> = Scope::all().map(Scope::name).collect();
    all.join(", ")
}

impl FromStr for Scope {
    type Err = NoScope;

    fn from_str(text: &str) -> Result<Self, NoScope> {
        Self::all().find(|scope| scope.name() == text).ok_or_else(|| NoScope(text.to_owned()))
    }
}

impl TryFrom<String> for Scope {
    type Error = NoScope;

    fn try_from(text: String) -> Result<Self, NoScope> {
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.name().to_owned()
    }
}
