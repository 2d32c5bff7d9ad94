//! A way into the guests of a [`super::World`].

use async_trait::async_trait;
use rdpctl_model::GuestAction;
use rdpctl_model::guest::{ChannelKind, GuestSurvey, Through};
use rdpctl_model::outcome::Receipt;
use rdpctl_model::tariff::{ChannelTariff, Cost, TripCost};
use tokio_util::sync::CancellationToken;

use super::deed::What;
use super::{Machine, World, guest};
use crate::Leave;
use crate::channel::{Ask, Channel, ChannelError, CheckAsk, Finding, GuestTarget, Order};

/// One kind of channel into all guests of a world.
#[derive(Clone, Debug)]
pub struct FakeChannel {
    world: World,
    kind: ChannelKind,
}

impl FakeChannel {
    pub(super) const fn new(world: World, kind: ChannelKind) -> Self {
        Self { world, kind }
    }

    /// Goes into one guest, if it answers.
    fn reach<T>(
        &self,
        target: &GuestTarget,
        inside: impl FnOnce(&mut Machine) -> T,
    ) -> Result<T, ChannelError> {
        self.world
            .state()
            .machines
            .get_mut(&target.id)
            .filter(|machine| machine.runs() && !machine.silent.contains(&self.kind))
            .map(inside)
            .ok_or_else(|| ChannelError::Unreachable {
                instance: target.instance.clone(),
                channel: self.kind,
                source: rdpctl_model::Said::quoted("no answer").into(),
            })
    }

    async fn act(
        &self,
        order: &Order,
        stop: &CancellationToken,
    ) -> Result<Vec<Receipt>, ChannelError> {
        let mut receipts = Vec::with_capacity(order.actions.len());
        for (place, action) in order.actions.iter().enumerate() {
            let fails = self.reach(&order.target, |machine| machine.fails.clone())?;
            let deed = self.world.begin(&order.target.id, What::Guest(action.clone()));
            if self.world.pass(stop).await.is_err() {
                return Err(ChannelError::Stopped);
            }
            self.world.end(deed);
            let done = match fails {
                Some(why) => Err(why),
                None => self.reach(&order.target, |machine| guest::perform(machine, action))?,
            };
            receipts.push(done.map_err(|advice| ChannelError::Failed {
                instance: order.target.instance.clone(),
                command: format!("{action:?}"),
                exit: 1,
                action: place,
                advice: rdpctl_model::Said::quoted(advice),
            })?);
        }
        Ok(receipts)
    }

    /// One round trip.
    async fn trip(&self, stop: &CancellationToken) -> Result<(), ChannelError> {
        self.world.pass(stop).await.map_err(|_| ChannelError::Stopped)
    }
}

#[async_trait]
impl Channel for FakeChannel {
    fn kind(&self) -> ChannelKind {
        self.kind
    }

    async fn answer(
        &self,
        asks: Vec<Ask>,
        stop: &CancellationToken,
    ) -> Vec<Result<GuestSurvey, ChannelError>> {
        let passed = self.trip(stop).await;
        let see = |machine: &mut Machine| GuestSurvey { via: self.kind, ..machine.guest.clone() };
        asks.iter().map(|ask| passed.clone().and_then(|()| self.reach(&ask.target, see))).collect()
    }

    async fn check(
        &self,
        asks: Vec<CheckAsk>,
        stop: &CancellationToken,
    ) -> Vec<Result<Vec<Finding>, ChannelError>> {
        let passed = self.trip(stop).await;
        asks.iter()
            .map(|ask| {
                let find = |machine: &mut Machine| {
                    ask.checks.iter().map(|check| guest::find(machine, check)).collect()
                };
                passed.clone().and_then(|()| self.reach(&ask.target, find))
            })
            .collect()
    }

    async fn perform(
        &self,
        orders: Vec<Order>,
        stop: &CancellationToken,
    ) -> Vec<Result<Vec<Receipt>, ChannelError>> {
        let mut hands = tokio::task::JoinSet::new();
        for (place, order) in orders.into_iter().enumerate() {
            let (channel, stop, leave) = (self.clone(), stop.clone(), Leave::here());
            hands.spawn(async move {
                if leave.holds().await {
                    (place, channel.act(&order, &stop).await)
                } else {
                    (place, Err(ChannelError::Stopped))
                }
            });
        }
        let mut outcomes = hands.join_all().await;
        outcomes.sort_by_key(|(place, _)| *place);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }

    fn describe(&self, action: &GuestAction) -> Vec<String> {
        vec![format!("{action:?}")]
    }

    fn tariff(&self) -> ChannelTariff {
        let trip = TripCost { trips: Cost::each(1), ..TripCost::default() };
        ChannelTariff { look: trip, change: trip }
    }

    fn guests_per_trip(&self) -> usize {
        match self.kind.way().through {
            Through::Agent => 100,
            Through::Network | Through::Console | Through::Disk => 1,
        }
    }
}
