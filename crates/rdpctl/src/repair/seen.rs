//! What stands beside a plan: what former repairs left, and whose disk is not repaired.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rdpctl_engine::estate::Who;
use rdpctl_engine::{Estate, Filter, Pattern};
use rdpctl_model::declaration::ProviderKind;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::mending::Hold;
use rdpctl_model::repair::RepairStage;
use rdpctl_model::{FacetId, InstanceName, Verdict};
use rdpctl_watch::{InHands, Unreadable};
use rdpctl_words::english;

use super::{record, whose};
use crate::error::CliError;
use crate::out::{self, safe};
use crate::session::Session;

/// Tells that behind a plan.
pub(crate) fn tell_beside(session: &Session) -> Result<(), CliError> {
    for left in record::all(session.beside())?.iter().filter(|left| !left.stage.is_over()) {
        out::out(&record::left(left))?;
    }
    for source in session.estate.sources() {
        let is_static = session.estate.kind(source.provider) == ProviderKind::Static;
        if let Some(gap) = source.guest.closed.get(&ChannelKind::Offline).filter(|_| !is_static) {
            let (name, gap) = (source.key.to_string(), english(&gap.said()));
            let what = match source.who {
                Who::One(_) => "its disk is",
                Who::Fleet(_) => "its members' disks are",
            };
            out::out(&format!("\n{}: {what} not repaired: {}\n", safe(&name), safe(&gap)))?;
        }
    }
    Ok(())
}

/// Who is left to a person's hands, as declared: a machine that is stopped for that is not started by anything else.
pub(crate) fn held(session: &Session) -> Result<Vec<Pattern>, CliError> {
    Ok(Filter::of(&held_in(session.beside(), &session.estate)?).only)
}

fn held_in(beside: &Path, estate: &Estate) -> Result<BTreeSet<InstanceName>, CliError> {
    let all = record::all(beside)?.into_iter();
    Ok(all.filter(|left| is_held(estate, left)).map(|left| left.instance).collect())
}

/// Whether a record is of such a one.
pub(super) fn is_held(estate: &Estate, left: &record::Record) -> bool {
    let wish = whose::wish(estate, &left.instance);
    left.stage == RepairStage::Held && wish.is_some_and(|wish| wish.hold == Hold::Stop)
}

/// The records beside a state, as the loop asks them.
pub(crate) struct Beside {
    folder: PathBuf,
    estate: Arc<Estate>,
}

impl Beside {
    /// Those of a session, with what is declared now.
    pub(crate) fn of(session: &Session, estate: &Arc<Estate>) -> Self {
        Self { folder: session.beside().to_owned(), estate: Arc::clone(estate) }
    }
}

impl InHands for Beside {
    fn names(&self) -> Result<BTreeSet<InstanceName>, Unreadable> {
        let names = held_in(&self.folder, &self.estate);
        names.map_err(|error| Unreadable(error.message().to_owned()))
    }
}

/// What was last seen makes of one facet.
pub(super) async fn verdict(
    session: &Session,
    name: &InstanceName,
    facet: FacetId,
) -> Result<Option<Verdict>, CliError> {
    let facts = session.store.facts().await?;
    let only = Filter::of([name]);
    let assessed = rdpctl_engine::assess(&session.estate, &facts, &only, session.clock.now());
    let found = assessed.first().and_then(|one| one.facets[facet].as_ref());
    Ok(found.map(|assessment| assessment.verdict.clone()))
}
