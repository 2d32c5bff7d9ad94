//! A simulated account, and the provider that is connected to it.

use std::collections::BTreeMap;
use std::path::Path;

use rdpctl_contract::cloud::{
    CloudAsk, CloudChanger, CloudError, CloudNeeds, CloudOrder, CloudReader, Which,
};
use rdpctl_model::account::{Calls, Rates, Route, Tencent, TencentCredentials};
use rdpctl_model::cloud::{CloudSurvey, Handles};
use rdpctl_model::declaration::Selector;
use rdpctl_model::outcome::Receipt;
use rdpctl_model::{CloudAction, Gap, ProviderName, ResourceId};
use rdpctl_providers::tencent::TencentCloud;
use rdpctl_sim::{RunningSim, Sim, SimOptions, World};
use tokio_util::sync::CancellationToken;

use crate::peer::surroundings;

/// A running world, seen through the provider.
pub(crate) struct Estate {
    pub(crate) cloud: TencentCloud,
    pub(crate) sim: RunningSim,
    pub(crate) stop: CancellationToken,
}

/// What every world of these tests begins with.
const HEAD: &str = r#"
[world]
seed = 7
time-scale = "instant"
[account.gz]
kind = "tencent"
region = "ap-guangzhou"
secret-id = "AKIDtest0000000000000000000000000000"
secret-key = "test-opens-nothing"
[policy]
rate-limits = "unlimited"
"#;

impl Estate {
    /// Runs a world whose account is there already; times pass at once.
    pub(crate) async fn start(world: &str) -> Self {
        Self::of(&format!("{HEAD}{world}"), Rates::Unlimited).await
    }

    /// Runs a whole world at these rates.
    pub(crate) async fn of(world: &str, rates: Rates) -> Self {
        let world = World::parse(Path::new("world.toml"), world).unwrap();
        let sim = Sim::start(world, SimOptions::default()).await.unwrap();
        let (id, key) = {
            let account = sim.endpoints().credentials.values().next().unwrap();
            (account.secret_id.clone(), account.secret_key.clone())
        };
        let declared = Tencent {
            region: "ap-guangzhou".to_owned(),
            credentials: TencentCredentials::Chain,
            commands: Vec::new(),
            calls: Calls {
                endpoint: Some(sim.endpoints().tencent.clone()),
                route: Route::Usual,
                rates,
            },
        };
        let around =
            surroundings(&[("TENCENTCLOUD_SECRET_ID", &id), ("TENCENTCLOUD_SECRET_KEY", &key)]);
        let cloud = TencentCloud::connect(&ProviderName::new("gz"), &declared, around).unwrap();
        Self { cloud, sim, stop: CancellationToken::new() }
    }

    /// The same world, seen by a process that knows nothing of what was done before.
    pub(crate) fn reconnected(self) -> Self {
        let cloud = TencentCloud::new(ProviderName::new("gz"), self.cloud.client());
        Self { cloud, ..self }
    }

    /// Surveys everything about those instances.
    pub(crate) async fn survey(
        &self,
        which: Which,
    ) -> Result<BTreeMap<String, Result<CloudSurvey, Gap>>, CloudError> {
        let needs = CloudNeeds { addresses: true, doors: true, agent: true };
        let (send, mut receive) = tokio::sync::mpsc::channel(4);
        let survey = self.cloud.survey(CloudAsk::anew(which, needs), send, &self.stop);
        let collect = async {
            let mut seen = BTreeMap::new();
            while let Some(page) = receive.recv().await {
                for (id, fact) in page {
                    let fact = fact.map(|survey| (*survey).clone());
                    assert!(seen.insert(id.as_str().to_owned(), fact).is_none(), "{id} came twice");
                }
            }
            seen
        };
        let (result, seen) = tokio::join!(survey, collect);
        result.map(|()| seen)
    }

    /// The ids of all instances.
    pub(crate) async fn all(&self) -> Vec<String> {
        self.survey(Which::Select(Selector::default())).await.unwrap().into_keys().collect()
    }

    /// Surveys one instance that is there.
    pub(crate) async fn see(&self, id: &str) -> CloudSurvey {
        let mut seen = self.survey(Which::Ids(vec![ResourceId::new(id)])).await.unwrap();
        seen.remove(id).unwrap().unwrap()
    }

    /// Does one thing.
    pub(crate) async fn act(&self, id: &str, action: CloudAction) -> Result<Receipt, CloudError> {
        self.perform(vec![order(id, action)]).await.remove(0)
    }

    /// Does several things.
    pub(crate) async fn perform(
        &self,
        orders: Vec<CloudOrder>,
    ) -> Vec<Result<Receipt, CloudError>> {
        self.cloud.perform(orders, &self.stop).await
    }

    /// How often the simulator was asked for an action.
    pub(crate) fn calls(&self, service: &str, action: &str) -> u64 {
        self.sim.counters().calls(service, action)
    }
}

/// An order with a token of its own.
pub(crate) fn order(id: &str, action: CloudAction) -> CloudOrder {
    CloudOrder {
        instance: ResourceId::new(id),
        action,
        handles: Handles::default(),
        token: format!("run-1.{id}"),
        created: Vec::new(),
    }
}
