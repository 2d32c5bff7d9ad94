//! Whom a row concerns, as two columns: a name, and the provider where it is an object that several share.

use rdpctl_model::outcome::JournalSubject;
use rdpctl_model::{InstanceName, ProviderName, ResourceId};
use rusqlite::Row;

use super::fault::Fault;

/// The two columns.
pub(super) fn columns(subject: &JournalSubject) -> (&str, Option<&str>) {
    match subject {
        JournalSubject::Instance(name) => (name.as_str(), None),
        JournalSubject::Shared { provider, object } => (object.as_str(), Some(provider.as_str())),
    }
}

/// What two columns say, beginning at this one.
pub(super) fn read(row: &Row<'_>, column: usize) -> Result<JournalSubject, Fault> {
    let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
    let shared = row.get_ref(column + 1)?.as_str_or_null().map_err(rusqlite::Error::from)?;
    Ok(match shared {
        None => JournalSubject::Instance(InstanceName::new(text)),
        Some(provider) => JournalSubject::Shared {
            provider: ProviderName::new(provider),
            object: ResourceId::new(text),
        },
    })
}
