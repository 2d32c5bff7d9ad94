//! Managed commands that a killed call left: taken away, whoever comes next.

use rdpctl_contract::cloud::CloudError;
use rdpctl_model::Said;
use rdpctl_model::outcome::{CreatedKind, Receipt};
use tokio_util::sync::CancellationToken;

use super::arm::Resource;
use super::change::{PATIENCE, already, done, unsupported};
use super::client::{Ask, COMPUTE, Client};
use super::id::ArmId;
use super::managed_command::Managed;
use super::managed_name::Ours;
use crate::moved::say as moved;
use crate::said::say;

/// Whether nobody waits for a command any more, by the id under which it is on record.
pub(super) fn is_left(client: &Client, id: &str) -> bool {
    let name = ArmId::parse(id).map(|at| at.name).unwrap_or_default();
    Ours::of(&name).is_some_and(|ours| ours.is_left(&name, client))
}

/// Takes one away. One whose script still runs is left to run: it may be changing something.
pub(super) async fn take(
    client: &Client,
    id: &str,
    stop: &CancellationToken,
) -> Result<Receipt, CloudError> {
    let at =
        ArmId::parse(id).ok_or_else(|| unsupported(Said::quoted(id), moved::no_id_of_azure()))?;
    let ours = Ours::of(&at.name)
        .ok_or_else(|| unsupported(moved::deleting(at.name.clone()), moved::not_ours()))?;
    let look = format!("{}?$expand=instanceView", at.path);
    let gone = || already(say::gone(at.name.clone()));
    let seen: Resource<Managed> = match client.call(&Ask::get(&look, COMPUTE), stop).await {
        Ok(answer) => answer.read()?,
        Err(error) if error.is_missing() => return Ok(gone()),
        Err(error) => return Err(error.into()),
    };
    let kind = CreatedKind::RunCommand.name();
    if !seen.properties.is_ended() && !ours.is_old() {
        return Err(unsupported(moved::giving_back(kind, at.name), moved::script_still_runs()));
    }
    match client.call(&Ask::delete(&at.path, COMPUTE), stop).await {
        Ok(begun) => {
            client.follow(begun, PATIENCE, stop).await?;
            Ok(done(say::deleted(at.name)))
        }
        Err(error) if error.is_missing() => Ok(gone()),
        Err(error) => Err(error.into()),
    }
}
