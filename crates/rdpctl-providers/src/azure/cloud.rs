//! Azure behind the contract's traits: one subscription.

use std::sync::Arc;

use async_trait::async_trait;
use rdpctl_contract::cloud::{
    CloudAsk, CloudChanger, CloudError, CloudNeeds, CloudOrder, CloudPage, CloudReader, Told,
};
use rdpctl_contract::{Changed, ChangesAsk, DiskWork, WorkPriced};
use rdpctl_model::account::Azure;
use rdpctl_model::action::CloudVerb;
use rdpctl_model::outcome::{Created, CreatedKind, Receipt};
use rdpctl_model::plan::Price;
use rdpctl_model::repair::NoLink;
use rdpctl_model::secret::Secret;
use rdpctl_model::tariff::CloudTariff;
use rdpctl_model::{CloudAction, ProviderName, ResourceId};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::arm::Subscription;
use super::change::{Changer, door, snapshot};
use super::client::{Ask, COMPUTE, Client, ClientError, DISKS, NETWORK, SUBSCRIPTIONS};
use super::credentials::Surroundings;
use super::id::ArmId;
use super::lend::{self, LentDisk, NotLent};
use super::{describe, log, managed_left, permission, price, screen, survey, tariff};
use crate::moved::say as moved;

/// One subscription.
#[derive(Debug)]
pub struct AzureCloud {
    provider: ProviderName,
    client: Arc<Client>,
}

/// Why a declared provider cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The endpoint makes no sense.
    #[error("provider {provider}: the endpoint is not usable: {why}")]
    Endpoint {
        /// The provider.
        provider: ProviderName,
        /// Why.
        why: String,
    },
    /// There is no way to send anything.
    #[error("provider {provider}: no connection can be made")]
    Http {
        /// The provider.
        provider: ProviderName,
        /// Why.
        source: reqwest::Error,
    },
}

impl AzureCloud {
    /// The subscription that a declaration names. Nothing is sent yet.
    ///
    /// # Errors
    /// When the declared endpoint cannot be used.
    pub fn connect(
        provider: &ProviderName,
        declared: &Azure,
        around: &Surroundings,
    ) -> Result<Self, ConnectError> {
        let provider = provider.clone();
        match Client::new(declared, around) {
            Ok(client) => Ok(Self { provider, client: Arc::new(client) }),
            Err(ClientError::Endpoint(why)) => Err(ConnectError::Endpoint { provider, why }),
            Err(ClientError::Http(source)) => Err(ConnectError::Http { provider, source }),
        }
    }

    /// The client, which the run-command channel shares so that limits and counts are one.
    #[must_use]
    pub fn client(&self) -> Arc<Client> {
        Arc::clone(&self.client)
    }

    /// Lends the content of a snapshot for reading, by a link that lives for half an hour at most. [`Self::take_back`]
    /// ends it.
    pub async fn lend(
        &self,
        snapshot: &ResourceId,
        stop: &CancellationToken,
    ) -> Result<LentDisk, NotLent> {
        lend::lend(&self.client, snapshot.as_str(), stop).await
    }

    /// Why no link to the system disk of a machine is given, as that disk says itself; nothing where it does not.
    pub async fn closed_to_links(
        &self,
        vm: &ResourceId,
        stop: &CancellationToken,
    ) -> Result<Option<NoLink>, CloudError> {
        price::closed_to_links(&self.client, vm, stop).await
    }

    /// Takes the link to a snapshot back.
    pub async fn take_back(
        &self,
        snapshot: &ResourceId,
        stop: &CancellationToken,
    ) -> Result<Receipt, CloudError> {
        lend::take_back(&self.client, snapshot.as_str(), stop).await
    }

    pub(super) fn provider_name(&self) -> &ProviderName {
        &self.provider
    }

    /// What a repair of a disk needs beside that and the permissions for starting.
    #[must_use]
    pub fn repair_permissions() -> Vec<String> {
        permission::repairing_disks()
    }

    /// What a look into a disk needs beside the permissions for reading.
    #[must_use]
    pub fn look_permissions() -> Vec<String> {
        permission::looking_into_disks()
    }

    /// The permission by which whoever holds it is SYSTEM in a guest.
    pub const AS_SYSTEM: &'static str = "Microsoft.Compute/virtualMachines/runCommand/action";

    /// The names of the permissions that the run-command channel needs.
    #[must_use]
    pub fn run_command_permissions() -> Vec<String> {
        permission::run_command()
    }

    /// What a picture of the screen needs.
    #[must_use]
    pub fn screen_permissions() -> Vec<String> {
        permission::screen()
    }

    /// A link to the last picture of a VM's screen, honoured for an hour; none where none is kept.
    ///
    /// # Errors
    ///
    /// As a call fails, such as for a role that does not allow it.
    pub async fn screenshot(
        &self,
        vm: &ResourceId,
        stop: &CancellationToken,
    ) -> Result<Option<Secret>, CloudError> {
        screen::link(&self.client, vm, stop).await
    }

