//! `CloudAudit`: who changed what, by the account's own log.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    call::{Action, Call},
    errors::Refusal,
    service::Service,
    wire::Int,
};
use crate::estate::Audited;

/// The vendor tells of less than 30 days at a time.
const SPAN: i64 = 30 * 24 * 3_600;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeEvents {
    start_time: Int,
    end_time: Int,
    next_token: Option<Int>,
    max_results: Option<Int>,
    #[serde(default)]
    lookup_attributes: Vec<Attribute>,
    #[serde(rename = "IsReturnLocation")]
    _is_return_location: Option<Int>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Attribute {
    attribute_key: String,
    attribute_value: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Events {
    list_over: bool,
    next_token: usize,
    total_count: usize,
    events: Vec<serde_json::Value>,
}

impl Attribute {
    fn takes(&self, entry: &Audited) -> Result<bool, Refusal> {
        let value = self.attribute_value.as_str();
        Ok(match self.attribute_key.as_str() {
            "EventName" => *entry.what == *value,
            // Only what changes something is kept here.
            "ActionType" => value.eq_ignore_ascii_case("write"),
            "ResourceName" => *entry.to == *value,
            other => {
                return Err(Refusal::new(
                    "InvalidParameterValue.attributeKey",
                    format!("`{other}` is not supported."),
                ));
            }
        })
    }
}

impl Action for DescribeEvents {
    const SERVICE: Service = Service::Cloudaudit;
    const NAME: &'static str = "DescribeEvents";
    const RATE: u32 = 20;
    type Answer = Events;

    fn serve(self, call: &mut Call<'_>) -> Result<Events, Refusal> {
        let (from, to) = (self.start_time.0, self.end_time.0);
        if from > to || to - from >= SPAN {
            return Err(Refusal::new(
                "InvalidParameterValue.Time",
                "The time range is wrong, or is 30 days or more.",
            ));
        }
        let most = self.max_results.map_or(10, |most| most.0);
        if !(1..=50).contains(&most) {
            return Err(Refusal::new(
                "InvalidParameterValue.MaxResult",
                "`MaxResults` is at most 50.",
            ));
        }
        let mut found = Vec::new();
        for (number, entry) in call.estate.audited.iter().rev() {
            let mut taken = entry.account == call.account && (from..=to).contains(&entry.at);
            for attribute in &self.lookup_attributes {
                taken &= attribute.takes(entry)?;
            }
            if taken {
                found.push((*number, entry));
            }
        }
        let skip = self.next_token.and_then(|token| usize::try_from(token.0).ok()).unwrap_or(0);
        let most = usize::try_from(most).unwrap_or(50);
        let uin = call.account().uin;
        let events: Vec<_> = found
            .iter()
            .skip(skip)
            .take(most)
            .map(|(number, entry)| event(*number, entry, uin, &call.region))
            .collect();
        let next_token = skip + events.len();
        Ok(Events {
            list_over: next_token >= found.len(),
            next_token,
            total_count: found.len(),
            events,
        })
    }
}

fn event(number: u64, entry: &Audited, uin: u64, region: &str) -> serde_json::Value {
    let whole = json!({
        "userIdentity": { "type": "CAMUser", "accountId": uin.to_string(), "userName": &*entry.by },
        "eventName": &*entry.what,
        "requestParameters": &*entry.sent,
        "errorCode": 0,
        "apiErrorCode": "0",
    });
    json!({
        "EventId": format!("event-{number}"),
        "Username": &*entry.by,
        "EventTime": entry.at.to_string(),
        "CloudAuditEvent": whole.to_string(),
        "ErrorCode": 0,
        "EventName": &*entry.what,
        "EventSource": "tencentcloudapi.com",
        "EventRegion": region,
        "ResourceRegion": region,
        "AccountID": uin,
        "SourceIPAddress": null,
        "SecretId": null,
        "Resources": { "ResourceType": "", "ResourceName": &*entry.to },
        "Location": "",
    })
}
