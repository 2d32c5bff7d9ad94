//! Looking at one instance for whoever asks why it does not answer. Nothing is remembered, not even in the state.

use rdpctl_contract::CloudError;
use rdpctl_model::facts::{Chunk, Facts, Known, Row};
use rdpctl_model::{ProviderName, ResourceId, Survey, Worlds};
use tokio_util::sync::CancellationToken;

use crate::assess::Filter;
use crate::estate::Estate;
use crate::look::{self, Aim, Sight};
use crate::memory::facts_of;
use crate::outside::Eyes;

/// What was seen of the instances of a small estate.
#[derive(Debug)]
pub struct Examined {
    /// The compact form, from which verdicts are made.
    pub facts: Facts,
    /// The evidence, in the order in which it came.
    pub surveys: Vec<Survey>,
}

/// Surveys everything in an estate that was made for the purpose.
pub async fn examine(
    estate: &Estate,
    eyes: &Eyes,
    stop: &CancellationToken,
) -> Result<Examined, (ProviderName, CloudError)> {
    let errands = look::everything(estate, &Filter::default(), Aim::WHOLE);
    let mut looking = look::look(eyes, errands, stop, |_, one| one);
    let mut seen = Vec::new();
    while let Some(sight) = looking.next().await {
        match sight {
            Sight::Page(page) => seen.extend(page),
            Sight::Blind { provider, error, .. } => return Err((provider, error)),
        }
    }
    let (facts, surveys) = facts_of(seen);
    Ok(Examined { facts, surveys })
}

/// Takes a survey that somebody else made for that of the one instance of an estate.
#[must_use]
pub fn take_as_seen(estate: &Estate, id: &ResourceId, survey: Survey) -> Examined {
    let mut facts = Facts::default();
    let known = facts.take(Known::default(), &rdpctl_facets::news(&survey, Worlds::ALL));
    for source in estate.sources() {
        let mut chunk = Chunk::new(source.key, Some(source.provider.clone()));
        chunk.push(Row { id: id.as_str(), name: id.as_str(), known });
        facts.chunks.push(chunk);
    }
    Examined { facts, surveys: vec![survey] }
}
