//! The worlds, as eyes that only see and hands that also change.
//!
//! Plan, drift and doctor are given [`Eyes`]. There is no way from eyes to hands: reading cannot write, by type.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use rdpctl_contract::log_on::LogOn;
use rdpctl_contract::{
    Ask, Channel, ChannelError, Clock, CloudChanger, CloudReader, Leave, Meter, Probe,
};
use rdpctl_model::guest::{ChannelKind, GuestSurvey};
use rdpctl_model::repair::SecondWay;
use rdpctl_model::tariff::Tariffs;
use rdpctl_model::{ProviderName, ResourceId};
use tokio_util::sync::CancellationToken;

use crate::metered::{MeteredChannel, MeteredCloud};

/// What can be looked at.
#[derive(Clone)]
pub struct Eyes {
    /// Cloud accounts by provider.
    pub clouds: BTreeMap<ProviderName, Arc<dyn CloudReader>>,
    /// Ways into guests by provider and kind.
    pub guests: BTreeMap<(ProviderName, ChannelKind), GuestEye>,
    /// The view from outside.
    pub probe: Arc<dyn Probe>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What can be changed.
#[derive(Clone)]
pub struct Hands {
    /// Cloud accounts by provider.
    pub clouds: BTreeMap<ProviderName, Arc<dyn CloudChanger>>,
    /// Ways into guests by provider and kind.
    pub channels: BTreeMap<(ProviderName, ChannelKind), Arc<dyn Channel>>,
    /// The view from outside.
    pub probe: Arc<dyn Probe>,
    /// Whoever logs on; eyes have nobody.
    pub log_on: Arc<dyn LogOn>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How disks are repaired to which no link is given.
    pub second: Option<Arc<dyn SecondWays>>,
}

/// How a disk is repaired where no link to it is given.
pub trait SecondWays: fmt::Debug + Send + Sync {
    /// For a machine, by what is known now.
    fn of(&self, vm: &ResourceId, now: Timestamp) -> SecondWay;
}

/// A channel that is only asked.
#[derive(Clone)]
pub struct GuestEye(Arc<dyn Channel>);

impl GuestEye {
    /// Surveys guests.
    pub async fn answer(
        &self,
        asks: Vec<Ask>,
        stop: &CancellationToken,
    ) -> Vec<Result<GuestSurvey, ChannelError>> {
        self.0.answer(asks, stop).await
    }
}

impl Hands {
    /// The same hands, with what they ask counted by this meter, and what they change done under this leave.
    #[must_use]
    pub fn metered(&self, meter: &Meter, leave: &Leave) -> Self {
        let clouds = self.clouds.iter().map(|(name, cloud)| {
            let cloud = MeteredCloud {
                cloud: Arc::clone(cloud),
                meter: meter.clone(),
                leave: leave.clone(),
            };
            (name.clone(), Arc::new(cloud) as Arc<dyn CloudChanger>)
        });
        let channels = self.channels.iter().map(|(key, channel)| {
            let channel = MeteredChannel {
                channel: Arc::clone(channel),
                meter: meter.clone(),
                leave: leave.clone(),
            };
            (key.clone(), Arc::new(channel) as Arc<dyn Channel>)
        });
        Self {
            clouds: clouds.collect(),
            channels: channels.collect(),
            probe: Arc::clone(&self.probe),
            log_on: Arc::clone(&self.log_on),
            clock: Arc::clone(&self.clock),
            second: self.second.clone(),
        }
    }

    /// The eyes that belong to these hands.
    #[must_use]
    pub fn eyes(&self) -> Eyes {
        Eyes {
            clouds: self
                .clouds
                .iter()
                .map(|(name, cloud)| (name.clone(), Arc::clone(cloud) as Arc<dyn CloudReader>))
                .collect(),
            guests: self
                .channels
                .iter()
                .map(|(key, channel)| (key.clone(), GuestEye(Arc::clone(channel))))
                .collect(),
            probe: Arc::clone(&self.probe),
            clock: Arc::clone(&self.clock),
        }
    }
}

impl Hands {
    /// What asking and acting costs at whom.
    #[must_use]
    pub fn tariffs(&self) -> Tariffs {
        let clouds = self.clouds.iter().map(|(name, cloud)| (name.clone(), cloud.tariff()));
        let channels = self.channels.iter().map(|(key, channel)| (key.clone(), channel.tariff()));
        Tariffs { clouds: clouds.collect(), channels: channels.collect() }
    }
}
