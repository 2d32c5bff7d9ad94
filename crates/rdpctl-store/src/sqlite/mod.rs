//! The state as one `SQLite` file.
//!
//! **Durability.** The journal mode is WAL: readers never wait for a writer, and a commit is one append. Writes that
//! only remember what can be surveyed again commit with `synchronous = NORMAL`: they survive `kill -9` (the pages are
//! the kernel's) and a power loss may take back the last of them, never tear one. Writes whose loss would cost
//! something (a plan about to be applied, an intent with a token, an object that was made, what is needed for undo, a lease)
//! commit with `FULL`: they are on the disk before the call returns. Journal entries that arrive while
//! another commit is under way share the next one, so the disk's latency is paid once for all of them.
//!
//! Every write that changes what is remembered raises the state's serial by one, in the same transaction. Entries of a
//! journal count only where they record something that was made: a run counts when it begins, grows and ends.
//!
//! **Fencing.** Every write of a run looks, in its own transaction, whether its token is current (`lease::fence`):
//! whoever lost its lease writes nothing.

mod chain;
mod chronicle;
mod column;
mod compact;
mod created;
mod dictionary;
mod doors;
mod evidence;
mod facts;
mod fault;
mod forget;
mod journal;
mod lease;
mod migrate;
mod open;
mod private;
mod records;
mod roles;
mod rows;
mod runs;
mod session;
mod subject;
#[cfg(test)]
mod tests;
mod tracked;
mod transfer;
mod tried;
mod verify;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rdpctl_contract::store::StoreError;

use fault::{Doing, Fault};
use session::Session;
pub use verify::Verified;

/// Remembers in one `SQLite` file.
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    session: Mutex<Session>,
    pending: Mutex<journal::Pending>,
}

impl SqliteStore {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    fn new(path: PathBuf, session: Session) -> Self {
        Self {
            inner: Arc::new(Inner {
                path,
                session: Mutex::new(session),
                pending: Mutex::default(),
            }),
        }
    }

    /// Runs long work where it keeps no task of the runtime waiting.
    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.inner);
        match tokio::task::spawn_blocking(move || work(&inner)).await {
            Ok(done) => done,
            Err(source) => {
                Err(StoreError::Write { place: self.inner.place(), source: Box::new(source) })
            }
        }
    }
}

impl Inner {
    /// The place, as errors name it.
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn read<T>(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.session().read(work).map_err(|fault| fault.at(&self.path, Doing::Reading))
    }

    fn write<T>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        work(&mut self.session()).map_err(|fault| fault.at(&self.path, Doing::Writing))
    }

    /// A panic elsewhere leaves no transaction behind, so the connection stays good.
    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
