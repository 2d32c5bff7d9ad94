//! Opening the state that somebody named, wherever it lies.

use rdpctl_contract::store::StoreError;

use super::Database;
use super::place::Place;
use super::session::Session;
use crate::location::Location;
use crate::postgres;

impl Database {
    /// Opens a state to write, and makes it where there is none.
    pub async fn open_at(location: &Location) -> Result<Self, StoreError> {
        match location {
            Location::Sqlite(path) => Self::open(path),
            Location::Postgres(url) => {
                let (place, session) = postgres::open::to_write(url).await?;
                Ok(Self::new(place, Session::Postgres(Box::new(session))))
            }
        }
    }

    /// Opens a state without the means to change it. Where there is none, nothing is remembered and nothing is made.
    pub async fn open_at_read_only(location: &Location) -> Result<Self, StoreError> {
        match location {
            Location::Sqlite(path) => Self::open_read_only(path),
            Location::Postgres(url) => match postgres::open::to_read(url).await? {
                (place, Some(session)) => {
                    Ok(Self::new(place, Session::Postgres(Box::new(session))))
                }
                (Place::Server { url, .. }, None) => Self::nowhere(url.into()),
                (Place::File(path), None) => Self::nowhere(path),
            },
        }
    }

    /// Whether there is a state already.
    pub async fn is_there(location: &Location) -> Result<bool, StoreError> {
        match location {
            Location::Sqlite(path) => Ok(path.exists()),
            Location::Postgres(url) => Ok(postgres::open::to_read(url).await?.1.is_some()),
        }
    }
}
