//! From where a managed disk may be read, as it says itself. A copy has a word of its own for it, and takes none along.

use rdpctl_model::repair::NoLink;
use serde_json::{Map, Value};

/// By what a disk, or a snapshot, says who reads it.
const SAYS: [&str; 4] =
    ["networkAccessPolicy", "publicNetworkAccess", "diskAccessId", "dataAccessAuthMode"];

/// Why nobody is given a link that leads somewhere; nothing where the properties do not say so.
pub(super) fn no_link(properties: &Value) -> Option<NoLink> {
    match properties["networkAccessPolicy"].as_str() {
        Some("DenyAll") => Some(NoLink::ClosedToAll),
        Some("AllowPrivate") => Some(NoLink::PrivateOnly),
        Some(_) | None => (properties["publicNetworkAccess"].as_str() == Some("Disabled"))
            .then_some(NoLink::NotPublic),
    }
}

/// What a copy has to say, so that it is no more open than the disk is.
pub(super) fn kept(properties: &Value) -> Map<String, Value> {
    let said = SAYS.into_iter().filter(|key| !properties[*key].is_null());
    said.map(|key| (key.to_owned(), properties[key].clone())).collect()
}

/// With that in what is asked for.
pub(super) fn closed_alike(mut body: Value, kept: &Map<String, Value>) -> Value {
    if let Some(properties) = body["properties"].as_object_mut() {
        properties.extend(kept.clone());
    }
    body
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_copy_is_no_more_open_than_its_disk() {
        for (says, why) in [
            (json!({}), None),
            (json!({ "networkAccessPolicy": "AllowAll", "publicNetworkAccess": "Enabled" }), None),
            (json!({ "networkAccessPolicy": "DenyAll" }), Some(NoLink::ClosedToAll)),
            (
                json!({ "networkAccessPolicy": "AllowPrivate", "diskAccessId": "/x" }),
                Some(NoLink::PrivateOnly),
            ),
            (
                json!({ "networkAccessPolicy": "AllowAll", "publicNetworkAccess": "Disabled" }),
                Some(NoLink::NotPublic),
            ),
        ] {
            assert_eq!(no_link(&says), why, "{says}");
            let body = json!({ "properties": { "incremental": true } });
            let copy = closed_alike(body, &kept(&says));
            assert_eq!(no_link(&copy["properties"]), why, "{copy}");
            assert_eq!(copy["properties"]["diskAccessId"], says["diskAccessId"]);
        }
    }
}
