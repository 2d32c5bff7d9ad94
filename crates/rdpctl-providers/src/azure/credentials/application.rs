//! An application of the directory that proves itself: by a secret, by a certificate, or by a token that somebody else
//! issued.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use rdpctl_model::Said;
use rdpctl_model::secret::{Secret, SecretRef};
use serde::Deserialize;

use super::certificate::{self, Chain, Claim};
use super::{CredentialError, Token, TokenSource};
use crate::credential::say;
use crate::secret::Vault;

/// How an application proves itself.
#[derive(Clone, Debug)]
pub(super) enum Proof {
    /// By a secret that is at hand.
    Secret(Secret),
    /// By a secret that is read when it is needed.
    Reference(SecretRef),
    /// By a token in a file, which its owner replaces: read for each request.
    File(Option<PathBuf>),
    /// By a certificate, which is read for each request: its owner renews it.
    Certificate(SecretRef, Chain),
}

/// An application.
pub(super) struct Application {
    pub(super) http: reqwest::Client,
    pub(super) url: String,
    pub(super) scope: String,
    pub(super) client: String,
    pub(super) proof: Proof,
    pub(super) vault: Vault,
}

/// What the directory gives.
#[derive(Deserialize)]
struct Given {
    access_token: Option<String>,
    expires_in: Option<i64>,
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How long the directory may take.
const PATIENCE: Duration = Duration::from_secs(30);

#[async_trait]
impl TokenSource for Application {
    fn name(&self) -> Said {
        match self.proof {
            Proof::Secret(_) | Proof::Reference(_) => say::application_secret(),
            Proof::File(_) => say::workload_identity(),
            Proof::Certificate(..) => say::application_certificate(),
        }
    }

    async fn token(&self) -> Result<Token, CredentialError> {
        let unavailable =
            |why: Said| CredentialError::Unavailable { source_name: self.name(), why };
        if self.url.contains("//oauth2/") {
            return Err(unavailable(say::no_tenant()));
        }
        let proof = match &self.proof {
            Proof::Secret(secret) => secret.clone(),
            Proof::Reference(reference) => self.vault.resolve(reference).await?,
            Proof::File(None) => {
                return Err(unavailable(say::no_token_file()));
            }
            Proof::File(Some(file)) => {
                let text = tokio::fs::read_to_string(file).await.map_err(|error| {
                    unavailable(say::cannot_read(file.display().to_string(), error.to_string()))
                })?;
                Secret::new(text.trim_end().to_owned())
            }
            Proof::Certificate(reference, chain) => {
                let text = self.vault.resolve_whole(reference).await?;
                let claim = Claim { client: &self.client, audience: &self.url, chain: *chain };
                certificate::assertion(&text, &claim, Timestamp::now())
                    .map_err(|why| CredentialError::Unfit { source_name: self.name(), why })?
            }
        };
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", self.client.as_str()),
            ("scope", self.scope.as_str()),
        ];
        match self.proof {
            Proof::Secret(_) | Proof::Reference(_) => form.push(("client_secret", proof.expose())),
            Proof::File(_) | Proof::Certificate(..) => {
                form.push(("client_assertion_type", ASSERTION));
                form.push(("client_assertion", proof.expose()));
            }
        }
        let lost = |source: reqwest::Error| CredentialError::Lost {
            source_name: self.name(),
            source: source.without_url(),
        };
        let request = self.http.post(&self.url).timeout(PATIENCE).body(encoded(&form));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let body = request.send().await.map_err(&lost)?.bytes().await.map_err(&lost)?;
        let given: Given = serde_json::from_slice(&body).map_err(|_| CredentialError::Refused {
            source_name: self.name(),
            code: say::no_token(),
            message: say::directory_garbled(),
            advice: say::check_cloud_and_tenant(),
        })?;
        let Some(secret) = given.access_token.map(Secret::new) else {
            let code = code(&given.error_description).unwrap_or(given.error.as_str()).to_owned();
            let advice = advice(&code);
            let (code, message) = (Said::quoted(code), Said::quoted(given.error_description));
            return Err(CredentialError::Refused {
                source_name: self.name(),
                code,
                message,
                advice,
            });
        };
        let lasts = SignedDuration::from_secs(given.expires_in.unwrap_or(3600).clamp(0, 86_400));
        Ok(Token { secret, until: Timestamp::now() + lasts })
    }
}

/// The directory's own code, at the beginning of its words.
fn code(words: &str) -> Option<&str> {
    let (code, _) = words.split_once(':')?;
    code.starts_with("AADSTS").then_some(code)
}

fn advice(code: &str) -> Said {
    match code {
        "AADSTS7000215" => say::give_the_value(),
        "AADSTS7000222" => say::make_a_new_one(),
        "AADSTS700016" => say::no_such_application(),
        "AADSTS90002" => say::no_such_tenant(),
        "AADSTS700027" => say::certificate_not_registered(),
        "AADSTS700024" => say::check_the_clock(),
        "AADSTS70021" | "AADSTS700213" | "AADSTS700211" => say::no_federated_credential(),
        _ => say::check_tenant(),
    }
}

/// A form, as it is sent.
fn encoded(form: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (key, value) in form {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(key);
        text.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                text.push(char::from(byte));
            } else {
                text.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_s_code_leads_to_the_advice() {
        let words = "AADSTS7000215: Invalid client secret provided. Ensure …";
        assert!(rdpctl_words::english(&advice(code(words).unwrap())).contains("secret's value"));
        assert_eq!(code("something else: entirely"), None);
    }

    #[test]
    fn a_form_hides_nothing_in_its_signs() {
        assert_eq!(encoded(&[("a", "b+c/d="), ("e", "f~")]), "a=b%2Bc%2Fd%3D&e=f~");
    }
}
