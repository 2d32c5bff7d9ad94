//! The Activity Log: who changed what in a subscription.

use jiff::Timestamp;
use serde_json::json;

use super::{
    call::{Call, Served},
    refusal::Refusal,
};
use crate::{
    estate::{Audited, Estate},
    world::AccountIndex,
};

/// The path below a subscription.
const PATH: &str = "/providers/microsoft.insights/eventtypes/management/values";

/// The permission that it needs.
pub(super) const PERMISSION: &str = "Microsoft.Insights/eventtypes/values/read";

/// Whether a path is that of the log.
pub(super) fn is_log(path: &str) -> bool {
    path.trim_end_matches('/').to_ascii_lowercase().ends_with(PATH)
}

/// What is asked.
#[derive(Debug, Default)]
struct Filter {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    uri: Option<String>,
    provider: Option<String>,
}

impl Filter {
    /// The few patterns that the vendor allows.
    fn read(text: &str) -> Option<Self> {
        let mut filter = Self::default();
        for part in text.split(" and ") {
            let mut words = part.trim().splitn(3, ' ');
            let (name, how, value) = (words.next()?, words.next()?, words.next()?);
            // Times are taken without their signs, too, as the vendor's own client sends them.
            let bare = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\''));
            let value = match bare {
                Some(value) => value.replace("''", "'"),
                None if name == "eventTimestamp" => value.to_owned(),
                None => return None,
            };
            match (name, how) {
                ("eventTimestamp", "ge") => filter.since = Some(moment(&value)?),
                ("eventTimestamp", "le") => filter.until = Some(moment(&value)?),
                // Which of its channels: all that is entered here is of both.
                ("eventChannels", "eq") => {}
                ("resourceUri" | "resourceId", "eq") => {
                    filter.uri = Some(value.to_ascii_lowercase());
                }
                ("resourceProvider", "eq") => {
                    filter.provider = Some(format!("/providers/{}/", value.to_ascii_lowercase()));
                }
                (_, _) => return None,
            }
        }
        filter.since.is_some().then_some(filter)
    }

    fn takes(&self, entry: &Audited) -> bool {
        let Ok(at) = Timestamp::from_second(entry.at) else { return false };
        let to = entry.to.to_ascii_lowercase();
        self.since.is_none_or(|since| since.as_second() <= at.as_second())
            && self.until.is_none_or(|until| at <= until)
            && self.uri.as_ref().is_none_or(|uri| to == *uri || to.starts_with(&format!("{uri}/")))
            && self.provider.as_ref().is_none_or(|provider| to.contains(provider))
    }
}

/// A moment; one that names no zone is in UTC.
fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| format!("{text}Z").parse().ok())
}

/// Enters what was done.
pub(super) fn enter(estate: &mut Estate, account: AccountIndex, permission: &str, path: &str) {
    let by = estate.world.account(account).secret_id.clone();
    let path = path.trim_end_matches('/');
    // The log names the machine, not the verb.
    let to = match path.rsplit_once('/') {
        Some((machine, _)) if permission.ends_with("/action") => machine,
        Some(_) | None => path,
    };
    estate.audit(account, &by, permission, to, "");
}

/// Answers.
pub(super) fn answer(call: &Call<'_>) -> Result<Served, Refusal> {
    let given = call.query.split('&').find_map(|pair| pair.strip_prefix("$filter="));
    let filter = given.map(decoded).as_deref().and_then(Filter::read).ok_or_else(|| {
        Refusal::new(
            400,
            "BadRequest",
            "The $filter is missing, or not one of those that are supported.",
        )
    })?;
    let entries = call.estate.audited.iter().rev();
    let own = entries.filter(|(_, entry)| entry.account == call.account && filter.takes(entry));
    let events: Vec<_> = own
        .map(|(number, entry)| {
            json!({
                "caller": &*entry.by,
                "eventTimestamp": Timestamp::from_second(entry.at).unwrap_or_default().to_string(),
                "operationName": { "value": &*entry.what, "localizedValue": &*entry.what },
                "status": { "value": "Succeeded", "localizedValue": "Succeeded" },
                "resourceId": &*entry.to,
                "eventDataId": number.to_string(),
            })
        })
        .collect();
    Ok(Served::ok(json!({ "value": events })))
}

/// What stands in a query, decoded.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digits = |high: Option<u8>, low: Option<u8>| {
            let text = [high?, low?];
            u8::from_str_radix(std::str::from_utf8(&text).ok()?, 16).ok()
        };
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => bytes.extend(digits(rest.next(), rest.next())),
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
