//! The state in a database: an `SQLite` file, or a schema of a Postgres database where several work together.
//!
//! What is remembered, and how, is the same in both, down to the statements. Journal entries that arrive while another
//! commit is under way share the next one, so a commit's latency is paid once for all of them.
//!
//! Every write that changes what is remembered raises the state's serial by one, in the same transaction. Entries of a
//! journal count only where they record something that was made: a run counts when it begins, grows and ends.
//!
//! **Fencing.** Every write of a run looks, in its own transaction, whether its token is current (`lease::fence`):
//! whoever lost its lease writes nothing. Writers wait for each other at the door in both, so that the chain over the
//! journal has one end.

mod chain;
mod chronicle;
mod column;
mod compact;
mod created;
mod dictionary;
pub(crate) mod doors;
pub(crate) mod durability;
mod evidence;
mod facts;
pub(crate) mod fault;
mod forget;
mod journal;
mod lease;
mod open;
pub(crate) mod place;
mod records;
mod roles;
mod rows;
mod runs;
pub(crate) mod session;
pub(crate) mod sql;
mod subject;
mod transfer;
mod tried;
pub(crate) mod value;
mod verify;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rdpctl_contract::store::StoreError;

use fault::Fault;
use place::{Doing, Place};
use session::Session;
use sql::Connection;
pub use verify::Verified;

/// Remembers in a database.
#[derive(Clone)]
pub struct Database {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) place: Place,
    session: Mutex<Session>,
    pending: Mutex<journal::Pending>,
}

impl Database {
    pub(crate) fn new(place: Place, session: Session) -> Self {
        Self {
            inner: Arc::new(Inner {
                place,
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
                Err(StoreError::Write { place: self.inner.place.shown(), source: Box::new(source) })
            }
        }
    }

    /// Runs short work: at once where it is a matter of memory, aside where a server is waited for.
    async fn short<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        match self.inner.place {
            Place::File(_) => work(&self.inner),
            Place::Server { .. } => self.aside(work).await,
        }
    }
}

impl Inner {
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection<'_>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.session().read(work).map_err(|fault| fault.at(&self.place, Doing::Reading))
    }

    fn write<T>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        work(&mut self.session()).map_err(|fault| fault.at(&self.place, Doing::Writing))
    }

    /// A panic elsewhere leaves no transaction behind, so the connection stays good.
    pub(crate) fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
