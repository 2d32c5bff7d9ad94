//! What stands beside a plan: what former repairs left, and whose disk is not repaired.

use rdpctl_model::FacetId;
use rdpctl_model::Verdict;
use rdpctl_model::declaration::{Instance, ProviderKind};
use rdpctl_model::guest::ChannelKind;
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
    for instance in &session.estate.instances {
        let is_static =
            session.estate.providers.get(&instance.provider) == Some(&ProviderKind::Static);
        if let Some(gap) = instance.guest.closed.get(&ChannelKind::Offline).filter(|_| !is_static) {
            let (name, gap) = (instance.name.to_string(), english(&gap.said()));
            out::out(&format!("\n{}: its disk is not repaired: {}\n", safe(&name), safe(&gap)))?;
        }
    }
    Ok(())
}

/// What was last seen makes of one facet.
pub(super) async fn verdict(
    session: &Session,
    instance: &Instance,
    facet: FacetId,
) -> Result<Option<Verdict>, CliError> {
    let facts = session.store.facts().await?;
    let only = rdpctl_engine::Filter::of([&instance.name]);
    let assessed = rdpctl_engine::assess(&session.estate, &facts, &only, session.clock.now());
    let found = assessed.first().and_then(|one| one.facets[facet].as_ref());
    Ok(found.map(|assessment| assessment.verdict.clone()))
}
