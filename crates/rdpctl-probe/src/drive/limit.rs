//! How many probes at once the process can afford: each holds one socket, and sockets are files.

use std::num::NonZeroUsize;

/// Files that the rest of the process needs.
#[cfg(unix)]
const RESERVED: u64 = 64;

/// The wish, lowered to what the limit of open files allows.
#[cfg(unix)]
#[must_use]
pub fn affordable(wished: NonZeroUsize) -> NonZeroUsize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let Some(limit) = limit else { return wished };
    let sockets = usize::try_from(limit.saturating_sub(RESERVED)).unwrap_or(usize::MAX);
    NonZeroUsize::new(sockets).unwrap_or(NonZeroUsize::MIN).min(wished)
}

/// The wish: this system has no limit worth asking for.
#[cfg(not(unix))]
#[must_use]
pub fn affordable(wished: NonZeroUsize) -> NonZeroUsize {
    wished
}
