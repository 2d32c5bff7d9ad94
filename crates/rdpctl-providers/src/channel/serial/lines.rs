//! Where lines to consoles come from, and what a script costs over them.

use async_trait::async_trait;
use rdpctl_contract::channel::{ChannelError, GuestTarget};
use rdpctl_model::tariff::{ChannelTariff, Cost, TripCost};

use super::wire::Wire;

const SCRIPT: TripCost =
    TripCost { trips: Cost::each(1), calls: Cost { batch: 0, per_batch: 0, each: 0 }, seconds: 30 };

/// What a line costs: the same for every guest, whatever is asked.
pub const TARIFF: ChannelTariff = ChannelTariff { look: SCRIPT, change: SCRIPT };

/// Where lines to consoles come from.
#[async_trait]
pub trait Lines: Send + Sync {
    /// Opens the line to a guest's console. Nothing has been executed where it does not.
    async fn open(&self, target: &GuestTarget) -> Result<Box<dyn Wire>, ChannelError>;

    /// What a script costs over them.
    fn tariff(&self) -> ChannelTariff {
        TARIFF
    }
}
