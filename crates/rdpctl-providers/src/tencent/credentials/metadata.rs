//! The machine's own role, from the metadata service that only machines of this cloud can reach.

use std::time::Duration;

use jiff::Timestamp;
use rdpctl_model::secret::Secret;
use serde::Deserialize;

use super::profile::Found;
use super::source::{Credential, CredentialError, Miss, Surroundings};

const SERVICE: &str = "http://metadata.tencentyun.com";
const PATH: &str = "/latest/meta-data/cam/security-credentials/";
const PLACE: &str = "machine role";

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
    let none = |why: &str| Ok(Found::None(Miss { place: PLACE.to_owned(), why: why.to_owned() }));
    let broken = |why: String| CredentialError::Broken { place: PLACE.to_owned(), why };

    let role = match get(http, &format!("{service}{PATH}")).await {
        Ok(Some(text)) => text,
        Ok(None) => return none("no role is bound to this machine"),
        Err(_) => {
            return none("the metadata service does not answer; this is no machine of the cloud");
        }
    };
    let role = role.lines().next().unwrap_or_default().trim();
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+' | '=' | ',');
    if role.is_empty() || !role.chars().all(plain) {
        return Err(broken("the metadata service gave no role's name".to_owned()));
    }
    let text = get(http, &format!("{service}{PATH}{role}"))
        .await
        .map_err(|_| broken("the metadata service stopped answering".to_owned()))?
        .ok_or_else(|| broken(format!("no credentials for the role {role}")))?;
    // The parser's own message would quote what it found, which is a secret.
    let given: RoleCredential = serde_json::from_str(&text)
        .map_err(|_| broken("the metadata service's answer is not understood".to_owned()))?;
    if given.code != "Success" || given.tmp_secret_id.is_empty() || given.tmp_secret_key.is_empty()
    {
        return Err(broken(format!("the role {role} gave no credentials")));
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
