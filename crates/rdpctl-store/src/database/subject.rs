//! Whom a row concerns, as two columns: a name, and the provider where it is an object that several share.

use rdpctl_model::outcome::JournalSubject;
use rdpctl_model::{InstanceName, ProviderName, ResourceId};

use super::fault::Fault;
use super::sql::Row;

/// The two columns.
pub(crate) fn columns(subject: &JournalSubject) -> (&str, Option<&str>) {
    match subject {
        JournalSubject::Instance(name) => (name.as_str(), None),
        JournalSubject::Shared { provider, object } => (object.as_str(), Some(provider.as_str())),
    }
}

/// What two columns say, beginning at this one.
pub(crate) fn read(row: &Row<'_>, column: usize) -> Result<JournalSubject, Fault> {
    let text = row.text(column)?;
    let shared = row.text_or_null(column + 1)?;
    Ok(match shared {
        None => JournalSubject::Instance(InstanceName::new(text)),
        Some(provider) => JournalSubject::Shared {
            provider: ProviderName::new(provider),
            object: ResourceId::new(text),
        },
    })
}
