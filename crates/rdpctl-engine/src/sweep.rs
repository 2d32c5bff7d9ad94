//! Looks for whoever keeps looking: what one cloud says of all its instances, or everything about a few.
//!
//! Several go on side by side, and people look as well. So news is gathered first, and put together with what is known
//! only when all of it is there: what another look remembered meanwhile is not lost.

use rdpctl_contract::{Author, CloudError, Memory as Remembers, StoreError};
use rdpctl_model::facet::World;
use rdpctl_model::facts::Stamp;
use rdpctl_model::plan::UnseenFleet;
use rdpctl_model::{InstanceName, ProviderName, ResourceId, SourceKey};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::estate::Estate;
use crate::look::{self, Aim, Errand, Sight, Target};
use crate::memory::{EVIDENCE_BATCH, Extent, Kept, Memory, Note};
use crate::outside::Eyes;
use crate::refresh::{LookError, unseen};

/// Where the looks of one process write down what they saw, one after another.
#[derive(Debug, Default)]
pub struct Desk(Mutex<()>);

/// With what is looked.
pub struct Sweep<'a> {
    /// What is declared.
    pub estate: &'a Estate,
    /// The worlds.
    pub eyes: &'a Eyes,
    /// Where it is remembered.
    pub store: &'a dyn Remembers,
    /// Who writes when.
    pub desk: &'a Desk,
    /// The way to stop; then nothing is remembered.
    pub stop: &'a CancellationToken,
}

/// What a sweep brought.
#[derive(Debug, Default)]
pub struct Swept {
    /// Whom it met.
    pub met: Vec<Met>,
    /// Why a cloud did not answer to the end, if it did not.
    pub silent: Option<Box<CloudError>>,
    /// Fleets of which not even the members are known.
    pub unseen: Vec<UnseenFleet>,
}

/// An instance that somebody met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// Under which source its facts are kept.
    pub source: SourceKey,
    /// Its id.
    pub id: ResourceId,
    /// Its name.
    pub name: InstanceName,
    /// When its guest or its door last answered.
    pub looked: Stamp,
}

impl Sweep<'_> {
    /// What one cloud says of all that is declared of it: for each source, who is not named is gone.
    pub async fn cloud(&self, provider: &ProviderName) -> Result<Swept, LookError> {
        let all = look::everything(self.estate, &crate::Filter::default(), Aim::CLOUD);
        let of_it = |errand: &Errand| errand.asks() == Some(provider);
        self.go(all.into_iter().filter(of_it).collect(), Aim::CLOUD, Extent::Whole).await
    }

    /// Everything about these.
    pub async fn machines(&self, members: &[(SourceKey, ResourceId)]) -> Result<Swept, LookError> {
        let errands = look::members(self.estate, members, Aim::WHOLE);
        self.go(errands, Aim::WHOLE, Extent::Members).await
    }

    fn now(&self) -> Stamp {
        Stamp::of(self.eyes.clock.now())
    }

    async fn go(&self, errands: Vec<Errand>, aim: Aim, extent: Extent) -> Result<Swept, LookError> {
        let began = self.now();
        let targets: Vec<Target> = errands.iter().flat_map(Errand::targets).collect();
        let mut looking = look::look(self.eyes, errands, self.stop, Kept::by(aim));
        let (mut notes, mut evidence, mut blind) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            let sight = tokio::select! {
                biased;
                () = self.stop.cancelled() => return Err(LookError::Stopped),
                sight = looking.next() => sight,
            };
            match sight {
                Some(Sight::Page(page)) => {
                    for one in page {
                        evidence.push((one.note.name.clone(), one.evidence?));
                        notes.push(one.note);
                    }
                    // Evidence lies apart by instance and world, so that writing it takes nothing from anybody.
                    if evidence.len() >= EVIDENCE_BATCH {
                        let batch = std::mem::take(&mut evidence);
                        self.store.save_evidence(&Author::Looker, batch).await?;
                    }
                }
                Some(Sight::Blind { targets, error, .. }) => blind.push((targets, error)),
                None => break,
            }
        }
        self.store.save_evidence(&Author::Looker, evidence).await?;
        Ok(self.put_together((extent, began), &targets, &notes, blind).await?)
    }

    async fn put_together(
        &self,
        (extent, began): (Extent, Stamp),
        targets: &[Target],
        notes: &[Note],
        blind: Vec<(Vec<Target>, CloudError)>,
    ) -> Result<Swept, StoreError> {
        let _mine = self.desk.0.lock().await;
        let mut memory = Memory::load(self.store, &Author::Looker, began).await?;
        memory.expect(targets);
        let mut swept = Swept::default();
        for note in notes {
            let answered = memory.add(note).looks.answered;
            swept.met.push(Met {
                source: note.look.key.clone(),
                id: note.id.clone(),
                name: note.name.clone(),
                looked: answered[World::Guest].max(answered[World::Outside]),
            });
        }
        let at = self.now();
        for (targets, error) in blind {
            let gap = error.as_gap();
            for key in memory.fail(targets, &gap, at) {
                swept.unseen.extend(unseen(&key, &gap));
            }
            swept.silent = Some(Box::new(error));
        }
        memory.save(extent).await?;
        Ok(swept)
    }
}
