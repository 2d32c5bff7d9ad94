//! Why the memory did not serve. A place is named as its backend names it: a path, a URL, an object.

use super::holding::Holding;

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
