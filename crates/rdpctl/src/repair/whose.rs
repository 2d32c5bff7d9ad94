//! Whose disk is meant: an instance that is declared, or a member of a declared fleet.

use rdpctl_engine::Estate;
use rdpctl_engine::estate::Who;
use rdpctl_model::declaration::Instance;
use rdpctl_model::facts::Facts;
use rdpctl_model::mending::OfflineWish;
use rdpctl_model::{InstanceName, ResourceId};
use tokio_util::sync::CancellationToken;

use crate::arguments::Scope;
use crate::error::CliError;
use crate::progress::Manner;
use crate::session::Session;

/// Who is declared by that name and has that id. Of a fleet that is whom its selector picked when it was last looked at:
/// neither a plan file nor a record says who belongs to it.
pub(super) async fn declared(
    session: &Session,
    name: &InstanceName,
    id: &ResourceId,
) -> Result<Option<Instance>, CliError> {
    let instances = &session.estate.instances;
    if let Some(instance) = instances.iter().find(|instance| instance.name == *name) {
        return Ok(is_same(&instance.id, id).then(|| instance.clone()));
    }
    if name.fleet().is_none() {
        return Ok(None);
    }
    Ok(picked(session, &session.store.facts().await?, name, id))
}

/// The same of whoever was in hand when the power was lost: the state may have been lost with it, and then it is asked who
/// belongs to the fleet.
pub(super) async fn declared_still(
    session: &Session,
    name: &InstanceName,
    id: &ResourceId,
    stop: &CancellationToken,
) -> Result<Option<Instance>, CliError> {
    let found = declared(session, name, id).await?;
    let is_of_a_fleet = session.estate.fleets.iter().any(|fleet| name.is_of(&fleet.name));
    if found.is_some() || !is_of_a_fleet {
        return Ok(found);
    }
    let target = vec![name.as_str().parse().map_err(CliError::new)?];
    let scope = Scope { target, exclude: Vec::new(), refresh: true, allow: Vec::new() };
    let (view, untold) = session.look(&scope, Manner::Words, stop).await?;
    drop(untold);
    Ok(picked(session, &view.facts, name, id))
}

/// What is declared of repairs of somebody's disk.
pub(super) fn wish(estate: &Estate, name: &InstanceName) -> Option<OfflineWish> {
    let source = estate.sources().find(|source| match source.who {
        Who::One(instance) => instance.name == *name,
        Who::Fleet(fleet) => name.is_of(&fleet.name),
    });
    source?.guest.offline
}

fn picked(
    session: &Session,
    facts: &Facts,
    name: &InstanceName,
    id: &ResourceId,
) -> Option<Instance> {
    let fleets = session.estate.sources().filter_map(|source| match source.who {
        Who::Fleet(fleet) if name.is_of(&fleet.name) => Some((source.key, fleet)),
        Who::Fleet(_) | Who::One(_) => None,
    });
    fleets.into_iter().find_map(|(key, fleet)| {
        let rows = facts.chunks.iter().filter(|chunk| chunk.source == key);
        let mut rows = rows.flat_map(rdpctl_model::facts::Chunk::rows);
        let row = rows.find(|row| row.id.eq_ignore_ascii_case(id.as_str()))?;
        (key.member(row.id) == *name).then(|| fleet.member(name.clone(), ResourceId::new(row.id)))
    })
}

fn is_same(one: &ResourceId, other: &ResourceId) -> bool {
    one.as_str().eq_ignore_ascii_case(other.as_str())
}
