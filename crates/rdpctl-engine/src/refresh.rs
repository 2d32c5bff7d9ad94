//! Looking at what is declared, and remembering it.

use rdpctl_contract::{Author, Memory as Remembers, StoreError};
use rdpctl_model::facet::World;
use rdpctl_model::facts::{Facts, Stamp};
use rdpctl_model::plan::UnseenFleet;
use rdpctl_model::{Evidence, Gap, InstanceName, ResourceId, SourceKey, Survey, Worlds};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::assess::Filter;
use crate::estate::Estate;
use crate::event::Event;
use crate::guests::PassedOver;
use crate::look::{self, Aim, Sight};
use crate::memory::{Extent, Kept, Memory, facts_of, pressed};
use crate::outside::Eyes;

/// What a refresh brought.
#[derive(Debug)]
pub struct Refreshed {
    /// All that is known now: what was seen, what was seen before and is marked as old, and what nobody asked about.
    pub facts: Facts,
    /// Fleets of which not even the members are known.
    pub unseen: Vec<UnseenFleet>,
    /// How many instances were looked at.
    pub instances: usize,
}

/// Why a look came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// It was stopped. Nothing was remembered.
    #[error("stopped")]
    Stopped,
    /// The memory does not serve.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Looks at everything that the filter lets through, and saves what came of it; everything else is as it was.
pub async fn refresh(
    estate: &Estate,
    eyes: &Eyes,
    store: &dyn Remembers,
    filter: &Filter,
    events: &mpsc::Sender<Event>,
    stop: &CancellationToken,
) -> Result<Refreshed, LookError> {
    let errands = look::everything(estate, filter, Aim::WHOLE);
    let mut memory = Memory::load(store, &Author::Looker, stamp(eyes)).await?;
    let mut targets = Vec::new();
    for errand in &errands {
        // A listener that went away is not a reason to stop looking.
        let (instances, provider) = (errand.instances(), errand.provider().cloned());
        let what = errand.words();
        let _ = events.send(Event::Surveying { what, instances, provider }).await;
        targets.extend(errand.targets());
    }
    memory.expect(&targets);
    let mut looking = look::look_aloud(eyes, errands, stop, events, Kept::by(Aim::WHOLE));
    let (mut silent, mut strangers) = (Vec::new(), Vec::new());
    let mut unanswered = 0;
    let mut instances = 0;
    let mut passed_over = PassedOver::default();
    loop {
        let sight = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(LookError::Stopped),
            sight = looking.next() => sight,
        };
        match sight {
            Some(Sight::Page(page)) => {
                instances += page.len();
                for one in page {
                    unanswered += usize::from(one.is_silent);
                    passed_over.add(&one.passed_over);
                    memory.take(one).await?;
                }
                let _ = events.send(Event::Surveyed { instances }).await;
            }
            Some(Sight::Blind { targets, provider, error }) => {
                let at = stamp(eyes);
                let gap = error.as_gap();
                for key in memory.fail(targets, &gap, at) {
                    strangers.extend(unseen(&key, &gap));
                }
                silent.push((provider, error));
            }
            None => break,
        }
    }
    let _ = events.send(Event::Looked { instances, silent: unanswered }).await;
    passed_over.tell(events).await;
    silent.sort_by(|a, b| a.0.cmp(&b.0));
    for (provider, error) in silent {
        let _ = events.send(Event::Silent { provider, error: Box::new(error) }).await;
    }
    let facts = memory.save(Extent::Whole).await?;
    Ok(Refreshed { facts, unseen: strangers, instances })
}

/// The fleet of which not even the members are known, if the source is one.
pub(crate) fn unseen(source: &SourceKey, gap: &Gap) -> Option<UnseenFleet> {
    Some(UnseenFleet { fleet: source.as_fleet()?.clone(), gap: gap.clone() })
}

/// Now.
fn stamp(eyes: &Eyes) -> Stamp {
    Stamp::of(eyes.clock.now())
}

