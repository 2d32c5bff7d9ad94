//! Long-running operations: followed by the address that the vendor gives, both ways, to their end.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::client::{Answer, Ask, Client};
use super::error::{ArmError, Words};
use crate::moved::say as moved;

/// The first look comes after this; each next one later.
const FIRST: Duration = Duration::from_millis(150);

/// Looks are never further apart.
const SLOWEST: Duration = Duration::from_secs(20);

/// How an operation is.
#[derive(Deserialize)]
struct Status {
    #[serde(default, rename = "status")]
    word: String,
    error: Option<Words>,
    properties: Option<Output>,
}

#[derive(Deserialize)]
struct Output {
    output: Option<Value>,
}

/// A body that says how a resource is.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Resource {
    properties: Properties,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Properties {
    provisioning_state: String,
}

impl Client {
    /// Follows what a call began to its end; gives what it made, where it says so.
    pub(super) async fn follow(
        &self,
        begun: Answer,
        within: Duration,
        stop: &CancellationToken,
    ) -> Result<Option<Value>, ArmError> {
        let action = begun.action.as_str();
        let owned = |name: &str| begun.header(name).map(str::to_owned);
        let (mut state, mut location) = (owned("azure-asyncoperation"), owned("location"));
        if state.is_none() && location.is_none() {
            let resource = serde_json::from_slice::<Resource>(&begun.body).unwrap_or_default();
            return failed(action, &resource.properties.provisioning_state).map_or(Ok(None), Err);
        }
        let began = Instant::now();
        let mut pause = FIRST;
        let mut wait = begun.retry_after().unwrap_or(FIRST);
        let _one = self.pace.following();
        loop {
            wait = wait.max(self.pace.apart());
            if began.elapsed() + wait > within {
                return Err(ArmError::Unfinished { action: action.to_owned(), waited: within });
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stop.cancelled() => return Err(ArmError::Stopped),
            }
            let url = state.as_deref().or(location.as_deref()).unwrap_or_default().to_owned();
            // Our token goes to nobody else.
            if !self.places.holds(&url) {
                return Err(ArmError::Garbled {
                    action: action.to_owned(),
                    source: moved::leads_elsewhere().into(),
                });
            }
            let looked = match self.call(&Ask::get(&url, ""), stop).await {
                Ok(looked) => looked,
                // Forgotten: the resource itself says what became of it.
                Err(error) if error.is_missing() => return Ok(None),
                Err(error) => return Err(error),
            };
            if state.is_some() {
                let status: Status = looked.read()?;
                match status.word.to_ascii_lowercase().as_str() {
                    "succeeded" => {
                        if let Some(output) = status.properties.and_then(|made| made.output) {
                            return Ok(Some(output));
                        }
                        let Some(result) = location.filter(|url| self.places.holds(url)) else {
                            return Ok(None);
                        };
                        let result = self.call(&Ask::get(&result, ""), stop).await;
                        return Ok(result
                            .ok()
                            .and_then(|made| serde_json::from_slice(&made.body).ok()));
                    }
                    "failed" | "canceled" => {
                        let Words { code, message } = status.error.unwrap_or_default();
                        return Err(refused(action, &code, message));
                    }
                    _ => {}
                }
            } else if looked.status != 202 {
                return Ok(serde_json::from_slice(&looked.body).ok());
            }
            for (header, kept) in
                [("azure-asyncoperation", &mut state), ("location", &mut location)]
            {
                if let Some(moved) = looked.header(header) {
                    *kept = Some(moved.to_owned());
                }
            }
            wait = looked.retry_after().unwrap_or(pause);
            pause = (pause * 8 / 5).min(SLOWEST);
        }
    }
}

fn failed(action: &str, state: &str) -> Option<ArmError> {
    matches!(state, "Failed" | "Canceled")
        .then(|| refused(action, state, format!("provisioningState {state}")))
}

fn refused(action: &str, code: &str, message: String) -> ArmError {
    ArmError::Refused {
        action: action.to_owned(),
        status: 409,
        code: if code.is_empty() { "Failed".to_owned() } else { code.to_owned() },
        message,
        request: String::new(),
        retry_after: None,
    }
}
