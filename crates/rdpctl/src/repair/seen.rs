//! What stands beside a plan: what former repairs left, and whose disk is not repaired.

use rdpctl_engine::estate::Who;
use rdpctl_model::declaration::ProviderKind;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::{FacetId, InstanceName, Verdict};
use rdpctl_words::english;

use super::record;
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
