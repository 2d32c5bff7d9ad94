//! The vendor's usual places, in their order: a place that has nothing passes on, one that was refused ends it.

use async_trait::async_trait;

use super::{CredentialError, Token, TokenSource};

/// Sources in order.
pub(super) struct Chain(pub(super) Vec<Box<dyn TokenSource>>);

#[async_trait]
impl TokenSource for Chain {
    fn name(&self) -> String {
        "the usual places".to_owned()
    }

    async fn token(&self) -> Result<Token, CredentialError> {
        let mut tried = Vec::new();
        for source in &self.0 {
            match source.token().await {
                Err(error @ CredentialError::Unavailable { .. }) => tried.push(error.to_string()),
                other => return other,
            }
        }
        Err(CredentialError::Nowhere { tried })
    }
}
