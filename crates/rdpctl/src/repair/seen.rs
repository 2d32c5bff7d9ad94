//! What the last look makes of machines: who is out of reach, and what a plan says of them.

use rdpctl_model::declaration::{Instance, ProviderKind};
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::mending::OfflineWish;
use rdpctl_model::{FacetId, Gap, Verdict};
use rdpctl_words::english;

use super::told::Planned;
use super::{record, told};
use crate::arguments::Scope;
use crate::error::CliError;
use crate::out::{self, safe};
use crate::session::{Session, filter};

/// Who can be repaired so, and why nothing in it answers.
pub(super) struct Candidate {
    pub(super) instance: Instance,
    pub(super) wish: OfflineWish,
    pub(super) gap: Gap,
}

/// Those whose repair is declared, who run, and of whom neither their guest nor their port answered at the last look.
pub(super) async fn candidates(
    session: &Session,
    scope: &Scope,
) -> Result<Vec<Candidate>, CliError> {
    let filter = filter(scope);
    let mut found = Vec::new();
    for instance in &session.estate.instances {
        if !filter.takes(instance.name.as_str()) {
            continue;
        }
        let Some(wish) = instance.guest.offline else { continue };
        let known = session.store.evidence(std::slice::from_ref(&instance.name)).await?;
        let failed = known.into_iter().next().flatten().and_then(|known| known.guest.failed);
        let Some(failed) = failed.filter(|failed| is_silence(&failed.gap)) else { continue };
        let runs = verdict(session, instance, FacetId::Power).await?;
        let answers = verdict(session, instance, FacetId::Reachable).await?;
        if runs.is_some_and(|it| it.is_healthy()) && !answers.is_some_and(|it| it.is_healthy()) {
            found.push(Candidate { instance: instance.clone(), wish, gap: failed.gap });
        }
    }
    Ok(found)
}

/// Whether nobody was there to answer; who was not asked, or may not be, is another matter.
fn is_silence(gap: &Gap) -> bool {
    match gap {
        Gap::AgentUnavailable { .. } | Gap::Unreachable { .. } | Gap::TimedOut { .. } => true,
        Gap::NotRunning
        | Gap::NotSurveyed
        | Gap::NotAsked
        | Gap::NotFound { .. }
        | Gap::NoChannel
        | Gap::NotGranted { .. }
        | Gap::Denied { .. }
        | Gap::Truncated { .. }
        | Gap::Garbled { .. }
        | Gap::ApiError { .. } => false,
    }
}

/// What would be done for those whom nobody reaches.
pub(crate) async fn planned(session: &Session, scope: &Scope) -> Result<Vec<Planned>, CliError> {
    let all = candidates(session, scope).await?;
    Ok(all.iter().map(|one| Planned::of(&one.instance, &one.wish, &one.gap)).collect())
}

/// Adds that to a plan.
pub(crate) fn tell_plan(session: &Session, planned: &[Planned]) -> Result<(), CliError> {
    for left in record::all(session.beside())?.iter().filter(|left| !left.stage.is_over()) {
        out::out(&told::left(left))?;
    }
    for instance in &session.estate.instances {
        let is_static =
            session.estate.providers.get(&instance.provider) == Some(&ProviderKind::Static);
        if let Some(gap) = instance.guest.closed.get(&ChannelKind::Offline).filter(|_| !is_static) {
            let (name, gap) = (instance.name.to_string(), english(&gap.said()));
            out::out(&format!("\n{}: its disk is not repaired: {}\n", safe(&name), safe(&gap)))?;
        }
    }
    for one in planned {
        out::out("\n")?;
        out::page(&one.page())?;
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
