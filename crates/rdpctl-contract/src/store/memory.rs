//! What was last seen: compact facts about all, full evidence about each.

use async_trait::async_trait;
use rdpctl_model::facts::{Facts, Tried, Update};
use rdpctl_model::{Evidence, FacetId, InstanceName};

use super::{PressedSurvey, StoreError, Token};

/// Remembers what was seen.
#[async_trait]
pub trait Memory: Send + Sync {
    /// The compact facts about all instances.
    async fn facts(&self) -> Result<Facts, StoreError>;

    /// Adds what looks brought, in one transaction: each row becomes what [`Known::with`] makes of what is remembered
    /// now, so that looks side by side take nothing from each other. Who is said to be gone is forgotten, unless
    /// somebody else saw it since. Texts are kept once each.
    ///
    /// [`Known::with`]: rdpctl_model::facts::Known::with
    ///
    /// # Errors
    /// [`StoreError::Renumbered`] where the places count by a numbering that is over, and not all texts are handed
    /// over.
    async fn learn(&self, by: &Author, update: Update) -> Result<(), StoreError>;

    /// The full evidence about some instances, where there is any.
    async fn evidence(
        &self,
        instances: &[InstanceName],
    ) -> Result<Vec<Option<Evidence>>, StoreError>;

    /// Remembers what looks brought: each world's answer replaces its former one, a failure is noted beside it, and
    /// what was not part of a look stays.
    async fn save_evidence(
        &self,
        by: &Author,
        surveys: Vec<(InstanceName, PressedSurvey)>,
    ) -> Result<(), StoreError>;

    /// Remembers what left something as it was, instead of what was remembered of the same facet of the same instance.
    /// It comes with the facts.
    async fn left_standing(&self, by: &Author, tried: &[Tried]) -> Result<(), StoreError>;

    /// Forgets that: these may be tried again.
    async fn try_again(
        &self,
        by: &Author,
        parts: &[(InstanceName, FacetId)],
    ) -> Result<(), StoreError>;

    /// Forgets instances: facts and evidence, and what was tried. Says of how many there was any.
    async fn forget(&self, by: &Author, instances: &[InstanceName]) -> Result<u64, StoreError>;
}

/// Who saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// Somebody who only looks, beside whatever run there is: a look is true whoever else looks.
    Looker,
    /// A run. Once its lease is not current, what it believes to see is not remembered.
    Run(Token),
}

impl Author {
    /// The token that must be current, if any must.
    #[must_use]
    pub const fn token(&self) -> Option<&Token> {
        match self {
            Self::Looker => None,
            Self::Run(token) => Some(token),
        }
    }
}
