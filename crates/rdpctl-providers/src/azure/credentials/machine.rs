//! The identity of the machine that rdpctl runs on: asked for at its metadata service, never through a proxy.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rdpctl_model::Said;
use rdpctl_model::secret::Secret;
use serde::Deserialize;
use serde_json::Value;

use super::{CredentialError, Surroundings, Token, TokenSource};
use crate::azure::places::Places;
use crate::credential::say;

/// The metadata service of a virtual machine.
const METADATA: &str = "http://169.254.169.254";

/// How long it may take. It is next door, or not there.
const PATIENCE: Duration = Duration::from_secs(3);

/// A machine's identity.
pub(super) struct Machine {
    http: reqwest::Client,
    url: String,
    query: Vec<(&'static str, String)>,
    header: (&'static str, Secret),
}

#[derive(Deserialize)]
struct Given {
    access_token: Option<String>,
    /// Unix seconds, as text or as a number.
    expires_on: Option<Value>,
    #[serde(default)]
    error_description: String,
}

impl Machine {
    pub(super) fn new(
        http: &reqwest::Client,
        places: &Places,
        around: &Surroundings,
        client: Option<String>,
    ) -> Self {
        let resource = places.resource().to_owned();
        let service =
            around.variable("IDENTITY_ENDPOINT").zip(around.variables.get("IDENTITY_HEADER"));
        let (url, version, header) = if let Some((endpoint, header)) = service {
            (endpoint.to_owned(), "2019-08-01", ("x-identity-header", header.clone()))
        } else {
            let host = around.variable("AZURE_POD_IDENTITY_AUTHORITY_HOST").unwrap_or(METADATA);
            let url = format!("{}/metadata/identity/oauth2/token", host.trim_end_matches('/'));
            (url, "2018-02-01", ("metadata", Secret::new("true".to_owned())))
        };
        let mut query = vec![("api-version", version.to_owned()), ("resource", resource)];
        query.extend(client.map(|client| ("client_id", client)));
        Self { http: http.clone(), url, query, header }
    }
}

#[async_trait]
impl TokenSource for Machine {
    fn name(&self) -> Said {
        say::managed_identity()
    }

    async fn token(&self) -> Result<Token, CredentialError> {
        let unavailable =
            |why: Said| CredentialError::Unavailable { source_name: self.name(), why };
        let (name, value) = &self.header;
        let url = reqwest::Url::parse_with_params(&self.url, &self.query)
            .map_err(|error| unavailable(say::bad_address(&self.url, error.to_string())))?;
        let asked = self.http.get(url).timeout(PATIENCE).header(*name, value.expose()).send().await;
        let Ok(answer) = asked else {
            return Err(unavailable(say::no_metadata_here()));
        };
        let given =
            answer.bytes().await.ok().and_then(|body| serde_json::from_slice::<Given>(&body).ok());
        let Some(given) = given else {
            return Err(unavailable(say::metadata_garbled()));
        };
        let Some(secret) = given.access_token.map(Secret::new) else {
            return Err(unavailable(say::no_such_identity(given.error_description)));
        };
        let until = given.expires_on.and_then(|until| {
            until.as_str().map_or_else(|| until.as_i64(), |text| text.parse().ok())
        });
        let until = until.and_then(|until| Timestamp::from_second(until).ok());
        Ok(Token { secret, until: until.unwrap_or(Timestamp::now()) })
    }
}
