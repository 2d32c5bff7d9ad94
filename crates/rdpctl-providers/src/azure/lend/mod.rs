//! A disk lent for reading: the copy's content by a signed link, which is short-lived, shown to nobody and taken back.

mod blocks;
mod window;

use std::time::Duration;

use rdpctl_contract::cloud::CloudError;
use rdpctl_model::outcome::Receipt;
use rdpctl_model::secret::Secret;
use serde_json::json;
use tokio_util::sync::CancellationToken;

pub use blocks::{LentDisk, Read};

use super::client::{Ask, Client, DISKS};
use super::id::{ArmId, short};
use super::pace::Kind;
use crate::moved::say as moved;
use window::Window;

/// How long a link lives, should nobody take it back.
const LENT: Duration = Duration::from_mins(30);
/// How long the vendor may take to make one, or to take it back.
const PATIENCE: Duration = Duration::from_mins(5);

/// Gives a link to the content of a snapshot, as blocks.
pub(super) async fn lend(
    client: &Client,
    snapshot: &str,
    stop: &CancellationToken,
) -> Result<LentDisk, CloudError> {
    let path = format!("{}/beginGetAccess", checked(snapshot).ok_or_else(|| no_id(snapshot))?);
    let body = json!({ "access": "Read", "durationInSeconds": LENT.as_secs() });
    let ask = Ask { body: Some(&body), ..Ask::post(&path, DISKS, Kind::Write) };
    let begun = client.call(&ask, stop).await?;
    let given = client.follow(begun, PATIENCE, stop).await?;
    let link = given.as_ref().and_then(|given| given["accessSAS"].as_str()).unwrap_or_default();
    let window = Window::open(client, Secret::new(link.to_owned()));
    let window = window.map_err(|why| CloudError::Garbled {
        action: "beginGetAccess".to_owned(),
        source: why.into(),
    })?;
    LentDisk::open(window).await
}

/// Takes all links to a snapshot back. A snapshot that is gone has none.
pub(super) async fn take_back(
    client: &Client,
    snapshot: &str,
    stop: &CancellationToken,
) -> Result<Receipt, CloudError> {
    let path = format!("{}/endGetAccess", checked(snapshot).ok_or_else(|| no_id(snapshot))?);
    match client.call(&Ask::post(&path, DISKS, Kind::Write), stop).await {
        Ok(begun) => {
            client.follow(begun, PATIENCE, stop).await?;
            let note = crate::said::say::link_taken_back(short(snapshot));
            Ok(Receipt { note, ..Receipt::default() })
        }
        Err(error) if error.is_missing() => {
            let note = crate::said::say::gone(short(snapshot));
            Ok(Receipt { note, already: true, ..Receipt::default() })
        }
        Err(error) => Err(error.into()),
    }
}

fn checked(snapshot: &str) -> Option<String> {
    ArmId::parse(snapshot).map(|at| at.path)
}

fn no_id(snapshot: &str) -> CloudError {
    CloudError::Unsupported { what: moved::reading(snapshot), why: moved::no_id_of_azure() }
}
