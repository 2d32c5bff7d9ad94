//! An account that holds the machines of a [`super::World`].

#![expect(clippy::result_large_err, reason = "the contract's error is as large as it is")]

use std::sync::Arc;

use async_trait::async_trait;
use rdpctl_model::action::CloudVerb;
use rdpctl_model::action::traits::Money;
use rdpctl_model::cloud::{
    AddressFact, AgentFact, BandwidthFact, ChargeType, CloudSurvey, PowerState,
};
use rdpctl_model::declaration::Selector;
use rdpctl_model::outcome::{Created, CreatedKind, Receipt};
use rdpctl_model::plan::{Per, Price};
use rdpctl_model::tariff::{CloudTariff, Cost};
use rdpctl_model::{CloudAction, Gap, ProviderName, ResourceId, Said};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::deed::What;
use super::rules::{self, Edit};
use super::{Machine, State, World};
use crate::changes::{Changed, ChangesAsk};
use crate::cloud::{
    CloudAsk, CloudChanger, CloudError, CloudNeeds, CloudOrder, CloudPage, CloudReader, Retry,
    Told, Which,
};
use crate::{Leave, Meter};

/// How many instances come in one page.
const PAGE: usize = 100;

/// An account of a world.
#[derive(Clone, Debug)]
pub struct FakeCloud {
    world: World,
    provider: ProviderName,
}

impl FakeCloud {
    pub(super) const fn new(world: World, provider: ProviderName) -> Self {
        Self { world, provider }
    }

    fn count(&self, call: &str) {
        Meter::call();
        *self.world.state().calls.entry(call.to_owned()).or_default() += 1;
    }

    fn created(&self, kind: CreatedKind, id: ResourceId) -> Receipt {
        let created = Created { kind, provider: self.provider.clone(), id };
        Receipt { created: Some(created), ..Receipt::default() }
    }

    fn ids(&self, which: &Which) -> Vec<ResourceId> {
        match which {
            Which::Ids(ids) => ids.clone(),
            Which::Select(selector) => {
                let state = self.world.state();
                let picked = state.machines.values().filter(|machine| picks(selector, machine));
                picked.map(|machine| machine.cloud.id.clone()).collect()
            }
        }
    }

