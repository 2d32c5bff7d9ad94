//! Tencent Cloud behind the contract's traits: one account in one region.

use std::sync::Arc;

use async_trait::async_trait;
use rdpctl_contract::cloud::{
    CloudAsk, CloudChanger, CloudError, CloudNeeds, CloudOrder, CloudPage, CloudReader, Told,
};
use rdpctl_contract::{Changed, ChangesAsk};
use rdpctl_model::account::{self, Tencent};
use rdpctl_model::action::CloudVerb;
use rdpctl_model::outcome::{Created, CreatedKind, Receipt};
use rdpctl_model::plan::Price;
use rdpctl_model::tariff::CloudTariff;
use rdpctl_model::{ProviderName, ResourceId};
use tokio::sync::{OnceCell, mpsc};
use tokio_util::sync::CancellationToken;

use super::api::addresses::NetworkAccountType;
use super::api::identity::GetCallerIdentity;
use super::change::{self, Changer, Claims};
use super::client::Client;
use super::credentials::{Keychain, Source, Surroundings};
use super::endpoint::{EndpointError, Endpoints};
use super::limits::{Pace, Rates};
use super::read_back::ReadBack;
use super::transport::{Transport, TransportError};
use super::{describe, log, permission, price, survey, tariff};
use crate::moved::say as moved;

/// One account in one region.
#[derive(Debug)]
pub struct TencentCloud {
    provider: ProviderName,
    client: Arc<Client>,
    account: OnceCell<NetworkAccountType>,
    claimed: Claims,
    read_back: ReadBack,
}

/// Why a declared provider cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The endpoint makes no sense.
    #[error("provider {provider}: the endpoint is not usable")]
    Endpoint {
        /// The provider.
        provider: ProviderName,
        /// Why.
        source: EndpointError,
    },
    /// There is no way to send anything.
    #[error("provider {provider}: no connection can be made")]
    Transport {
        /// The provider.
        provider: ProviderName,
        /// Why.
        source: TransportError,
    },
}

impl TencentCloud {
    /// The account that a declaration names. Nothing is sent yet.
    ///
    /// # Errors
    /// When the declared endpoint or region cannot be used.
    pub fn connect(
        provider: &ProviderName,
        declared: &Tencent,
        around: Surroundings,
    ) -> Result<Self, ConnectError> {
        let provider = provider.clone();
        let endpoints = match &declared.calls.endpoint {
            None => Endpoints::Nearest,
            Some(text) => text
                .parse()
                .map_err(|source| ConnectError::Endpoint { provider: provider.clone(), source })?,
        };
        let transport = Transport::new(endpoints, &declared.calls.route, &declared.region)
            .map_err(|source| ConnectError::Transport { provider: provider.clone(), source })?;
        let keychain = Keychain::new(Source::from(&declared.credentials), around);
        let client = Arc::new(Client::new(transport, keychain, Rates::from(&declared.calls.rates)));
        Ok(Self::new(provider, client))
    }

    /// The account behind a client.
    #[must_use]
    pub fn new(provider: ProviderName, client: Arc<Client>) -> Self {
        Self {
            provider,
            client,
            account: OnceCell::new(),
            claimed: Claims::default(),
            read_back: ReadBack::default(),
        }
    }

    /// The client, which the run-command channel shares so that limits and counts are one.
    #[must_use]
    pub fn client(&self) -> Arc<Client> {
        Arc::clone(&self.client)
    }

    /// Whoever holds this permission is SYSTEM in every guest that it reaches.
    pub const AS_SYSTEM: &str = "tat:RunCommand";

    /// The vendor's names of the permissions that the run-command channel needs.
    #[must_use]
    pub fn run_command_permissions() -> Vec<String> {
        permission::run_command()
    }

    /// The permissions that looking by registered commands needs; none of them makes anybody SYSTEM.
    #[must_use]
    pub fn registered_permissions() -> Vec<String> {
        permission::registered()
    }

