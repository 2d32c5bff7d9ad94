//! What rdpctl made in the worlds: so that it can give it back, and never deletes what others made.

use async_trait::async_trait;
use jiff::Timestamp;
use rdpctl_model::outcome::{Created, JournalSubject};

use super::{Author, StoreError};

/// Keeps what was made. What receipts in a journal say was made is entered with them.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// What was made and not given back, oldest first.
    async fn created(&self) -> Result<Vec<Made>, StoreError>;

    /// Enters something before or beside a journal. The same thing again changes for whom it is, not since when.
    async fn enter(&self, by: &Author, made: &Made) -> Result<(), StoreError>;

    /// Marks something as given back; what is not on record needs no mark.
    async fn released(&self, by: &Author, created: &Created) -> Result<(), StoreError>;
}

/// Something that rdpctl made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// For whom.
    pub subject: JournalSubject,
    /// What.
    pub created: Created,
    /// When.
    pub at: Timestamp,
}