    fn apply(&self, order: &CloudOrder) -> Result<Receipt, CloudError> {
        let state = &mut *self.world.state();
        let already = || Receipt { already: true, ..Receipt::default() };
        let edited = |edit| match edit {
            Edit::Done => Ok(Receipt::default()),
            Edit::Already => Ok(already()),
            Edit::Moved => Err(CloudError::Stale { moved: Said::quoted("the rules have changed") }),
        };
        match &order.action {
            CloudAction::OpenDoor { rule_set, version, rule, .. } => {
                return edited(rules::open(state, rule_set, version, rule));
            }
            CloudAction::CloseDoor { rule_set, version, rule } => {
                return edited(rules::close(state, rule_set, version, rule));
            }
            CloudAction::ReleaseAddress { address } => {
                return Ok(Receipt { already: !state.release(address), ..Receipt::default() });
            }
            CloudAction::AllocateAddress { mbps } => {
                let known = state.free.get(&order.token).map(|(id, _)| id.clone());
                let id = known.unwrap_or_else(|| {
                    let id = state.make("eip");
                    state.free.insert(order.token.clone(), (id.clone(), *mbps));
                    id
                });
                return Ok(self.created(CreatedKind::Address, id));
            }
            CloudAction::SnapshotSystemDisk => {
                let id = state.make("snap");
                return Ok(self.created(CreatedKind::Snapshot, id));
            }
            CloudAction::Start
            | CloudAction::AssociateAddress
            | CloudAction::TransformAddress
            | CloudAction::SetAddressBandwidth { .. }
            | CloudAction::SetInstanceBandwidth { .. }
            | CloudAction::Reboot => {}
        }
        let State { machines, free, .. } = state;
        let gone =
            || CloudError::Stale { moved: Said::quoted(format!("{} is gone", order.instance)) };
        let cloud = &mut machines.get_mut(&order.instance).ok_or_else(gone)?.cloud;
        let before = cloud.clone();
        match order.action {
            CloudAction::Start => cloud.power.state = PowerState::Running,
            CloudAction::AssociateAddress if cloud.address == AddressFact::None => {
                let token = free
                    .iter()
                    .find(|(_, (id, _))| order.made(CreatedKind::Address) == Some(id))
                    .map(|(token, _)| token.clone());
                let bound = token.and_then(|token| free.remove(&token));
                let none = || CloudError::Stale { moved: Said::quoted("no free address of ours") };
                let (id, mbps) = bound.ok_or_else(none)?;
                cloud.address = AddressFact::Elastic { blocker: None };
                cloud.bandwidth = BandwidthFact::Address { mbps, charge: ChargeType::Traffic };
                cloud.handles.address_id = Some(id);
                // A documentation address: nobody dials it by mistake.
                cloud.handles.public_ip = Some([192, 0, 2, 1].into());
            }
            CloudAction::TransformAddress => {
                cloud.address = AddressFact::Elastic { blocker: None };
            }
            CloudAction::SetAddressBandwidth { mbps } => {
                cloud.bandwidth = BandwidthFact::Address { mbps, charge: ChargeType::Traffic };
            }
            CloudAction::SetInstanceBandwidth { mbps } => {
                cloud.bandwidth = BandwidthFact::Instance { mbps, charge: ChargeType::Traffic };
            }
            CloudAction::AssociateAddress
            | CloudAction::Reboot
            | CloudAction::AllocateAddress { .. }
            | CloudAction::OpenDoor { .. }
            | CloudAction::CloseDoor { .. }
            | CloudAction::SnapshotSystemDisk
            | CloudAction::ReleaseAddress { .. } => {}
        }
        let already = *cloud == before && order.action != CloudAction::Reboot;
        Ok(Receipt { already, ..Receipt::default() })
    }

    async fn act(&self, order: CloudOrder, stop: CancellationToken) -> Result<Receipt, CloudError> {
        let fails = self.world.at(order.instance.as_str(), |machine| machine.fails.clone());
        let deed = self.world.begin(&order.instance, What::Cloud(order.action.clone()));
        self.world.pass(&stop).await.map_err(|_| CloudError::Stopped)?;
        self.world.end(deed);
        match fails.flatten() {
            Some(why) => Err(CloudError::Refused {
                action: format!("{:?}", order.action),
                code: "Fake".to_owned(),
                message: why,
                advice: rdpctl_model::Said::default(),
                request_id: String::new(),
                retry: Retry::Never,
            }),
            None => self.apply(&order),
        }
    }
}

impl State {
    /// Gives an address back, bound or not. Says whether there was one.
    fn release(&mut self, address: &ResourceId) -> bool {
        let free = self.free.len();
        self.free.retain(|_, (id, _)| id != address);
        let bound = self
            .machines
            .values_mut()
            .map(|machine| &mut machine.cloud)
            .find(|cloud| cloud.handles.address_id.as_ref() == Some(address));
        if let Some(cloud) = bound {
            cloud.address = AddressFact::None;
            cloud.bandwidth = BandwidthFact::NoAddress;
            (cloud.handles.address_id, cloud.handles.public_ip) = (None, None);
            return true;
        }
        self.free.len() < free
    }

    fn make(&mut self, kind: &str) -> ResourceId {
        self.made += 1;
        ResourceId::new(format!("{kind}-{}", self.made))
    }
}

/// What a cloud says of a machine when so much is asked.
fn told(machine: &Machine, needs: &CloudNeeds) -> CloudSurvey {
    let mut cloud = machine.cloud.clone();
    if !needs.agent {
        cloud.agent = AgentFact::NotAsked;
    }
    cloud
}

