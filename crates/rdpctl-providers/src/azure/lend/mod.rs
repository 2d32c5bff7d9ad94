//! A disk lent for reading: the copy's content by a signed link, which is short-lived, shown to nobody and taken back.

mod blocks;
mod window;

use std::time::Duration;

use rdpctl_contract::cloud::CloudError;
use rdpctl_model::outcome::Receipt;
use rdpctl_model::repair::NoLink;
use rdpctl_model::secret::Secret;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

pub use blocks::{LentDisk, Read};

use super::client::{Ask, Client, DISKS};
use super::id::{ArmId, short};
use super::network;
use super::pace::Kind;
use crate::moved::say as moved;
use rdpctl_model::Said;
use window::{Blind, Window};

/// How long a link lives, should nobody take it back.
const LENT: Duration = Duration::from_mins(30);
/// How long the vendor may take to make one, or to take it back.
const PATIENCE: Duration = Duration::from_mins(5);

/// Why nothing is lent.
#[derive(Debug)]
pub enum NotLent {
    /// Nobody is given what leads there, for a reason that does not pass.
    Closed {
        /// The reason.
        why: NoLink,
        /// What the vendor said.
        error: Box<CloudError>,
    },
    /// It failed.
    Failed(Box<CloudError>),
}

impl NotLent {
    fn closed(why: NoLink, error: CloudError) -> Self {
        Self::Closed { why, error: Box::new(error) }
    }
}

impl From<CloudError> for NotLent {
    fn from(error: CloudError) -> Self {
        Self::Failed(Box::new(error))
    }
}

/// Gives a link to the content of a snapshot, as blocks.
pub(super) async fn lend(
    client: &Client,
    snapshot: &str,
    stop: &CancellationToken,
) -> Result<LentDisk, NotLent> {
    let path = checked(snapshot).ok_or_else(|| no_id(snapshot))?;
    let window = match link(client, &path, stop).await {
        Ok(window) => window,
        Err(error) => return Err(why(client, &path, error, stop).await),
    };
    let failed = |said: Said| CloudError::Unreachable {
        endpoint: moved::copy_of_the_disk(),
        source: said.into(),
    };
    let first = match window.read(0, 512).await {
        Ok(first) => first,
        // The link is as fresh as it can be: it is not its time that is over.
        Err(Blind::Refused) => {
            let error = failed(moved::storage_refuses());
            return Err(NotLent::closed(NoLink::Storage, error));
        }
        Err(blind) => return Err(failed(blind.said()).into()),
    };
    LentDisk::open(window, first).await.map_err(|blind| failed(blind.said()).into())
}

/// What the vendor says where a policy, or the role, gives no link.
const FORBIDDEN: [(&str, NoLink); 2] =
    [("RequestDisallowedByPolicy", NoLink::Policy), ("AuthorizationFailed", NoLink::Role)];

/// Whether what was refused is refused to everybody. By which code the vendor refuses a link to what is exported to nobody is
/// documented nowhere: the copy is asked.
async fn why(client: &Client, path: &str, error: CloudError, stop: &CancellationToken) -> NotLent {
    let CloudError::Refused { code, .. } = &error else { return error.into() };
    if let Some((_, why)) = FORBIDDEN.into_iter().find(|(forbidden, _)| code == forbidden) {
        return NotLent::closed(why, error);
    }
    let Ok(answer) = client.call(&Ask::get(path, DISKS), stop).await else {
        return error.into();
    };
    match answer.read::<Value>().ok().and_then(|known| network::no_link(&known["properties"])) {
        Some(why) => NotLent::closed(why, error),
        None => error.into(),
    }
}

async fn link(client: &Client, path: &str, stop: &CancellationToken) -> Result<Window, CloudError> {
    let path = format!("{path}/beginGetAccess");
    let body = json!({ "access": "Read", "durationInSeconds": LENT.as_secs() });
    let ask = Ask { body: Some(&body), ..Ask::post(&path, DISKS, Kind::Write) };
    let begun = client.call(&ask, stop).await?;
    let given = client.follow(begun, PATIENCE, stop).await?;
    let link = given.as_ref().and_then(|given| given["accessSAS"].as_str()).unwrap_or_default();
    let window = Window::open(client, Secret::new(link.to_owned()));
    window.map_err(|why| CloudError::Garbled {
        action: "beginGetAccess".to_owned(),
        source: why.into(),
    })
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