    /// The permissions that registering those commands needs.
    pub const REGISTERING: [&str; 2] = ["tat:CreateCommand", "tat:DescribeCommands"];
}

impl From<&account::Rates> for Rates {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a factor is a small positive number"
    )]
    fn from(declared: &account::Rates) -> Self {
        let pace = match declared {
            account::Rates::Documented => return Self::default(),
            // The usual margin stays: it makes up for calls that do not arrive as evenly as they are sent.
            account::Rates::Factor(factor) => {
                Pace::Percent((factor.clamp(0.0, 10_000.0) * 80.0).round() as u32)
            }
            account::Rates::Unlimited => Pace::Unlimited,
        };
        Self { pace, ..Self::default() }
    }
}

fn not_given_back(made: &Created) -> CloudError {
    CloudError::Unsupported {
        what: moved::giving_back(made.kind.name(), made.id.as_str()),
        why: moved::undo_gives_back(),
    }
}

#[async_trait]
impl CloudReader for TencentCloud {
    fn provider(&self) -> &ProviderName {
        &self.provider
    }

    async fn survey(
        &self,
        ask: CloudAsk,
        pages: mpsc::Sender<CloudPage>,
        stop: &CancellationToken,
    ) -> Result<(), CloudError> {
        survey::survey(&self.client, &self.account, &self.read_back, ask, pages, stop).await
    }

    async fn identity(&self, stop: &CancellationToken) -> Result<String, CloudError> {
        let who = self.client.call(&GetCallerIdentity {}, stop).await?.fields;
        Ok(who.arn.given().unwrap_or(who.account_id.as_str()).to_owned())
    }

    async fn account(&self, stop: &CancellationToken) -> Result<String, CloudError> {
        let who = self.client.call(&GetCallerIdentity {}, stop).await?.fields;
        Ok(who.account_id.as_str().to_owned())
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
impl CloudChanger for TencentCloud {
    async fn perform_each(&self, orders: Vec<CloudOrder>, told: Told, stop: &CancellationToken) {
        let changer = Changer {
            client: &self.client,
            provider: &self.provider,
            account: &self.account,
            claimed: &self.claimed,
            read_back: &self.read_back,
            told: &told,
            stop,
        };
        changer.perform(&orders).await;
    }

    fn describe(&self, order: &CloudOrder) -> Vec<String> {
        describe::calls(order)
    }

    fn change_permissions(&self, verb: CloudVerb) -> Vec<String> {
        permission::changing(verb)
    }

    fn announced(&self, order: &CloudOrder) -> Option<Created> {
        let is_copy = order.action.verb() == CloudVerb::SnapshotSystemDisk;
        is_copy.then(|| Created {
            kind: CreatedKind::Snapshot,
            provider: self.provider.clone(),
            id: ResourceId::new(change::announced(order)),
        })
    }

    async fn give_back(
        &self,
        made: &Created,
        stop: &CancellationToken,
    ) -> Result<Receipt, CloudError> {
        let (told, _) = mpsc::unbounded_channel();
        let changer = Changer {
            client: &self.client,
            provider: &self.provider,
            account: &self.account,
            claimed: &self.claimed,
            read_back: &self.read_back,
            told: &told,
            stop,
        };
        match made.kind {
            CreatedKind::Snapshot => changer.give_snapshot_back(made.id.as_str()).await,
            CreatedKind::Address => changer.give_address_back(made.id.as_str()).await,
            CreatedKind::Rule
            | CreatedKind::Disk
            | CreatedKind::Vm
            | CreatedKind::Nic
            | CreatedKind::Sas
            | CreatedKind::RunCommand => Err(not_given_back(made)),
        }
    }

    async fn price(
        &self,
        order: &CloudOrder,
        stop: &CancellationToken,
    ) -> Result<Option<Price>, CloudError> {
        Ok(price::price(&self.client, order, stop).await?)
    }
}
