//! Who changed what, by the Activity Log: of a machine by its own id, of the network by the vendor's own provider, so that the
//! looks into guests, which stand in the log as well, are not read.

use jiff::{SignedDuration, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rdpctl_contract::{Changed, ChangesAsk, CloudError};
use rdpctl_model::FacetId;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::client::{Ask, Client};
use super::error::ArmError;

/// The version of the interface.
const VERSION: &str = "2015-04-01";

/// The permission that it needs.
pub(super) const PERMISSION: &str = "Microsoft.Insights/eventtypes/values/Read";

/// The vendor keeps 90 days.
const SPAN: SignedDuration = SignedDuration::from_hours(89 * 24);

/// Machines that are asked for one by one.
const MACHINES: usize = 20;

/// Pages that are read of one answer.
const PAGES: usize = 5;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Page {
    value: Vec<Event>,
    next_link: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Event {
    caller: Option<String>,
    #[serde(rename = "eventTimestamp")]
    at: Option<Timestamp>,
    operation_name: Word,
    status: Word,
    resource_id: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Word {
    value: Option<String>,
}

/// Of which facets an operation may be the cause.
fn facets(operation: &str) -> Vec<FacetId> {
    let operation = operation.to_ascii_lowercase();
    let is = |kind: &str| operation.starts_with(kind);
    if is("microsoft.compute/virtualmachines/") {
        let stops = ["/poweroff/action", "/deallocate/action", "/delete"];
        return if stops.iter().any(|end| operation.ends_with(end)) {
            vec![FacetId::Power]
        } else {
            Vec::new()
        };
    }
    if is("microsoft.network/publicipaddresses/") {
        return vec![FacetId::PublicIp];
    }
    if is("microsoft.network/networksecuritygroups/") {
        return vec![FacetId::Ingress];
    }
    if is("microsoft.network/networkinterfaces/") || is("microsoft.network/virtualnetworks/") {
        return vec![FacetId::PublicIp, FacetId::Ingress];
    }
    Vec::new()
}

/// Reads the log.
pub(super) async fn changes(
    client: &Client,
    ask: &ChangesAsk,
    stop: &CancellationToken,
) -> Result<Vec<Changed>, CloudError> {
    let earliest = ask.until.checked_sub(SPAN).unwrap_or(ask.since);
    let (since, until) = (ask.since.max(earliest), ask.until);
    let mut changes = Vec::new();
    if ask.facets.contains(&FacetId::Power) {
        let machines = ask.of.iter().filter(|id| {
            id.as_str()
                .to_ascii_lowercase()
                .contains("/providers/microsoft.compute/virtualmachines/")
        });
        for machine in machines.take(MACHINES) {
            let of = format!("resourceUri eq '{}'", machine.as_str().replace('\'', "''"));
            changes.append(&mut read(client, since, until, &of, stop).await?);
        }
    }
    if ask.facets.iter().any(|facet| [FacetId::PublicIp, FacetId::Ingress].contains(facet)) {
        let of = "resourceProvider eq 'Microsoft.Network'";
        changes.append(&mut read(client, since, until, of, stop).await?);
    }
    changes.sort_by_key(|change| std::cmp::Reverse(change.at));
    Ok(changes)
}

async fn read(
    client: &Client,
    since: Timestamp,
    until: Timestamp,
    of: &str,
    stop: &CancellationToken,
) -> Result<Vec<Changed>, ArmError> {
    let filter = format!("eventTimestamp ge '{since}' and eventTimestamp le '{until}' and {of}");
    let mut to = format!(
        "{}/providers/Microsoft.Insights/eventtypes/management/values?$filter={}&$select=caller,eventTimestamp,operationName,status,resourceId",
        client.root(),
        utf8_percent_encode(&filter, NON_ALPHANUMERIC)
    );
    let mut changes = Vec::new();
    for _ in 0..PAGES {
        let page: Page = client.call(&Ask::get(&to, VERSION), stop).await?.read()?;
        changes.extend(page.value.into_iter().filter_map(changed));
        match page.next_link {
            // Our token goes where we called, and nowhere else.
            Some(next) if client.places.holds(&next) => to = next,
            Some(_) | None => break,
        }
    }
    Ok(changes)
}

fn changed(event: Event) -> Option<Changed> {
    let operation = event.operation_name.value?;
    // One operation is told when it begins, when it is taken and when it is over.
    if event.status.value.as_deref() != Some("Succeeded") {
        return None;
    }
    let facets = facets(&operation);
    if facets.is_empty() {
        return None;
    }
    Some(Changed {
        at: event.at?,
        by: event.caller.unwrap_or_else(|| "somebody whom the log does not name".to_owned()),
        what: operation,
        facets,
        names: event.resource_id.unwrap_or_default().to_ascii_lowercase(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_have_done_it_is_nobodys_deed() {
        assert_eq!(facets("Microsoft.Compute/virtualMachines/powerOff/action"), [FacetId::Power]);
        assert_eq!(facets("MICROSOFT.COMPUTE/VIRTUALMACHINES/DEALLOCATE/ACTION"), [FacetId::Power]);
        assert_eq!(facets("Microsoft.Compute/virtualMachines/runCommand/action"), []);
        assert_eq!(
            facets("Microsoft.Network/networkSecurityGroups/securityRules/write"),
            [FacetId::Ingress]
        );
    }
}
