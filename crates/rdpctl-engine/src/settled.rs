//! A cloud account that is asked once for what will not move: while a proof waits for a door, the machine behind it runs
//! and has its address already.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rdpctl_contract::{
    Changed, ChangesAsk, CloudAsk, CloudError, CloudNeeds, CloudPage, CloudReader, Which,
};
use rdpctl_model::cloud::{CloudSurvey, PowerState};
use rdpctl_model::tariff::CloudTariff;
use rdpctl_model::{ProviderName, ResourceId};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::outside::Eyes;

/// The same eyes, for one proof: a machine that was seen running at an address is not asked for again.
pub(crate) fn settled(eyes: Eyes) -> Eyes {
    let clouds = eyes
        .clouds
        .into_iter()
        .map(|(name, cloud)| {
            let settled: Arc<dyn CloudReader> =
                Arc::new(SettledCloud { cloud, seen: Mutex::default() });
            (name, settled)
        })
        .collect();
    Eyes { clouds, ..eyes }
}

struct SettledCloud {
    cloud: Arc<dyn CloudReader>,
    seen: Mutex<HashMap<ResourceId, Arc<CloudSurvey>>>,
}

impl SettledCloud {
    /// Those among the ids that are settled.
    fn known(&self, ids: &[ResourceId]) -> CloudPage {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        ids.iter().filter_map(|id| Some((id.clone(), Ok(Arc::clone(seen.get(id)?))))).collect()
    }

    fn remember(&self, page: &CloudPage) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, answer) in page {
            if let Ok(cloud) = answer
                && cloud.power.state == PowerState::Running
                && cloud.handles.public_ip.is_some()
            {
                seen.insert(id.clone(), Arc::clone(cloud));
            }
        }
    }
}

#[async_trait]
impl CloudReader for SettledCloud {
    fn provider(&self) -> &ProviderName {
        self.cloud.provider()
    }

    async fn survey(
        &self,
        ask: CloudAsk,
        pages: mpsc::Sender<CloudPage>,
        stop: &CancellationToken,
    ) -> Result<(), CloudError> {
        let Which::Ids(ids) = &ask.which else { return self.cloud.survey(ask, pages, stop).await };
        let known = self.known(ids);
        let settled: HashSet<&ResourceId> = known.iter().map(|(id, _)| id).collect();
        let rest: Vec<ResourceId> =
            ids.iter().filter(|id| !settled.contains(id)).cloned().collect();
        if !known.is_empty() && pages.send(known).await.is_err() {
            return Err(CloudError::Stopped);
        }
        if rest.is_empty() {
            return Ok(());
        }
        let ask = CloudAsk { which: Which::Ids(rest), ..ask };
        let (inner, mut answers) = mpsc::channel(1);
        let asking = self.cloud.survey(ask, inner, stop);
        let handing_on = async {
            while let Some(page) = answers.recv().await {
                self.remember(&page);
                // Whoever listens no more does not want to know.
                let _ = pages.send(page).await;
            }
        };
        let (asked, ()) = tokio::join!(asking, handing_on);
        asked
    }

    async fn identity(&self, stop: &CancellationToken) -> Result<String, CloudError> {
        self.cloud.identity(stop).await
    }

    async fn account(&self, stop: &CancellationToken) -> Result<String, CloudError> {
        self.cloud.account(stop).await
    }

    fn tariff(&self) -> CloudTariff {
        self.cloud.tariff()
    }

    fn read_permissions(&self, needs: &CloudNeeds) -> Vec<String> {
        self.cloud.read_permissions(needs)
    }

    async fn changes(
        &self,
        ask: &ChangesAsk,
        stop: &CancellationToken,
    ) -> Result<Vec<Changed>, CloudError> {
        self.cloud.changes(ask, stop).await
    }

    fn log_permissions(&self) -> Vec<String> {
        self.cloud.log_permissions()
    }
}

#[cfg(test)]
mod tests {
    use rdpctl_contract::Meter;
    use rdpctl_contract::fake::{Machine, World};

    use super::*;

    /// Asks for these, and says how many answered and how many calls that cost.
    async fn asked(cloud: &SettledCloud, ids: &[&str]) -> (usize, u64) {
        let meter = Meter::default();
        let which = Which::Ids(ids.iter().map(ResourceId::new).collect());
        let ask = CloudAsk::anew(which, CloudNeeds::default());
        let (pages, mut answers) = mpsc::channel(8);
        let stop = CancellationToken::new();
        meter.during(cloud.survey(ask, pages, &stop)).await.unwrap();
        let mut answered = 0;
        while let Some(page) = answers.recv().await {
            answered += page.len();
        }
        (answered, meter.spent().api_calls)
    }

    #[tokio::test(start_paused = true)]
    async fn a_machine_that_runs_at_an_address_is_asked_for_once_and_all_others_again() {
        let start = "2026-11-28T02:00:00Z".parse().unwrap();
        let world = World::new(start, std::time::Duration::ZERO)
            .with(Machine::running("ins-1", [127, 64, 0, 1].into()))
            .with(Machine::running("ins-2", [127, 64, 0, 2].into()));
        world.at("ins-2", |machine| machine.cloud.power.state = PowerState::Stopped);
        let cloud = SettledCloud { cloud: Arc::new(world.cloud("gz")), seen: Mutex::default() };
        assert_eq!(asked(&cloud, &["ins-1", "ins-2"]).await, (2, 1));
        assert_eq!(asked(&cloud, &["ins-1"]).await, (1, 0));
        assert_eq!(asked(&cloud, &["ins-1", "ins-2"]).await, (2, 1), "it may have been started");
    }
}
