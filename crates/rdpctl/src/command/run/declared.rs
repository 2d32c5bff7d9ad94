//! Declarations as the loop reads them: what nobody granted is taken out, as for every command, and nobody is asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rdpctl_model::declaration::Accept;
use rdpctl_model::step::Guarded;
use rdpctl_watch::{Files, Fresh, Source, Unreadable};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::arguments::Place;
use crate::repair::seen::Beside;
use crate::session::Session;

use super::page::Reached;
use super::webhook::Webhooks;

/// The files of one place.
pub(super) struct Declared {
    session: Arc<Session>,
    place: Place,
    files: Files,
    noted: Noted,
    /// SIGHUP, by which whoever keeps services asks to read anew.
    hang_ups: Option<Signal>,
}

/// What others than the loop's own engine want to know of what was declared.
pub(super) struct Noted {
    /// For whoever shows it.
    pub(super) stated: LastStated,
    /// How the page is reached.
    pub(super) reached: Reached,
    /// Who is told what turns.
    pub(super) webhooks: Arc<Webhooks>,
}

/// What is shown of the declarations that were read last.
#[derive(Clone, Default)]
pub(super) struct Stated {
    /// What they accept.
    pub(super) accepts: Vec<Accept>,
    /// Where the guards are declared, those that are; none before anything was read.
    pub(super) guards_at: Option<BTreeMap<Guarded, String>>,
}

/// The same, for whoever shows it.
pub(super) type LastStated = Arc<Mutex<Stated>>;

impl Declared {
    pub(super) fn new(session: Arc<Session>, place: Place, noted: Noted) -> Self {
        let files = Files::new(place.paths.clone());
        let hang_ups = signal(SignalKind::hangup()).ok();
        Self { session, place, files, noted, hang_ups }
    }
}

#[async_trait(?Send)]
impl Source for Declared {
    async fn read(&mut self) -> Result<Fresh, Unreadable> {
        let revision = self.files.note();
        // Said in the loop's own words; the diagnostics in full are those of `rdpctl validate`.
        if let Err(wrong) = rdpctl_config::load(&self.place.paths) {
            let said = wrong.render(rdpctl_config::Paint::Plain);
            let lines: Vec<&str> = said.lines().map(str::trim_end).collect();
            return Err(Unreadable(lines.join("\n").trim_end().to_owned()));
        }
        let (declaration, estate, hands) = self
            .session
            .anew(&self.place)
            .await
            .map_err(|error| Unreadable(error.message().to_owned()))?;
        // What a simulated world comes to is nobody's news.
        if self.place.sim.is_none() {
            self.noted.webhooks.declare(&declaration.run.webhooks);
        }
        let accepts = declaration.accepts.as_slice().into();
        let at = declaration.guards_at();
        let at = at.map(|(guard, at)| (guard, format!("{}:{}", at.file.display(), at.line)));
        let stated = Stated { guards_at: Some(at.collect()), accepts: declaration.accepts };
        *self.noted.reached.lock().unwrap_or_else(PoisonError::into_inner) = declaration.page;
        *self.noted.stated.lock().unwrap_or_else(PoisonError::into_inner) = stated;
        let estate = Arc::new(estate);
        let in_hands = Arc::new(Beside::of(&self.session, &estate));
        Ok(Fresh { estate, hands, revision, looping: declaration.run, accepts, in_hands })
    }

    async fn changed(&mut self) {
        tokio::select! {
            () = self.files.changed() => {}
            () = asked(&mut self.hang_ups) => self.files.at_rest().await,
        }
    }
}

/// The next time that somebody asks for a reading; where nobody can, never.
async fn asked(hang_ups: &mut Option<Signal>) {
    let asked = match hang_ups {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if asked.is_none() {
        std::future::pending::<()>().await;
    }
}
