//! A [`super::World`] as it looks from outside, and its clock.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rdpctl_model::handshake::Handshake;
use rdpctl_model::host::Host;
use rdpctl_model::{Gap, Said};
use tokio_util::sync::CancellationToken;

use super::World;
use crate::clock::Clock;
use crate::probe::Probe;

/// Shakes hands with the machines of a world.
#[derive(Clone, Debug)]
pub struct FakeProbe(World);

impl FakeProbe {
    pub(super) const fn new(world: World) -> Self {
        Self(world)
    }
}

#[async_trait]
impl Probe for FakeProbe {
    async fn look(
        &self,
        host: &Host,
        port: u16,
        stop: &CancellationToken,
    ) -> Result<Handshake, Gap> {
        let nobody =
            || Gap::Unreachable { reason: Said::quoted(format!("{host}:{port} does not answer")) };
        self.0.pass(stop).await.map_err(|_| nobody())?;
        self.0
            .state()
            .machines
            .values()
            .find(|machine| {
                machine.cloud.handles.public_ip.map(Host::Address).as_ref() == Some(host)
            })
            .filter(|machine| machine.runs())
            .map_or_else(|| Err(nobody()), |machine| machine.outside.clone())
    }
}

/// The time in a world.
#[derive(Clone, Debug)]
pub struct FakeClock(World);

impl FakeClock {
    pub(super) const fn new(world: World) -> Self {
        Self(world)
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn uptime(&self) -> Duration {
        self.0.age()
    }
}
