//! What stands beside a plan: what former repairs left, and whose disk is not repaired.

use rdpctl_engine::Pattern;
use rdpctl_engine::estate::Who;
use rdpctl_model::declaration::ProviderKind;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::mending::Hold;
use rdpctl_model::repair::RepairStage;
use rdpctl_model::{FacetId, InstanceName, Verdict};
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
    let all = record::all(session.beside())?;
    let names = all.iter().filter(|left| is_held(session, left)).map(|left| &left.instance);
    names.map(|name| name.as_str().parse().map_err(CliError::new)).collect()
}

/// Whether a record is of such a one.
pub(super) fn is_held(session: &Session, left: &record::Record) -> bool {
    let wish = whose::wish(session, &left.instance);
    left.stage == RepairStage::Held && wish.is_some_and(|wish| wish.hold == Hold::Stop)
}

/// What was last seen makes of one facet.
pub(super) async fn verdict(
    session: &Session,
    name: &InstanceName,
    facet: FacetId,
) -> Result<Option<Verdict>, CliError> {
    let facts = session.store.facts().await?;
    let only = rdpctl_engine::Filter::of([name]);
    let assessed = rdpctl_engine::assess(&session.estate, &facts, &only, session.clock.now());
    let found = assessed.first().and_then(|one| one.facets[facet].as_ref());
    Ok(found.map(|assessment| assessment.verdict.clone()))
}
