//! Looking at one instance for whoever asks why it does not answer. Nothing is remembered, not even in the state.

use rdpctl_contract::CloudError;
use rdpctl_model::facts::{Chunk, Facts, Row};
use rdpctl_model::{FacetId, ProviderName, ResourceId, Survey};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::assess::Filter;
use crate::estate::Estate;
use crate::outside::Eyes;
use crate::refresh::{Learned, Sorter, errands, survey};

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
    let mut sorter = Sorter::new(Facts::default());
    let mut surveys = Vec::new();
    let (send, mut learned) = mpsc::channel::<Vec<Learned>>(1);
    let mut asking = JoinSet::new();
    for errand in errands(estate, &Filter::default()) {
        asking.spawn(survey(eyes.clone(), errand, send.clone(), stop.clone()));
    }
    drop(send);
    while let Some(page) = learned.recv().await {
        for one in page {
            sorter.add(&one);
            surveys.push(one.survey);
        }
    }
    while let Some(ended) = asking.join_next().await {
        if let Ok(Err(failure)) = ended {
            return Err(failure);
        }
    }
    Ok(Examined { facts: sorter.into_facts(), surveys })
}

/// Takes a survey that somebody else made for that of the one instance of an estate.
#[must_use]
pub fn take_as_seen(estate: &Estate, id: &ResourceId, survey: Survey) -> Examined {
    let mut facts = Facts::default();
    let texts = rdpctl_facets::encode(&survey);
    let slots = std::array::from_fn(|index| {
        let facet = FacetId::ALL[index];
        facts.seen[facet].intern(&texts[facet])
    });
    for source in estate.sources() {
        let mut chunk = Chunk {
            provider: Some(source.provider.clone()),
            source: source.key,
            ..Chunk::default()
        };
        chunk.push(Row { id: id.as_str(), name: id.as_str(), taken_at: 0, slots });
        facts.chunks.push(chunk);
    }
    Examined { facts, surveys: vec![survey] }
}
