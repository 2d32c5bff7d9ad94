//! The vendor's usual places, in their order: a place that has nothing passes on, one that was refused ends it.

use async_trait::async_trait;
use rdpctl_model::Said;

use super::{CredentialError, Token, TokenSource};
use crate::credential::say;

/// Sources in order.
pub(super) struct Chain(pub(super) Vec<Box<dyn TokenSource>>);

#[async_trait]
impl TokenSource for Chain {
    fn name(&self) -> Said {
        say::usual_places()
    }

    async fn token(&self) -> Result<Token, CredentialError> {
        let mut tried = Vec::new();
        for source in &self.0 {
            match source.token().await {
                Err(error @ CredentialError::Unavailable { .. }) => tried.push(error.said()),
                other => return other,
            }
        }
        Err(CredentialError::Nowhere { tried })
    }
}