    /// The names of the permissions that the serial console needs.
    #[must_use]
    pub fn console_permissions() -> Vec<String> {
        permission::console()
    }
}

#[async_trait]
impl CloudReader for AzureCloud {
    fn provider(&self) -> &ProviderName {
        &self.provider
    }

    async fn survey(
        &self,
        ask: CloudAsk,
        pages: mpsc::Sender<CloudPage>,
        stop: &CancellationToken,
    ) -> Result<(), CloudError> {
        survey::survey(&self.client, ask, pages, stop).await
    }

    async fn identity(&self, stop: &CancellationToken) -> Result<String, CloudError> {
        let root = self.client.root();
        let answer = self.client.call(&Ask::get(&root, SUBSCRIPTIONS), stop).await?;
        let subscription: Subscription = answer.read()?;
        Ok(format!("{} ({})", subscription.display_name, self.client.subscription))
    }

    async fn account(&self, _: &CancellationToken) -> Result<String, CloudError> {
        // It stands in the declaration and in every id: nobody else's word is needed.
        Ok(self.client.subscription.clone())
    }

    fn tariff(&self) -> CloudTariff {
        tariff::TARIFF
    }

    fn read_permissions(&self, needs: &CloudNeeds) -> Vec<String> {
        permission::reading(needs)
    }

    async fn changes(
        &self,
        ask: &ChangesAsk,
        stop: &CancellationToken,
    ) -> Result<Vec<Changed>, CloudError> {
        log::changes(&self.client, ask, stop).await
    }

    fn log_permissions(&self) -> Vec<String> {
        vec![log::PERMISSION.to_owned()]
    }
}

#[async_trait]
impl CloudChanger for AzureCloud {
    async fn perform_each(&self, orders: Vec<CloudOrder>, told: Told, stop: &CancellationToken) {
        let (client, provider) = (&*self.client, &self.provider);
        Changer { client, provider, told: &told, stop }.perform(&orders).await;
    }

    fn describe(&self, order: &CloudOrder) -> Vec<String> {
        describe::calls(order)
    }

    fn change_permissions(&self, verb: CloudVerb) -> Vec<String> {
        permission::changing(verb)
    }

    fn announced(&self, order: &CloudOrder) -> Option<Created> {
        let (kind, path) = match &order.action {
            CloudAction::SnapshotSystemDisk => {
                let vm = ArmId::of(&order.instance)?;
                (CreatedKind::Snapshot, snapshot::name_for(&vm, &order.token))
            }
            // Whoever looks after a kill finds the port open and does nothing more; the rule is ours all the same.
            CloudAction::OpenDoor { rule_set, rule, .. } => {
                (CreatedKind::Rule, door::rule_path(&ArmId::of(rule_set)?.path, rule))
            }
            CloudAction::Start
            | CloudAction::Reboot
            | CloudAction::AllocateAddress { .. }
            | CloudAction::AssociateAddress
            | CloudAction::TransformAddress
            | CloudAction::SetAddressBandwidth { .. }
            | CloudAction::SetInstanceBandwidth { .. }
            | CloudAction::CloseDoor { .. }
            | CloudAction::ReleaseAddress { .. } => return None,
        };
        Some(Created { kind, provider: self.provider.clone(), id: ResourceId::new(path) })
    }

    fn is_left(&self, made: &Created) -> bool {
        made.kind == CreatedKind::RunCommand
            && managed_left::is_left(&self.client, made.id.as_str())
    }

    async fn give_back(
        &self,
        made: &Created,
        stop: &CancellationToken,
    ) -> Result<Receipt, CloudError> {
        let (told, _) = mpsc::unbounded_channel();
        let (client, provider) = (&*self.client, &self.provider);
        let changer = Changer { client, provider, told: &told, stop };
        match made.kind {
            CreatedKind::Snapshot => changer.give_snapshot_back(made.id.as_str()).await,
            CreatedKind::Sas => lend::take_back(client, made.id.as_str(), stop).await,
            CreatedKind::Disk => changer.remove(made.id.as_str(), DISKS).await,
            CreatedKind::Vm => changer.remove(made.id.as_str(), COMPUTE).await,
            CreatedKind::Nic => changer.remove(made.id.as_str(), NETWORK).await,
            CreatedKind::Address => changer.release(&made.id).await,
            CreatedKind::RunCommand => managed_left::take(client, made.id.as_str(), stop).await,
            CreatedKind::Rule => Err(CloudError::Unsupported {
                what: moved::giving_back(made.kind.name(), made.id.as_str()),
                why: moved::undo_gives_back(),
            }),
        }
    }

    async fn price(
        &self,
        order: &CloudOrder,
        stop: &CancellationToken,
    ) -> Result<Option<Price>, CloudError> {
        price::price(&self.client, order, stop).await
    }

    async fn price_of_work(
        &self,
        work: &DiskWork,
        stop: &CancellationToken,
    ) -> Result<WorkPriced, CloudError> {
        price::of_work(&self.client, work, stop).await
    }
}
