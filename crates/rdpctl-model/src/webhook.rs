//! Whom the continuous loop tells what turned.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::gap::Gap;
use crate::secret::SecretRef;

/// A `[[run.webhook]]` table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Webhook {
    /// Where it is told.
    pub url: WebhookUrl,
    /// In which form.
    pub form: WebhookForm,
    /// By which what is told is signed.
    pub secret: Option<SecretRef>,
    /// Why nothing is told there, where that was not granted. No part of what was declared.
    #[serde(skip)]
    pub closed: Option<Gap>,
}

/// Where a webhook is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WebhookUrl {
    /// There.
    Plain(String),
    /// Where the reference leads: whoever knows the address of a chat's webhook can write there.
    Secret(SecretRef),
}

/// As it is declared.
impl fmt::Display for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(url) => url.fmt(f),
            Self::Secret(reference) => reference.fmt(f),
        }
    }
}

impl Serialize for WebhookUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// In which form somebody is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WebhookForm {
    /// The events as `run --format json` tells them.
    #[default]
    Generic,
    /// A message of Slack.
    Slack,
    /// A card of Microsoft Teams.
    Teams,
}
