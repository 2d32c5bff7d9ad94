//! The page of `rdpctl run`: a snapshot after each judgement, served to this machine and to whoever is signed in. What
//! somebody wants done is an order to the loop, as on the command line.

mod act;
mod anew;
mod ask;
mod banners;
mod clocks;
mod detail;
mod door;
mod health;
mod limits;
mod listen;
mod nobody;
mod serve;
mod sessions;
mod showed;
mod snapshot;
mod stream;
mod whose;
mod wire;

use std::sync::Arc;

use rdpctl_watch::{Judged, Signals};
use tokio_util::sync::CancellationToken;

use super::declared::LastStated;
use super::webhook::Webhooks;
use crate::session::Session;
use anew::Prices;
use detail::{Cold, LastRun};
use door::Door;
use health::Itself;
use serve::{Serving, Terms, serve};
use sessions::Sessions;
use snapshot::{Sources, keep};

pub(super) use door::{Reached, Tokens};
pub(super) use listen::{Open, listen};
pub(super) use snapshot::Shown;
pub(super) use wire::TlsFiles;

/// With what the page begins.
pub(super) struct Opening<'a> {
    pub(super) open: Open,
    pub(super) reached: Reached,
    pub(super) tokens: Tokens,
    pub(super) webhooks: Arc<Webhooks>,
    /// The files and folders that are declared by.
    pub(super) watched: Vec<String>,
    /// What the state lies in, without a password.
    pub(super) state: String,
    pub(super) judged: tokio::sync::watch::Receiver<Option<Arc<Judged>>>,
    pub(super) stated: LastStated,
    pub(super) session: &'a Session,
    pub(super) signals: Signals,
    pub(super) stop: CancellationToken,
}

/// Serves the page beside the loop. What it gives back hears what the loop tells.
pub(super) fn open(opening: Opening<'_>) -> Arc<Shown> {
    let shown = Arc::new(Shown::new(opening.watched));
    let tokens = Arc::new(opening.tokens);
    let store = &opening.session.store;
    let cold = Cold {
        store: Arc::clone(store),
        judged: opening.judged.clone(),
        prices: Prices::default(),
        last_run: LastRun::default(),
    };
    let Open { listener, tls } = opening.open;
    let door = Door {
        reached: opening.reached,
        tokens: Arc::clone(&tokens),
        sessions: Sessions::default(),
        is_secure: tls.is_some(),
    };
    let terms = Terms { door, clock: Arc::clone(&opening.session.clock), tls };
    let itself = Itself {
        signals: opening.signals.clone(),
        webhooks: opening.webhooks,
        tokens,
        store: opening.state,
        began: opening.session.clock.now(),
    };
    let serving = Serving::new(Arc::clone(&shown), cold, opening.signals, terms);
    tokio::spawn(serve(listener, serving, opening.stop));
    let sources = Sources {
        store: Arc::clone(store),
        clock: Arc::clone(&opening.session.clock),
        stated: opening.stated,
        itself,
    };
    tokio::spawn(keep(Arc::clone(&shown), opening.judged, sources));
    shown
}
