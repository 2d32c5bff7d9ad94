//! What turned over time, as far as it is kept, and what people told the loop.

use async_trait::async_trait;
use jiff::Timestamp;
use rdpctl_model::chronicle::{Order, Turned};
use rdpctl_model::{FacetId, InstanceName};

use super::StoreError;

/// So many turns of each facet of each instance are kept, the newest.
pub const TURNS_KEPT: usize = 50;

/// Keeps what happened, in the order in which it was told.
#[async_trait]
pub trait Chronicle: Send + Sync {
    /// Adds what turned. Of each facet of each instance the last [`TURNS_KEPT`] stay.
    async fn turned(&self, turns: &[Turned]) -> Result<(), StoreError>;

    /// What turned of an instance, or of one facet of it, newest first.
    async fn turns(
        &self,
        instance: &InstanceName,
        facet: Option<FacetId>,
        limit: usize,
    ) -> Result<Vec<Turned>, StoreError>;

    /// The last turn of each facet of each instance that was not as declared after it.
    async fn standing(&self) -> Result<Vec<Turned>, StoreError>;

    /// What turned since a time, over all, newest first.
    async fn turned_since(&self, at: Timestamp, limit: usize) -> Result<Vec<Turned>, StoreError>;

    /// Adds what a person ordered, durably before it returns.
    async fn order(&self, order: &Order) -> Result<(), StoreError>;

    /// What was ordered after the order of that number, oldest first, each with its number. Numbers begin with 1.
    async fn orders(&self, after: u64) -> Result<Vec<(u64, Order)>, StoreError>;
}
