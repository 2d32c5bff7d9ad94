//! Keeps the credential in use: finds it when first needed, renews it before it runs out, once for all callers.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use super::profile::Found;
use super::source::{Credential, CredentialError, Miss, Source, Surroundings};
use super::{metadata, profile, sts};
use crate::tencent::transport::Transport;

/// Temporary credentials with less than this left are renewed.
const MARGIN: SignedDuration = SignedDuration::from_secs(300);

/// The credential in use.
#[derive(Debug)]
pub struct Keychain {
    source: Source,
    around: Surroundings,
    /// Held while searching, so that a hundred calls that start together search once.
    current: Mutex<Option<Arc<Credential>>>,
}

impl Keychain {
    /// A keychain that has not looked anywhere yet.
    #[must_use]
    pub fn new(source: Source, around: Surroundings) -> Self {
        Self { source, around, current: Mutex::new(None) }
    }

    /// The credential to sign with.
    ///
    /// # Errors
    /// When there is none, with what was tried.
    pub async fn current(&self, transport: &Transport) -> Result<Arc<Credential>, CredentialError> {
        let mut current = self.current.lock().await;
        match &*current {
            Some(credential) if lasts(credential, transport.now()) => Ok(Arc::clone(credential)),
            _ => {
                let found = Arc::new(self.find(transport).await?);
                *current = Some(Arc::clone(&found));
                Ok(found)
            }
        }
    }

    /// Lets go of a credential that the vendor refused; whoever asks next looks again.
    pub(crate) async fn discard(&self, refused: &Arc<Credential>) {
        let mut current = self.current.lock().await;
        if current.as_ref().is_some_and(|held| Arc::ptr_eq(held, refused)) {
            *current = None;
        }
    }

    async fn find(&self, transport: &Transport) -> Result<Credential, CredentialError> {
        match &self.source {
            Source::Chain => {
                let credential = self.chain(transport).await?;
                match self.around.variable("TENCENTCLOUD_ROLE_ARN") {
                    Some(arn) => sts::assume_role(transport, &self.around, &credential, arn).await,
                    None => Ok(credential),
                }
            }
            Source::Profile(name) => first([
                profile::cli_profile(&self.around, name).await?,
                profile::sdk_file(&self.around, name).await?,
            ]),
            Source::Role => {
                let mut tried = Vec::new();
                match sts::pod_identity(transport, &self.around).await? {
                    Found::Some(credential) => return Ok(credential),
                    Found::None(miss) => tried.push(miss),
                }
                match metadata::machine_role(transport.direct(), &self.around).await? {
                    Found::Some(credential) => Ok(credential),
                    Found::None(miss) => {
                        tried.push(miss);
                        Err(CredentialError::Nowhere { tried })
                    }
                }
            }
            Source::AssumeRole(arn) => {
                let base = self.chain(transport).await?;
                sts::assume_role(transport, &self.around, &base, arn).await
            }
            Source::Keys { id, key } => {
                let id = self.around.vault.resolve(id).await?;
                Ok(Credential::lasting(id.expose(), self.around.vault.resolve(key).await?))
            }
        }
    }

    /// The usual places, in the vendor's order, except that a pod's own identity goes before the role of the machine
    /// that it happens to run on.
    async fn chain(&self, transport: &Transport) -> Result<Credential, CredentialError> {
        let around = &self.around;
        let profile_name = ["TENCENTCLOUD_PROFILE", "TCCLI_PROFILE"]
            .into_iter()
            .find_map(|name| around.variable(name));
        let mut tried: Vec<Miss> = Vec::new();
        for place in Place::ORDER {
            let found = match place {
                Place::Environment => profile::environment(around)?,
                Place::SdkFile => profile::sdk_file(around, "default").await?,
                Place::CliProfile => {
                    profile::cli_profile(around, profile_name.unwrap_or("default")).await?
                }
                Place::Pod => sts::pod_identity(transport, around).await?,
                Place::Machine => metadata::machine_role(transport.direct(), around).await?,
            };
            match found {
                Found::Some(credential) => return Ok(credential),
                Found::None(miss) => tried.push(miss),
            }
        }
        Err(CredentialError::Nowhere { tried })
    }
}

#[derive(Clone, Copy)]
enum Place {
    Environment,
    SdkFile,
    CliProfile,
    Pod,
    Machine,
}

impl Place {
    const ORDER: [Self; 5] =
        [Self::Environment, Self::SdkFile, Self::CliProfile, Self::Pod, Self::Machine];
}

fn first(found: [Found; 2]) -> Result<Credential, CredentialError> {
    let mut tried = Vec::new();
    for found in found {
        match found {
            Found::Some(credential) => return Ok(credential),
            Found::None(miss) => tried.push(miss),
        }
    }
    Err(CredentialError::Nowhere { tried })
}

fn lasts(credential: &Credential, now: Timestamp) -> bool {
    credential.expires.is_none_or(|expires| expires.duration_since(now) > MARGIN)
}

#[cfg(test)]
mod tests {
    use rdpctl_model::secret::Secret;

    use super::*;

    #[test]
    fn what_runs_out_within_five_minutes_is_renewed() {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let mut credential = Credential::lasting("id", Secret::new("key".to_owned()));
        assert!(lasts(&credential, now));
        for (left, expected) in [(301, true), (300, false), (-1, false)] {
            credential.expires = Some(now + SignedDuration::from_secs(left));
            assert_eq!(lasts(&credential, now), expected, "{left} s left");
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        let mut credential =
            Credential::lasting("AKIDvisible", Secret::new("hidden-key".to_owned()));
        credential.token = Some(Secret::new("hidden-token".to_owned()));
        let around = Surroundings {
            variables: [("TENCENTCLOUD_SECRET_KEY", Secret::new("hidden-key".to_owned()))].into(),
            ..Surroundings::default()
        };
        let keychain = Keychain::new(Source::Chain, around);
        assert!(!format!("{credential:?} {keychain:?}").contains("hidden"));
    }
}
