//! Looks under way: each a task with a deadline, whose end is told whatever happens to it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rdpctl_contract::{Store, StoreError, told};
use rdpctl_engine::sweep::{Desk, Sweep, Swept};
use rdpctl_engine::{Estate, Eyes, LookError};
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span};

use crate::subject::{Machine, Pool};
use rdpctl_model::ProviderName;

/// No look takes longer: a hundred guests that run into their own limits, twice.
const DEADLINE: Duration = Duration::from_mins(5);

/// One look.
#[derive(Clone, Debug)]
pub(crate) enum Unit {
    /// At a cloud as a whole.
    Cloud(ProviderName),
    /// At some machines of one provider.
    Machines(ProviderName, Vec<Arc<Machine>>),
}

impl Unit {
    /// What it is in logs and traces.
    fn span(&self) -> Span {
        match self {
            Self::Cloud(provider) => {
                tracing::info_span!("look", provider = provider.as_str(), what = "cloud")
            }
            Self::Machines(provider, machines) => {
                let (provider, machines) = (provider.as_str(), machines.len());
                tracing::info_span!("look", provider, what = "machines", machines)
            }
        }
    }

    pub(crate) fn pool(&self) -> Pool {
        match self {
            Self::Cloud(provider) => Pool::Cloud(provider.clone()),
            Self::Machines(provider, _) => Pool::Machines(provider.clone()),
        }
    }
}

/// How a look ended.
pub(crate) enum Ended {
    /// It brought something.
    Brought(Swept),
    /// What it brought could not be remembered.
    Forgotten(StoreError),
    /// It was stopped, took too long, or broke down.
    Nothing(String),
}

impl Ended {
    /// What it brought, or why it came to nothing.
    pub(crate) fn brought(self) -> Result<Swept, String> {
        match self {
            Self::Brought(swept) => Ok(swept),
            Self::Forgotten(error) => Err(told(&error)),
            Self::Nothing(why) => Err(why),
        }
    }
}

/// With what is looked.
#[derive(Clone)]
pub(crate) struct Means {
    pub(crate) estate: Arc<Estate>,
    pub(crate) eyes: Eyes,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) desk: Arc<Desk>,
}

/// Looks under way.
#[derive(Default)]
pub(crate) struct Work {
    tasks: JoinSet<Ended>,
    units: HashMap<Id, (Unit, Instant)>,
    stop: CancellationToken,
}

impl Work {
    pub(crate) fn start(&mut self, unit: Unit, means: &Means) {
        let (means, stop, of) = (means.clone(), self.stop.child_token(), unit.clone());
        let span = of.span();
        let looking = async move {
            let looked = tokio::time::timeout(DEADLINE, look(&of, &means, &stop)).await;
            match looked {
                Ok(Ok(swept)) => Ended::Brought(swept),
                Ok(Err(LookError::Store(error))) => Ended::Forgotten(error),
                Ok(Err(LookError::Stopped)) => Ended::Nothing("stopped".to_owned()),
                Err(_) => Ended::Nothing(format!("it took longer than {} s", DEADLINE.as_secs())),
            }
        };
        let task = self.tasks.spawn(looking.instrument(span));
        self.units.insert(task.id(), (unit, Instant::now()));
    }

    /// How many are under way in a pool.
    pub(crate) fn in_hand(&self, pool: &Pool) -> usize {
        self.units.values().filter(|(unit, _)| unit.pool() == *pool).count()
    }

    /// The next that ended, and how long it took; waits for ever where nothing is under way. It may be dropped at any time.
    pub(crate) async fn next(&mut self) -> (Unit, Ended, Duration) {
        loop {
            let (id, ended) = match self.tasks.join_next_with_id().await {
                Some(Ok((id, ended))) => (id, ended),
                Some(Err(broken)) => (broken.id(), Ended::Nothing(broken.to_string())),
                None => std::future::pending().await,
            };
            if let Some((unit, began)) = self.units.remove(&id) {
                return (unit, ended, began.elapsed());
            }
        }
    }

    /// Ends all of it: looking changes nothing, and what was not remembered is looked at again.
    pub(crate) async fn stop(&mut self) {
        self.stop.cancel();
        self.tasks.shutdown().await;
        self.units.clear();
    }
}

async fn look(unit: &Unit, means: &Means, stop: &CancellationToken) -> Result<Swept, LookError> {
    let sweep = Sweep {
        estate: &means.estate,
        eyes: &means.eyes,
        store: means.store.as_ref(),
        desk: &means.desk,
        stop,
    };
    match unit {
        Unit::Cloud(provider) => sweep.cloud(provider).await,
        Unit::Machines(_, machines) => {
            let members: Vec<_> =
                machines.iter().map(|one| (one.source.clone(), one.id.clone())).collect();
            sweep.machines(&members).await
        }
    }
}
