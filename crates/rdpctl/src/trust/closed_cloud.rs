//! A cloud account that nobody granted: it stands where the real one would, and talks to nobody.

use async_trait::async_trait;
use rdpctl_contract::cloud::{CloudAsk, CloudNeeds, CloudOrder, CloudPage, Told};
use rdpctl_contract::{Changed, ChangesAsk, CloudChanger, CloudError, CloudReader};
use rdpctl_model::action::CloudVerb;
use rdpctl_model::outcome::{Created, Receipt};
use rdpctl_model::plan::Price;
use rdpctl_model::tariff::CloudTariff;
use rdpctl_model::{Gap, ProviderName, Said};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The account that is not asked, and why.
pub(crate) struct ClosedCloud {
    provider: ProviderName,
    what: Said,
    grant: String,
}

impl ClosedCloud {
    /// For a provider that was closed with this gap.
    pub(crate) fn new(provider: ProviderName, gap: &Gap) -> Self {
        let (what, grant) = match gap {
            Gap::NotGranted { what, grant } => (what.clone(), grant.clone()),
            Gap::NotSurveyed
            | Gap::NotAsked
            | Gap::NotRunning
            | Gap::NotFound { .. }
            | Gap::NoChannel
            | Gap::AgentUnavailable { .. }
            | Gap::Unreachable { .. }
            | Gap::Unresponsive { .. }
            | Gap::Denied { .. }
            | Gap::TimedOut { .. }
            | Gap::Truncated { .. }
            | Gap::Garbled { .. }
            | Gap::ApiError { .. } => (gap.said(), String::new()),
        };
        Self { provider, what, grant }
    }

    fn refusal(&self) -> CloudError {
        CloudError::NotGranted { what: self.what.clone(), grant: self.grant.clone() }
    }
}

#[async_trait]
impl CloudReader for ClosedCloud {
    fn provider(&self) -> &ProviderName {
        &self.provider
    }

    async fn survey(
        &self,
        _: CloudAsk,
        _: mpsc::Sender<CloudPage>,
        _: &CancellationToken,
    ) -> Result<(), CloudError> {
        Err(self.refusal())
    }

    async fn identity(&self, _: &CancellationToken) -> Result<String, CloudError> {
        Err(self.refusal())
    }

    async fn account(&self, _: &CancellationToken) -> Result<String, CloudError> {
        Err(self.refusal())
    }

    fn tariff(&self) -> CloudTariff {
        CloudTariff::default()
    }

    fn read_permissions(&self, _: &CloudNeeds) -> Vec<String> {
        Vec::new()
    }

    async fn changes(
        &self,
        _: &ChangesAsk,
        _: &CancellationToken,
    ) -> Result<Vec<Changed>, CloudError> {
        Err(self.refusal())
    }

    fn log_permissions(&self) -> Vec<String> {
        Vec::new()
    }
}

#[async_trait]
impl CloudChanger for ClosedCloud {
    async fn perform_each(&self, orders: Vec<CloudOrder>, told: Told, _: &CancellationToken) {
        for place in 0..orders.len() {
            // Who does not listen any more has all it wanted.
            let _ = told.send((place, Err(self.refusal())));
        }
    }

    fn describe(&self, _: &CloudOrder) -> Vec<String> {
        Vec::new()
    }

    fn change_permissions(&self, _: CloudVerb) -> Vec<String> {
        Vec::new()
    }

    fn announced(&self, _: &CloudOrder) -> Option<Created> {
        None
    }

    async fn give_back(&self, _: &Created, _: &CancellationToken) -> Result<Receipt, CloudError> {
        Err(self.refusal())
    }

    async fn price(
        &self,
        _: &CloudOrder,
        _: &CancellationToken,
    ) -> Result<Option<Price>, CloudError> {
        Ok(None)
    }
}