/// How deep a second look goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The guest: whoever waits for it need not wait for its door, nor for what filters packets.
    Guest,
    /// The door at this port: what a proof from outside needs.
    Door(u16),
}

impl Depth {
    const fn aim(self) -> Aim {
        match self {
            Self::Guest => Aim { worlds: Worlds::of(&[World::Guest]), ..Aim::WHOLE },
            Self::Door(port) => {
                Aim { worlds: Worlds::of(&[World::Outside]), port: Some(port), ..Aim::WHOLE }
            }
        }
    }
}

/// What a second look brought: facts about that moment alone.
pub(crate) struct Again {
    pub(crate) facts: Facts,
    /// Who was looked at from outside, and what was seen there.
    pub(crate) doors: Vec<(InstanceName, ResourceId, Survey)>,
}

/// Looks again at a few instances in the middle of a run. What their guests said is kept as evidence; what is known of
/// everything else is not touched.
pub(crate) async fn look_again(
    estate: &Estate,
    eyes: &Eyes,
    store: &dyn Remembers,
    by: &Author,
    members: &[(SourceKey, ResourceId)],
    depth: Depth,
    stop: &CancellationToken,
) -> Result<Again, StoreError> {
    let mut looking =
        look::look(eyes, look::members(estate, members, depth.aim()), stop, |_, one| one);
    let mut seen = Vec::new();
    while let Some(sight) = looking.next().await {
        match sight {
            Sight::Page(page) => seen.extend(page),
            // Whoever waits for them sees that they are missing.
            Sight::Blind { .. } => {}
        }
    }
    let (names, ids): (Vec<_>, Vec<_>) =
        seen.iter().map(|one| (one.name.clone(), one.id.clone())).unzip();
    let (facts, surveys) = facts_of(seen);
    let doors = match depth {
        Depth::Guest => {
            let before = store.evidence(&names).await?;
            let surveys =
                surveys.into_iter().zip(before).map(|(seen, known)| with_doors(seen, known));
            let named = names.into_iter().zip(surveys);
            let ready: Result<_, StoreError> =
                named.map(|(name, survey)| Ok((name.clone(), pressed(&name, survey)?))).collect();
            store.save_evidence(by, ready?).await?;
            Vec::new()
        }
        // For the sake of a door the cloud was not asked for all that it knows.
        Depth::Door(_) => {
            let named = names.into_iter().zip(ids);
            named.zip(surveys).map(|((name, id), survey)| (name, id, survey)).collect()
        }
    };
    Ok(Again { facts, doors })
}

/// A survey for which the cloud was not asked what filters packets, with what is known of that from before.
fn with_doors(mut seen: Survey, known: Option<Evidence>) -> Survey {
    if let (Ok(cloud), Some(answer)) = (&mut seen.cloud, known.and_then(|it| it.cloud.answer)) {
        cloud.doors = answer.said.doors;
    }
    seen
}

/// Looks at a few instances again, and remembers what they are now: as the aim says, with what was read back of edits.
pub(crate) async fn remember_again(
    estate: &Estate,
    eyes: &Eyes,
    store: &dyn Remembers,
    by: &Author,
    members: &[(SourceKey, ResourceId)],
    aim: Aim,
    stop: &CancellationToken,
) -> Result<Facts, StoreError> {
    let errands = look::members(estate, members, aim);
    let mut memory = Memory::load(store, by, stamp(eyes)).await?;
    let targets: Vec<_> = errands.iter().flat_map(look::Errand::targets).collect();
    memory.expect(&targets);
    let mut looking = look::look(eyes, errands, stop, Kept::by(aim));
    while let Some(sight) = looking.next().await {
        match sight {
            Sight::Page(page) => {
                for one in page {
                    memory.take(one).await?;
                }
            }
            Sight::Blind { targets, error, .. } => {
                let at = stamp(eyes);
                memory.fail(targets, &error.as_gap(), at);
            }
        }
    }
    memory.save(Extent::Members).await
}
