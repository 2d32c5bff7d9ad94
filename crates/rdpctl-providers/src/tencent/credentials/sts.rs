//! Temporary credentials from the token service: a role assumed with a key, or with a pod's identity token.

use jiff::Timestamp;
use rdpctl_model::Said;
use rdpctl_model::secret::Secret;
use serde::{Deserialize, Serialize};

use super::profile::{Found, read};
use super::source::{Credential, CredentialError, Miss, Surroundings};
use crate::credential::say;
use crate::tencent::endpoint::Service;
use crate::tencent::envelope;
use crate::tencent::error::CallError;
use crate::tencent::lenient::{Number, Text};
use crate::tencent::transport::{Outgoing, Signer, Transport};

/// How long a role is assumed for; the vendor's own default.
const SECONDS: u32 = 7200;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AssumeRole<'a> {
    role_arn: &'a str,
    role_session_name: &'a str,
    duration_seconds: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AssumeRoleWithWebIdentity<'a> {
    provider_id: &'a str,
    web_identity_token: &'a str,
    role_arn: &'a str,
    role_session_name: &'a str,
    duration_seconds: u32,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Given {
    credentials: GivenCredentials,
    expired_time: Number,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct GivenCredentials {
    token: Text,
    tmp_secret_id: Text,
    tmp_secret_key: Text,
}

/// Assumes a role with a credential in hand.
pub(super) async fn assume_role(
    transport: &Transport,
    around: &Surroundings,
    base: &Credential,
    arn: &str,
) -> Result<Credential, CredentialError> {
    const ACTION: &str = "AssumeRole";
    let session = around.variable("TENCENTCLOUD_ROLE_SESSION_NAME").unwrap_or("rdpctl");
    let request =
        AssumeRole { role_arn: arn, role_session_name: session, duration_seconds: SECONDS };
    ask(transport, ACTION, &request, Signer::Credential(base)).await.map_err(|source| {
        CredentialError::Refused { place: say::role_to_assume(), source: source.said().into() }
    })
}

/// Assumes a pod's role with the identity token that its cluster keeps fresh in a file.
pub(super) async fn pod_identity(
    transport: &Transport,
    around: &Surroundings,
) -> Result<Found, CredentialError> {
    const ACTION: &str = "AssumeRoleWithWebIdentity";
    let variables =
        ["TKE_REGION", "TKE_PROVIDER_ID", "TKE_WEB_IDENTITY_TOKEN_FILE", "TKE_ROLE_ARN"];
    let [Some(_), Some(provider_id), Some(token_file), Some(role_arn)] =
        variables.map(|name| around.variable(name))
    else {
        let missing =
            variables.into_iter().find(|name| around.variable(name).is_none()).unwrap_or_default();
        return Ok(Found::None(Miss { place: say::pod_identity(), why: say::not_set(missing) }));
    };
    let broken = |why: Said| CredentialError::Broken { place: say::pod_identity(), why };
    let token = read(token_file.as_ref())
        .await
        .map_err(|error| broken(say::at(token_file, error.to_string())))?
        .ok_or_else(|| broken(say::file_missing(token_file)))?;
    let request = AssumeRoleWithWebIdentity {
        provider_id,
        web_identity_token: token.trim(),
        role_arn,
        role_session_name: around.variable("TENCENTCLOUD_ROLE_SESSION_NAME").unwrap_or("rdpctl"),
        duration_seconds: SECONDS,
    };
    ask(transport, ACTION, &request, Signer::Nobody).await.map(Found::Some).map_err(|source| {
        CredentialError::Refused { place: say::pod_identity(), source: source.said().into() }
    })
}

async fn ask<R: Serialize + Sync>(
    transport: &Transport,
    action: &'static str,
    request: &R,
    signer: Signer<'_>,
) -> Result<Credential, CallError> {
    let body =
        serde_json::to_vec(request).map_err(|source| CallError::Garbled { action, source })?;
    let received =
        transport.send(Outgoing { service: Service::Sts, action, body: &body, signer }).await?;
    let given: Given = envelope::read(action, &received.body)?.fields;
    let secret = |text: &Text| Secret::new(text.as_str().to_owned());
    Ok(Credential {
        id: given.credentials.tmp_secret_id.as_str().into(),
        key: secret(&given.credentials.tmp_secret_key),
        token: given.credentials.token.given().map(|_| secret(&given.credentials.token)),
        expires: given.expired_time.0.and_then(|second| Timestamp::from_second(second).ok()),
    })
}
