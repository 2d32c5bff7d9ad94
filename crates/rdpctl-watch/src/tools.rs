//! With what a run of the loop's own is conducted.

use std::sync::Arc;

use rdpctl_contract::Store;
use rdpctl_engine::Disruption;
use rdpctl_engine::lease::Here;
use rdpctl_engine::run::Stops;

use crate::source::Fresh;
use crate::voice::Voice;

/// With what is mended.
pub(crate) struct Tools {
    pub(crate) fresh: Fresh,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) here: Here,
    pub(crate) disruption: Disruption,
    pub(crate) stops: Stops,
    pub(crate) voice: Voice,
}
