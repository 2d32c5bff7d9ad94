//! What a channel makes in a cloud for one call: on record before it is made, and marked with who makes it, so that whoever
//! comes after a kill finds it, knows that nobody waits for it any more, and takes it away.

use std::fmt;

use async_trait::async_trait;
use rdpctl_model::outcome::CreatedKind;
use rdpctl_model::{InstanceName, ResourceId};

use crate::store::StoreError;

/// Keeps what is made for a call of one account on record while it is there.
#[async_trait]
pub trait ForACall: Send + Sync + fmt::Debug {
    /// Enters it before it is made. What could not be entered must not be made.
    async fn enter(
        &self,
        instance: &InstanceName,
        kind: CreatedKind,
        id: &ResourceId,
    ) -> Result<(), StoreError>;

    /// Takes it off the record once it is gone.
    async fn gone(&self, kind: CreatedKind, id: &ResourceId) -> Result<(), StoreError>;

    /// By what another process of this machine knows this one.
    fn mark(&self) -> u64;

    /// Whether the process of that mark is known to work no more. Of processes elsewhere nothing is known.
    fn is_over(&self, mark: u64) -> bool;
}
