//! Why the memory did not serve. A place is named as its backend names it: a path, a URL, an object.

use std::io::ErrorKind;

use rdpctl_model::Said;

use super::holding::Holding;
use crate::cause::told;

/// Why the memory did not serve.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be opened or read.
    #[error("cannot open the state at {place}")]
    Open {
        /// Where.
        place: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Others could have written it, so nothing in it is believed.
    #[error("the state at {place} is not trusted: {why}")]
    Untrusted {
        /// Where.
        place: String,
        /// What is wrong with it.
        why: String,
        /// What the user can do.
        remedy: String,
    },
    /// A newer rdpctl wrote it.
    #[error("the state at {place} has format {found}; this rdpctl knows up to {known}")]
    Newer {
        /// Where.
        place: String,
        /// Its format.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// It is not a state, or it is damaged.
    #[error("the state at {place} is damaged: {what}")]
    Damaged {
        /// Where.
        place: String,
        /// What is wrong.
        what: String,
    },
    /// No room, or the place refuses to be written to.
    #[error("cannot write the state at {place}")]
    Write {
        /// Where.
        place: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It is elsewhere, and nobody answers there at the moment.
    #[error("the state at {place} does not answer")]
    Unreachable {
        /// Where.
        place: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Somebody else holds the lease.
    #[error("the state is locked by {holding}")]
    Held {
        /// Who.
        holding: Box<Holding>,
    },
    /// The lease was given back or taken over: what was to be written is not written.
    #[error("the lock on the state was lost: another run holds it now")]
    LeaseLost,
    /// Texts were thrown out since they were read, and what was to be written counts by their former places.
    #[error("what is remembered was numbered anew meanwhile")]
    Renumbered,
    /// No such kind of state URL.
    #[error("`{url}` is not a state this rdpctl can open")]
    Unsupported {
        /// The URL.
        url: String,
    },
}

impl StoreError {
    /// What it says, for whoever reads another language; what others said of it is quoted as it came.
    #[must_use]
    pub fn said(&self) -> Said {
        match self {
            Self::Open { place, source } => say::open(place, told(source.as_ref())),
            Self::Untrusted { place, why, remedy: _ } => say::untrusted(place, why),
            Self::Newer { place, found, known } => say::newer(place, *found, *known),
            Self::Damaged { place, what } => say::damaged(place, what),
            Self::Write { place, source } if is_full(source.as_ref()) => say::full(place),
            Self::Write { place, source } => say::write(place, told(source.as_ref())),
            Self::Unreachable { place, source } => say::unreachable(place, told(source.as_ref())),
            Self::Held { holding } => say::held(holding.to_string()),
            Self::LeaseLost => say::lease_lost(),
            Self::Renumbered => say::renumbered(),
            Self::Unsupported { url } => say::unsupported(url),
        }
    }
}

/// Whether a disk has no room left: by the system's own word, or as `SQLite` and `PostgreSQL` say it.
fn is_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut at = Some(error);
    while let Some(error) = at {
        let by_system = error.downcast_ref::<std::io::Error>().is_some_and(|error| {
            matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
        });
        let said = error.to_string();
        if by_system
            || ["disk is full", "No space left on device"].iter().any(|it| said.contains(it))
        {
            return true;
        }
        at = error.source();
    }
    false
}

rdpctl_model::says! { "store":
    open(place, why);
    untrusted(place, why);
    newer(place, found, known);
    damaged(place, what);
    full(place);
    write(place, why);
    unreachable(place, why);
    held(holding);
    lease_lost();
    renumbered();
    unsupported(url);
}
