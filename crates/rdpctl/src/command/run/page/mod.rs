//! The page of `rdpctl run`: a snapshot after each judgement, served to this machine alone. It only shows.

mod ask;
mod banners;
mod detail;
mod serve;
mod snapshot;
mod stream;

use std::sync::Arc;

use rdpctl_watch::{Judged, Signals};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::declared::Accepts;
use crate::session::Session;
use detail::Cold;
use serve::{Serving, serve};
use snapshot::{Sources, keep};

pub(super) use snapshot::Shown;

/// With what the page begins.
pub(super) struct Opening<'a> {
    pub(super) listener: TcpListener,
    pub(super) judged: tokio::sync::watch::Receiver<Option<Arc<Judged>>>,
    pub(super) accepts: Accepts,
    pub(super) session: &'a Session,
    pub(super) signals: Signals,
    pub(super) stop: CancellationToken,
}

/// Serves the page beside the loop. What it gives back hears what the loop tells.
pub(super) fn open(opening: Opening<'_>) -> Arc<Shown> {
    let shown = Arc::new(Shown::new());
    let store = &opening.session.store;
    let cold = Cold { store: Arc::clone(store), judged: opening.judged.clone() };
    let serving = Serving::new(Arc::clone(&shown), cold, opening.signals);
    tokio::spawn(serve(opening.listener, serving, opening.stop));
    let sources = Sources {
        store: Arc::clone(store),
        clock: Arc::clone(&opening.session.clock),
        accepts: opening.accepts,
    };
    tokio::spawn(keep(Arc::clone(&shown), opening.judged, sources));
    shown
}
