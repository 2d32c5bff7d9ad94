//! What a channel makes in a cloud for one call, in the state's list of what was made: whoever looks and whoever changes
//! things enters it alike, since it is there whoever made it.

use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use rdpctl_contract::store::{Holder, Made};
use rdpctl_contract::{Author, Clock, ForACall, Store, StoreError};
use rdpctl_engine::lease::{Here, Process};
use rdpctl_model::outcome::{Created, CreatedKind, JournalSubject};
use rdpctl_model::{InstanceName, ProviderName, ResourceId};

use crate::asked::whoami;

/// Where hands keep what is theirs to keep.
#[derive(Clone, Copy)]
pub(crate) struct Keeps<'a> {
    /// The state; none for whoever keeps nothing.
    pub(crate) store: Option<&'a Arc<dyn Store>>,
    /// The folder for changes of disks.
    pub(crate) home: &'a Path,
}

impl Keeps<'_> {
    /// The state's list, for the calls of one account.
    pub(crate) fn for_calls_of(
        self,
        provider: &ProviderName,
        clock: &Arc<dyn Clock>,
    ) -> Arc<dyn ForACall> {
        Arc::new(OnRecord {
            provider: provider.clone(),
            store: self.store.cloned(),
            clock: Arc::clone(clock),
            here: Here::look(whoami(), String::new()),
        })
    }
}

struct OnRecord {
    provider: ProviderName,
    store: Option<Arc<dyn Store>>,
    clock: Arc<dyn Clock>,
    here: Here,
}

impl fmt::Debug for OnRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnRecord").field("provider", &self.provider).finish_non_exhaustive()
    }
}

impl OnRecord {
    fn created(&self, kind: CreatedKind, id: &ResourceId) -> Created {
        Created { kind, provider: self.provider.clone(), id: id.clone() }
    }

    /// Where numbers of processes mean what they mean here; nothing where the system does not say.
    fn place(&self) -> Option<u32> {
        let Holder { boot, namespace, .. } = &self.here.holder;
        if boot.is_empty() || namespace.is_empty() {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        (boot, namespace).hash(&mut hasher);
        u32::try_from(hasher.finish() >> 32).ok()
    }
}

#[async_trait]
impl ForACall for OnRecord {
    async fn enter(
        &self,
        instance: &InstanceName,
        kind: CreatedKind,
        id: &ResourceId,
    ) -> Result<(), StoreError> {
        let Some(store) = &self.store else { return Ok(()) };
        let subject = JournalSubject::Instance(instance.clone());
        let made = Made { subject, created: self.created(kind, id), at: self.clock.now() };
        store.enter(&Author::Looker, &made).await
    }

    async fn gone(&self, kind: CreatedKind, id: &ResourceId) -> Result<(), StoreError> {
        let Some(store) = &self.store else { return Ok(()) };
        store.released(&Author::Looker, &self.created(kind, id)).await
    }

    fn mark(&self) -> u64 {
        self.place().map_or(0, |place| u64::from(place) << 32 | u64::from(self.here.holder.pid))
    }

    fn is_over(&self, mark: u64) -> bool {
        let (Some(place), Ok(pid)) = (self.place(), u32::try_from(mark & u64::from(u32::MAX)))
        else {
            return false;
        };
        let maker = Holder { pid, ..self.here.holder.clone() };
        mark >> 32 == u64::from(place) && self.here.process(&maker) == Process::Gone
    }
}
