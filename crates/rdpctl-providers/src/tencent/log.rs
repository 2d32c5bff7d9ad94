//! Who changed what, by `CloudAudit`: asked by the names of the calls that can be the cause, since every look into a guest
//! stands in the log as well.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rdpctl_contract::{Changed, ChangesAsk, CloudError};
use rdpctl_model::FacetId;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::api::audit::{DescribeEvents, EVENTS, Event, LookupAttribute};
use super::client::Client;

/// The permission that it needs.
pub(super) const PERMISSION: &str = "cloudaudit:DescribeEvents";

/// The vendor tells of less than 30 days at a time.
const SPAN: SignedDuration = SignedDuration::from_hours(29 * 24);

/// Pages of one call's events that are read.
const PAGES: usize = 2;

/// By which calls a facet is changed for the worse. What is inside a guest no call of the vendor's changes.
const CALLS: [(FacetId, &[&str]); 4] = [
    (FacetId::Power, &["StopInstances", "TerminateInstances", "EnterRescueMode"]),
    (
        FacetId::PublicIp,
        &["DisassociateAddress", "ReleaseAddresses", "ReturnNormalAddresses", "TransformAddress"],
    ),
    (
        FacetId::Bandwidth,
        &[
            "ModifyAddressesBandwidth",
            "ResetInstancesInternetMaxBandwidth",
            "ModifyAddressInternetChargeType",
        ],
    ),
    (
        FacetId::Ingress,
        &[
            "CreateSecurityGroupPolicies",
            "DeleteSecurityGroupPolicies",
            "ModifySecurityGroupPolicies",
            "ReplaceSecurityGroupPolicies",
            "ReplaceSecurityGroupPolicy",
            "AssociateSecurityGroups",
            "DisassociateSecurityGroups",
            "ModifyInstancesAttribute",
        ],
    ),
];

fn calls(facet: FacetId) -> &'static [&'static str] {
    CALLS.iter().find(|(of, _)| *of == facet).map_or(&[], |(_, calls)| calls)
}

/// Reads the log.
pub(super) async fn changes(
    client: &Client,
    ask: &ChangesAsk,
    stop: &CancellationToken,
) -> Result<Vec<Changed>, CloudError> {
    let earliest = ask.until.checked_sub(SPAN).unwrap_or(ask.since);
    let (start, end) = (ask.since.max(earliest).as_second(), ask.until.as_second() + 1);
    let mut changes = Vec::new();
    for facet in &ask.facets {
        for call in calls(*facet) {
            let mut next_token = None;
            for _ in 0..PAGES {
                let request = DescribeEvents {
                    start_time: start,
                    end_time: end,
                    max_results: EVENTS,
                    next_token,
                    lookup_attributes: vec![LookupAttribute {
                        attribute_key: "EventName",
                        attribute_value: call,
                    }],
                };
                let page = client.call(&request, stop).await?.fields;
                changes.extend(page.events.iter().filter_map(|event| changed(event, *facet)));
                next_token = page.next_token.0;
                if page.list_over != Some(false) || next_token.is_none() {
                    break;
                }
            }
        }
    }
    changes.sort_by_key(|change| std::cmp::Reverse(change.at));
    Ok(changes)
}

/// An event that succeeded; of what the log does not date nothing can be said.
fn changed(event: &Event, facet: FacetId) -> Option<Changed> {
    let whole: Value = serde_json::from_str(event.cloud_audit_event.as_str()).unwrap_or_default();
    let refused = |code: &Value| match code {
        Value::Number(code) => code.as_i64() != Some(0),
        Value::String(code) => !code.is_empty() && code != "0",
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    };
    if event.error_code.0.unwrap_or(0) != 0 || refused(&whole["apiErrorCode"]) {
        return None;
    }
    let names = format!(
        "{} {}",
        event.resources.0.resource_name.as_str(),
        event.cloud_audit_event.as_str()
    );
    Some(Changed {
        at: time(event.event_time.as_str())?,
        by: event.username.given().unwrap_or("somebody whom the log does not name").to_owned(),
        what: event.event_name.as_str().to_owned(),
        facets: vec![facet],
        names: names.to_ascii_lowercase(),
    })
}

/// Seconds, or a date as it is in Beijing.
fn time(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Timestamp::from_second(seconds).ok();
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let local: DateTime = text.replace(' ', "T").parse().ok()?;
    let beijing = TimeZone::fixed(jiff::tz::offset(8));
    Some(beijing.to_zoned(local).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_dated_in_each_of_the_ways_that_the_vendor_writes() {
        let at = Some(Timestamp::from_second(1_700_000_000).unwrap());
        for text in ["1700000000", "2023-11-15 06:13:20", "2023-11-14T22:13:20Z"] {
            assert_eq!(time(text), at, "{text}");
        }
        assert_eq!(time("yesterday"), None);
    }

    #[test]
    fn what_was_refused_changed_nothing() {
        let event = |code: &str, whole: &str| -> Event {
            serde_json::from_str(&format!(
                r#"{{"Username":"ana","EventTime":"1700000000","EventName":"StopInstances","ErrorCode":{code},"CloudAuditEvent":{whole:?},"Resources":null}}"#
            ))
            .unwrap()
        };
        let told = |code, whole| changed(&event(code, whole), FacetId::Power).map(|it| it.by);
        assert_eq!(told("0", r#"{"apiErrorCode":"0"}"#).as_deref(), Some("ana"));
        assert_eq!(told("4", "{}"), None);
        assert_eq!(told("0", r#"{"apiErrorCode":"UnauthorizedOperation"}"#), None);
    }
}
