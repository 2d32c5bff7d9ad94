//! Network interfaces that were made beside those of the world's own machines.

use serde_json::json;

use super::{
    call::{Call, Follow, Served},
    place::Place,
    refusal::Refusal,
    work::Operation,
};
use crate::{
    estate::{Card, Extra, Label},
    world::{Tag, Text},
};

impl Call<'_> {
    /// Under which a thing that was made is kept: its id, without case.
    pub(super) fn extra_id(&self, place: &Place<'_>, name: &str) -> Text {
        self.extra_label_id(place, name).to_ascii_lowercase().into()
    }

    fn extra_label_id(&self, place: &Place<'_>, name: &str) -> String {
        let (subscription, group) = (self.subscription(), place.group.unwrap_or_default());
        let kind = place.kind.name();
        format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{kind}/{name}")
    }

    /// What a request says of a new thing.
    pub(super) fn label(
        &self,
        place: &Place<'_>,
        name: &str,
        asked: &serde_json::Value,
    ) -> Result<Label, Refusal> {
        let Some(region) = asked["location"].as_str() else {
            return Err(Refusal::new(
                400,
                "LocationRequired",
                "The location property is required.",
            ));
        };
        let tags = asked["tags"].as_object().into_iter().flatten();
        let tags = tags.filter_map(|(key, value)| {
            Some(Tag { key: key.as_str().into(), value: value.as_str()?.into() })
        });
        let zones = asked["zones"].as_array().into_iter().flatten();
        Ok(Label {
            account: self.account,
            id: self.extra_label_id(place, name).into(),
            region: region.into(),
            zones: zones.filter_map(|zone| zone.as_str().map(str::to_owned)).collect(),
            tags: tags.collect(),
        })
    }

    pub(super) fn card_request(
        &mut self,
        method: &str,
        place: &Place<'_>,
        name: &str,
    ) -> Result<Served, Refusal> {
        let id = self.extra_id(place, name);
        match (method, self.estate.extras.get(&id).cloned()) {
            ("GET", Some(Extra::Card(card))) => Ok(Served::ok(show(&card))),
            ("PUT", _) => {
                let asked = self.fields()?;
                let first = &asked["properties"]["ipConfigurations"][0]["properties"];
                let Some(subnet) = first["subnet"]["id"].as_str() else {
                    return Err(Refusal::new(400, "InvalidRequestFormat", "A subnet is missing."));
                };
                let card = Card {
                    label: self.label(place, name, &asked)?,
                    subnet: subnet.into(),
                    helper: None,
                };
                let region = card.label.region.clone();
                let made = Served { status: 201, ..Served::ok(show(&card)) };
                self.estate.put_extra(id, Extra::Card(card));
                let operation = Operation::Until(self.estate.now);
                Ok(self.following(made, operation, "Microsoft.Network", &region, Follow::Async))
            }
            ("DELETE", Some(Extra::Card(card))) => {
                if card.helper.is_some() {
                    return Err(Refusal::new(
                        400,
                        "NicInUse",
                        "Network Interface is used by an existing resource.",
                    ));
                }
                self.estate.drop_extra(&id);
                let operation = Operation::Until(self.estate.now);
                let begun = Served::empty(202);
                let region = card.label.region;
                Ok(self.following(begun, operation, "Microsoft.Network", &region, Follow::Both))
            }
            ("DELETE", _) => Ok(Served::empty(204)),
            _ => Err(Refusal::not_found(name)),
        }
    }
}

fn show(card: &Card) -> serde_json::Value {
    json!({
        "id": card.label.id,
        "name": card.label.name(),
        "location": card.label.region,
        "tags": tags(&card.label),
        "properties": {
            "provisioningState": "Succeeded",
            "ipConfigurations": [{ "name": "ipconfig1", "properties": { "subnet": { "id": card.subnet } } }],
            "virtualMachine": card.helper.as_ref().map(|id| json!({ "id": id })),
        },
    })
}

pub(super) fn tags(label: &Label) -> serde_json::Map<String, serde_json::Value> {
    label.tags.iter().map(|tag| (tag.key.to_string(), json!(&*tag.value))).collect()
}
