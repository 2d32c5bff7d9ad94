//! Clouds and channels that count what one run asks of them, and ask whether it still may, however many runs share them.

use std::sync::Arc;

use async_trait::async_trait;
use rdpctl_contract::channel::{CheckAsk, Finding};
use rdpctl_contract::{
    Ask, Changed, ChangesAsk, Channel, ChannelError, CloudAsk, CloudChanger, CloudError,
    CloudNeeds, CloudOrder, CloudPage, CloudReader, DiskWork, Leave, Meter, Order, Told,
    WorkPriced,
};
use rdpctl_model::action::CloudVerb;
use rdpctl_model::guest::{ChannelKind, GuestSurvey};
use rdpctl_model::outcome::{Created, Receipt};
use rdpctl_model::plan::Price;
use rdpctl_model::tariff::{ChannelTariff, CloudTariff};
use rdpctl_model::{GuestAction, ProviderName};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A cloud account whose calls are counted.
pub(crate) struct MeteredCloud {
    pub(crate) cloud: Arc<dyn CloudChanger>,
    pub(crate) meter: Meter,
    pub(crate) leave: Leave,
}

#[async_trait]
impl CloudReader for MeteredCloud {
    fn provider(&self) -> &ProviderName {
        self.cloud.provider()
    }

    async fn survey(
        &self,
        ask: CloudAsk,
        pages: mpsc::Sender<CloudPage>,
        stop: &CancellationToken,
    ) -> Result<(), CloudError> {
        self.meter.during(self.cloud.survey(ask, pages, stop)).await
    }

    async fn identity(&self, stop: &CancellationToken) -> Result<String, CloudError> {
        self.meter.during(self.cloud.identity(stop)).await
    }

    async fn account(&self, stop: &CancellationToken) -> Result<String, CloudError> {
        self.meter.during(self.cloud.account(stop)).await
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
        self.meter.during(self.cloud.changes(ask, stop)).await
    }

    fn log_permissions(&self) -> Vec<String> {
        self.cloud.log_permissions()
    }
}

#[async_trait]
impl CloudChanger for MeteredCloud {
    async fn perform_each(&self, orders: Vec<CloudOrder>, told: Told, stop: &CancellationToken) {
        self.meter.during(self.leave.during(self.cloud.perform_each(orders, told, stop))).await;
    }

    fn describe(&self, order: &CloudOrder) -> Vec<String> {
        self.cloud.describe(order)
    }

    fn change_permissions(&self, verb: CloudVerb) -> Vec<String> {
        self.cloud.change_permissions(verb)
    }

    fn announced(&self, order: &CloudOrder) -> Option<Created> {
        self.cloud.announced(order)
    }

    fn is_left(&self, made: &Created) -> bool {
        self.cloud.is_left(made)
    }

    async fn give_back(
        &self,
        made: &Created,
        stop: &CancellationToken,
    ) -> Result<Receipt, CloudError> {
        self.meter.during(self.leave.during(self.cloud.give_back(made, stop))).await
    }

    async fn price(
        &self,
        order: &CloudOrder,
        stop: &CancellationToken,
    ) -> Result<Option<Price>, CloudError> {
        self.meter.during(self.cloud.price(order, stop)).await
    }

    async fn price_of_work(
        &self,
        work: &DiskWork,
        stop: &CancellationToken,
    ) -> Result<WorkPriced, CloudError> {
        self.meter.during(self.cloud.price_of_work(work, stop)).await
    }
}

/// A channel whose round trips are counted, one for each guest that is asked or told something, with the calls of the
/// cloud that carries them.
pub(crate) struct MeteredChannel {
    pub(crate) channel: Arc<dyn Channel>,
    pub(crate) meter: Meter,
    pub(crate) leave: Leave,
}

#[async_trait]
impl Channel for MeteredChannel {
    fn kind(&self) -> ChannelKind {
        self.channel.kind()
    }

    fn tariff(&self) -> ChannelTariff {
        self.channel.tariff()
    }

    fn guests_per_trip(&self) -> usize {
        self.channel.guests_per_trip()
    }

    async fn answer(
        &self,
        asks: Vec<Ask>,
        stop: &CancellationToken,
    ) -> Vec<Result<GuestSurvey, ChannelError>> {
        self.meter.trips(asks.len());
        self.meter.during(self.channel.answer(asks, stop)).await
    }

    async fn check(
        &self,
        asks: Vec<CheckAsk>,
        stop: &CancellationToken,
    ) -> Vec<Result<Vec<Finding>, ChannelError>> {
        self.meter.trips(asks.len());
        self.meter.during(self.channel.check(asks, stop)).await
    }

    async fn perform(
        &self,
        orders: Vec<Order>,
        stop: &CancellationToken,
    ) -> Vec<Result<Vec<Receipt>, ChannelError>> {
        self.meter.trips(orders.len());
        self.meter.during(self.leave.during(self.channel.perform(orders, stop))).await
    }

    fn describe(&self, action: &GuestAction) -> Vec<String> {
        self.channel.describe(action)
    }
}
