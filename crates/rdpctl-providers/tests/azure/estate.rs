//! A simulated subscription, and the provider that is connected to it.

use std::collections::BTreeMap;
use std::path::Path;

use rdpctl_contract::cloud::{
    CloudAsk, CloudChanger, CloudError, CloudNeeds, CloudOrder, CloudReader, Which,
};
use rdpctl_model::account::{Azure, AzureCloud as Which3, AzureCredentials, Calls, Rates, Route};
use rdpctl_model::cloud::{CloudSurvey, Handles};
use rdpctl_model::outcome::Receipt;
use rdpctl_model::secret::Secret;
use rdpctl_model::{CloudAction, Gap, ProviderName, ResourceId};
use rdpctl_providers::azure::{AzureCloud, Surroundings};
use rdpctl_sim::{RunningSim, Sim, SimOptions, World};
use tokio_util::sync::CancellationToken;

pub(crate) const SUBSCRIPTION: &str = "11111111-2222-3333-4444-555555555555";

/// A running world, seen through the provider.
pub(crate) struct Estate {
    pub(crate) cloud: AzureCloud,
    pub(crate) sim: RunningSim,
    pub(crate) stop: CancellationToken,
}

/// What every world of these tests begins with; what follows may add to the account.
const HEAD: &str = r#"
[world]
seed = 7
time-scale = "instant"
[policy]
rate-limits = "unlimited"
[account.corp]
kind = "azure"
region = "koreacentral"
subscription = "11111111-2222-3333-4444-555555555555"
"#;

impl Estate {
    /// Runs a world whose account is there already; times pass at once.
    pub(crate) async fn start(world: &str) -> Self {
        let world = World::parse(Path::new("world.toml"), &format!("{HEAD}{world}")).unwrap();
        let sim = Sim::start(world, SimOptions::default()).await.unwrap();
        let cloud = connect(&sim, |_| {});
        Self { cloud, sim, stop: CancellationToken::new() }
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

    /// Surveys one instance that is there.
    pub(crate) async fn see(&self, name: &str) -> CloudSurvey {
        let id = vm(name);
        let mut seen = self.survey(Which::Ids(vec![id.clone()])).await.unwrap();
        seen.remove(id.as_str()).unwrap().unwrap()
    }

    /// Does one thing.
    pub(crate) async fn act(&self, name: &str, action: CloudAction) -> Result<Receipt, CloudError> {
        let order = CloudOrder {
            instance: vm(name),
            action,
            handles: Handles::default(),
            token: format!("run-1.{name}"),
            created: Vec::new(),
        };
        self.cloud.perform(vec![order], &self.stop).await.remove(0)
    }

    /// How often the simulator was asked for something.
    pub(crate) fn calls(&self, permission: &str) -> u64 {
        self.sim.counters().calls("azure", permission)
    }
}

/// The provider, with its surroundings as `change` makes them.
pub(crate) fn connect(sim: &RunningSim, change: impl FnOnce(&mut Surroundings)) -> AzureCloud {
    let key = sim.endpoints().credentials.values().next().unwrap().clone();
    let declared = Azure {
        cloud: Which3::Public,
        tenant: key.tenant.clone(),
        subscription: key.subscription.clone().unwrap(),
        credentials: AzureCredentials::Chain,
        calls: Calls {
            endpoint: Some(sim.endpoints().azure.clone()),
            route: Route::Usual,
            rates: Rates::Unlimited,
        },
    };
    let mut around = Surroundings::default();
    around.variables.insert("AZURE_CLIENT_ID", Secret::new(key.secret_id.clone()));
    around.variables.insert("AZURE_CLIENT_SECRET", Secret::new(key.secret_key));
    change(&mut around);
    AzureCloud::connect(&ProviderName::new("corp"), &declared, &around).unwrap()
}

/// The id of a VM in the group `rg`.
pub(crate) fn vm(name: &str) -> ResourceId {
    ResourceId::new(format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/{name}"
    ))
}
