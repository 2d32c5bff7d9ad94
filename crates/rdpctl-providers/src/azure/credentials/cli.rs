//! Whoever is logged on to the vendor's command line.

use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rdpctl_model::Said;
use rdpctl_model::account::Azure;
use rdpctl_model::secret::Secret;
use serde::Deserialize;

use super::{CredentialError, Token, TokenSource};
use crate::azure::places::Places;
use crate::credential::say;

/// How long the program may take: it is a slow starter.
const PATIENCE: Duration = Duration::from_mins(1);

/// The vendor's command line.
pub(super) struct Cli {
    arguments: Vec<String>,
}

#[derive(Deserialize)]
struct Given {
    #[serde(rename = "accessToken")]
    access_token: String,
    expires_on: Option<i64>,
}

impl Cli {
    pub(super) fn new(places: &Places, declared: &Azure) -> Self {
        let mut arguments: Vec<String> =
            ["account", "get-access-token", "-o", "json", "--scope", &places.scope]
                .map(str::to_owned)
                .to_vec();
        arguments.extend(["--subscription".to_owned(), declared.subscription.clone()]);
        Self { arguments }
    }
}

#[async_trait]
impl TokenSource for Cli {
    fn name(&self) -> Said {
        say::azure_cli()
    }

    async fn token(&self) -> Result<Token, CredentialError> {
        let unavailable =
            |why: Said| CredentialError::Unavailable { source_name: self.name(), why };
        let child = tokio::process::Command::new("az")
            .args(&self.arguments)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = match tokio::time::timeout(PATIENCE, child).await {
            Err(_) => return Err(unavailable(say::az_too_long())),
            Ok(Err(error)) => return Err(unavailable(say::az_does_not_start(error.to_string()))),
            Ok(Ok(output)) => output,
        };
        if !output.status.success() {
            return Err(unavailable(say::not_logged_on()));
        }
        let given: Given =
            serde_json::from_slice(&output.stdout).map_err(|_| unavailable(say::az_garbled()))?;
        // Older versions give only local time; such a token is asked for anew each time.
        let until = given.expires_on.and_then(|until| Timestamp::from_second(until).ok());
        Ok(Token {
            secret: Secret::new(given.access_token),
            until: until.unwrap_or(Timestamp::now()),
        })
    }
}
