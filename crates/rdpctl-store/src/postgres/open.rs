//! Opening a state on a server: to write, or to read only.

use rdpctl_contract::store::StoreError;
use tokio::runtime::Handle;

use super::keywords::Wrong;
use super::migrate::{self, Format};
use super::server;
use super::session::{Access, Session};
use crate::database::place::Place;
use crate::location::without_password;

/// Opens or makes the schema, and brings it forward to today's format.
pub(crate) async fn to_write(url: &str) -> Result<(Place, Session), StoreError> {
    let (place, mut session) = session(url, Access::Write)?;
    aside(url, move || {
        migrate::forward(&mut session, &place)?;
        Ok((place, session))
    })
    .await
}

/// Opens the schema without the means to change it; none where there is none.
pub(crate) async fn to_read(url: &str) -> Result<(Place, Option<Session>), StoreError> {
    let (place, mut session) = session(url, Access::Read)?;
    aside(url, move || {
        let format = migrate::format(&mut session, &place)?;
        Ok((place, if format == Format::Empty { None } else { Some(session) }))
    })
    .await
}

fn session(url: &str, access: Access) -> Result<(Place, Session), StoreError> {
    let server = server::meant(url, &|name| std::env::var(name).ok());
    let server = server.map_err(|wrong| unopened(url, wrong))?;
    let place = Place::Server { url: without_password(url), schema: server.schema.clone() };
    Ok((place, Session::new(server, access, Handle::current())))
}

fn unopened(url: &str, wrong: Wrong) -> StoreError {
    StoreError::Open { place: without_password(url), source: Box::new(wrong) }
}

/// A server is waited for where that keeps no task of the runtime waiting.
async fn aside<T: Send + 'static>(
    url: &str,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|source| {
        Err(StoreError::Open { place: without_password(url), source: Box::new(source) })
    })
}
