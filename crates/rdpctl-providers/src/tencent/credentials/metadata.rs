//! The machine's own role, from the metadata service that only machines of this cloud can reach.

use std::time::Duration;

use jiff::Timestamp;
use rdpctl_model::Said;
use rdpctl_model::secret::Secret;
use serde::Deserialize;

use super::profile::Found;
use super::source::{Credential, CredentialError, Miss, Surroundings};
use crate::credential::say;

const SERVICE: &str = "http://metadata.tencentyun.com";
const PATH: &str = "/latest/meta-data/cam/security-credentials/";

/// Elsewhere the name does not resolve or nothing answers: a short wait tells.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RoleCredential {
    #[serde(default)]
    code: String,
    #[serde(default)]
    tmp_secret_id: String,
    #[serde(default)]
    tmp_secret_key: String,
    #[serde(default)]
    token: String,
    #[serde(default)]
    expired_time: i64,
}

/// The credentials of the role that is bound to this machine.
pub(super) async fn machine_role(
    http: &reqwest::Client,
    around: &Surroundings,
) -> Result<Found, CredentialError> {
    let service = around.metadata.as_deref().unwrap_or(SERVICE);
    let none = |why: Said| Ok(Found::None(Miss { place: say::machine_role(), why }));
    let broken = |why: Said| CredentialError::Broken { place: say::machine_role(), why };

    let role = match get(http, &format!("{service}{PATH}")).await {
        Ok(Some(text)) => text,
        Ok(None) => return none(say::no_role_bound()),
        Err(_) => return none(say::no_metadata()),
    };
    let role = role.lines().next().unwrap_or_default().trim();
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+' | '=' | ',');
    if role.is_empty() || !role.chars().all(plain) {
        return Err(broken(say::no_role_name()));
    }
    let text = get(http, &format!("{service}{PATH}{role}"))
        .await
        .map_err(|_| broken(say::metadata_stopped()))?
        .ok_or_else(|| broken(say::none_for_role(role)))?;
    // The parser's own message would quote what it found, which is a secret.
    let given: RoleCredential =
        serde_json::from_str(&text).map_err(|_| broken(say::metadata_garbled()))?;
    if given.code != "Success" || given.tmp_secret_id.is_empty() || given.tmp_secret_key.is_empty()
    {
        return Err(broken(say::role_gave_none(role)));
    }
    Ok(Found::Some(Credential {
        id: given.tmp_secret_id.into(),
        key: Secret::new(given.tmp_secret_key),
        token: Some(Secret::new(given.token)),
        expires: Timestamp::from_second(given.expired_time).ok(),
    }))
}

/// A short text; `None` when there is nothing at that address.
async fn get(http: &reqwest::Client, url: &str) -> Result<Option<String>, reqwest::Error> {
    const LIMIT: usize = 64 * 1024;
    let mut response = http.get(url).timeout(PATIENCE).send().await?;
    if response.status().as_u16() == 404 {
        return Ok(None);
    }
    response.error_for_status_ref()?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk[..chunk.len().min(LIMIT - body.len())]);
    }
    Ok(Some(String::from_utf8_lossy(&body).into_owned()))
}
