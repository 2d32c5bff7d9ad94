//! What a look brought of one instance, before it becomes part of what is known.

use std::sync::Arc;

use super::Stamp;
use crate::facet::FacetMap;
use crate::world::WorldMap;

/// What a look says of one facet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Its evidence, encoded by the facet; shared by those that showed the same.
    Seen(Arc<str>),
    /// The look at what it reads failed: what was known before stays, and is old.
    Failed,
    /// It was not looked for.
    Nothing,
}

/// What a look says of one world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It answered.
    Answered,
    /// It did not; carries why, encoded.
    Failed(String),
    /// It was not looked at.
    Nothing,
}

/// What a look brought of one instance.
#[derive(Clone, Debug)]
pub struct News {
    /// When it was taken.
    pub at: Stamp,
    /// Of each world.
    pub worlds: WorldMap<Heard>,
    /// On what the look into the guest stood, encoded; none where it did not answer.
    pub ground: Option<String>,
    /// Of each facet.
    pub facets: FacetMap<Told>,
}