/// Whether a selector means a machine, as far as tags and whole names go.
fn picks(selector: &Selector, machine: &Machine) -> bool {
    let tags = &machine.cloud.handles.tags;
    selector.tags.iter().all(|(key, value)| tags.iter().any(|(k, v)| k == key && v == value))
        && (selector.names.is_empty() || selector.names.contains(&machine.cloud.name))
}

#[async_trait]
impl CloudReader for FakeCloud {
    fn provider(&self) -> &ProviderName {
        &self.provider
    }

    async fn survey(
        &self,
        ask: CloudAsk,
        pages: mpsc::Sender<CloudPage>,
        stop: &CancellationToken,
    ) -> Result<(), CloudError> {
        for ids in self.ids(&ask.which).chunks(PAGE) {
            self.count("survey");
            self.world.pass(stop).await.map_err(|_| CloudError::Stopped)?;
            let see = |id: &ResourceId| {
                let seen =
                    self.world.at(id.as_str(), |machine| Arc::new(told(machine, &ask.needs)));
                (id.clone(), seen.ok_or_else(|| Gap::NotFound { id: id.clone() }))
            };
            let page = ids.iter().map(see).collect();
            if pages.send(page).await.is_err() {
                return Err(CloudError::Stopped);
            }
        }
        Ok(())
    }

    async fn identity(&self, _: &CancellationToken) -> Result<String, CloudError> {
        Ok(format!("the owner of {}", self.provider))
    }

    async fn account(&self, _: &CancellationToken) -> Result<String, CloudError> {
        Ok("100000000001".to_owned())
    }

    fn tariff(&self) -> CloudTariff {
        CloudTariff { look: Cost::each(1), ..CloudTariff::default() }
    }

    fn read_permissions(&self, _: &CloudNeeds) -> Vec<String> {
        vec!["fake:Read".to_owned()]
    }

    async fn changes(
        &self,
        _: &ChangesAsk,
        _: &CancellationToken,
    ) -> Result<Vec<Changed>, CloudError> {
        Ok(self.world.state().changes.clone())
    }

    fn log_permissions(&self) -> Vec<String> {
        vec!["fake:ReadLog".to_owned()]
    }
}

#[async_trait]
impl CloudChanger for FakeCloud {
    async fn perform_each(&self, orders: Vec<CloudOrder>, told: Told, stop: &CancellationToken) {
        let mut hands = tokio::task::JoinSet::new();
        for (place, order) in orders.into_iter().enumerate() {
            self.count("perform");
            let (cloud, told, stop, leave) =
                (self.clone(), told.clone(), stop.clone(), Leave::here());
            hands.spawn(async move {
                let answer = if leave.holds().await {
                    cloud.act(order, stop).await
                } else {
                    Err(CloudError::Stopped)
                };
                // Who does not listen any more has all it wanted.
                let _ = told.send((place, answer));
            });
        }
        hands.join_all().await;
    }

    fn describe(&self, order: &CloudOrder) -> Vec<String> {
        vec![format!("{:?}", order.action)]
    }

    fn change_permissions(&self, _: CloudVerb) -> Vec<String> {
        vec!["fake:Change".to_owned()]
    }

    fn announced(&self, order: &CloudOrder) -> Option<Created> {
        let is_copy = order.action == CloudAction::SnapshotSystemDisk;
        is_copy.then(|| Created {
            kind: CreatedKind::Snapshot,
            provider: self.provider.clone(),
            id: ResourceId::new(order.token.clone()),
        })
    }

    async fn give_back(&self, _: &Created, _: &CancellationToken) -> Result<Receipt, CloudError> {
        self.count("give-back");
        Ok(Receipt::default())
    }

    /// An address costs eighty hundredths a gigabyte; for everything else nothing is quoted.
    async fn price(
        &self,
        order: &CloudOrder,
        _: &CancellationToken,
    ) -> Result<Option<Price>, CloudError> {
        let quoted = order.action.traits().money == Money::Address;
        Ok(quoted.then_some(Price { millionths: 800_000, currency: None, per: Per::Gigabyte }))
    }
}
