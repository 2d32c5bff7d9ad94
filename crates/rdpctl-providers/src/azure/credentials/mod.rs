//! Tokens: where they come from, and the one that is kept while it lasts.

mod application;
mod certificate;
mod chain;
mod cli;
mod machine;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use rdpctl_contract::{ForACall, told};
use rdpctl_model::Said;
use rdpctl_model::account::{Azure, AzureCredentials};
use rdpctl_model::secret::{Secret, SecretRef};
use tokio::sync::Mutex;

use super::places::Places;
use crate::credential::{nowhere, say};
use crate::secret::{SecretError, Vault};
use application::{Application, Proof};
use certificate::Chain as Signers;
use chain::Chain;
use cli::Cli;
use machine::Machine;

/// How long before its end a token is not used any more.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// A token for the resource manager; it never prints.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token.
    pub secret: Secret,
    /// When it runs out.
    pub until: Timestamp,
}

/// Gives tokens for the resource manager.
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// What it is, for people.
    fn name(&self) -> Said;

    /// A fresh token.
    async fn token(&self) -> Result<Token, CredentialError>;
}

/// Why there is no token. Names what was tried; never what was found.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// This source has nothing here; another may.
    #[error("nothing here: {}", .why.key().as_str())]
    Unavailable {
        /// The source.
        source_name: Said,
        /// Why.
        why: Said,
    },
    /// What is here proves nobody.
    #[error("what is here proves nobody: {}", .why.key().as_str())]
    Unfit {
        /// The source.
        source_name: Said,
        /// Why.
        why: Said,
    },
    /// The directory refused.
    #[error("the directory refused")]
    Refused {
        /// The source.
        source_name: Said,
        /// The directory's code.
        code: Said,
        /// Its words; untrusted text.
        message: Said,
        /// What the user can do.
        advice: Said,
    },
    /// Nobody answered, or nothing that can be read.
    #[error("no token came")]
    Lost {
        /// The source.
        source_name: Said,
        /// What came instead.
        #[source]
        source: reqwest::Error,
    },
    /// A secret reference led nowhere.
    #[error("a secret of the provider's credentials is missing")]
    Secret(#[from] SecretError),
    /// None of the places has any.
    #[error("no credentials found")]
    Nowhere {
        /// What was tried.
        tried: Vec<Said>,
    },
}

impl CredentialError {
    /// What the user can do.
    #[must_use]
    pub(super) fn advice(&self) -> Said {
        match self {
            Self::Refused { advice, .. } => advice.clone(),
            Self::Unavailable { .. } | Self::Nowhere { .. } => say::ways_to_log_on(),
            Self::Lost { .. } => say::check_cloud_and_network(),
            Self::Secret(_) => say::set_the_secret(),
            Self::Unfit { .. } => say::give_a_certificate(),
        }
    }

    /// It with all that it rests on.
    #[must_use]
    pub fn said(&self) -> Said {
        match self {
            Self::Unavailable { source_name, why } | Self::Unfit { source_name, why } => {
                say::at(source_name, why)
            }
            Self::Refused { source_name, code, message, .. } => {
                say::refused_by(source_name, code, message)
            }
            Self::Lost { source_name, source } => say::no_token_came(source_name, told(source)),
            Self::Secret(error) => say::secret_missing(error.said()),
            Self::Nowhere { tried } => nowhere(tried.iter().cloned()),
        }
    }
}

/// What the process has around it, as far as credentials are concerned.
#[derive(Clone, Default)]
pub struct Surroundings {
    /// The variables that [`Surroundings::VARIABLES`] names, where they are set.
    pub variables: BTreeMap<&'static str, Secret>,
    /// Where references lead.
    pub vault: Vault,
    /// Where what is made for one call is on record; nowhere, where nothing is remembered.
    pub for_a_call: Option<Arc<dyn ForACall>>,
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings")
            .field("variables", &self.variables.keys())
            .finish_non_exhaustive()
    }
}

impl Surroundings {
    /// The variables that may matter.
    pub const VARIABLES: [&'static str; 10] = [
        "AZURE_TENANT_ID",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
        "AZURE_CLIENT_CERTIFICATE_PATH",
        "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN",
        "AZURE_FEDERATED_TOKEN_FILE",
        "AZURE_AUTHORITY_HOST",
        "AZURE_POD_IDENTITY_AUTHORITY_HOST",
        "IDENTITY_ENDPOINT",
        "IDENTITY_HEADER",
    ];

    /// Those of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let variables = Self::VARIABLES
            .into_iter()
            .filter_map(|name| Some((name, Secret::new(std::env::var(name).ok()?))))
            .collect();
        Self { variables, ..Self::default() }
    }

    /// A variable, unless it is unset or empty.
    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(Secret::expose).filter(|value| !value.is_empty())
    }
}

/// The source that a declaration names. Of the two clients the second knows no proxy: the metadata service answers this
/// machine alone, and what it gives is worth an identity.
pub(super) fn source(
    declared: &Azure,
    places: &Places,
    around: &Surroundings,
    (http, direct): (&reqwest::Client, &reqwest::Client),
) -> Box<dyn TokenSource> {
    let tenant = declared
        .tenant
        .clone()
        .or_else(|| around.variable("AZURE_TENANT_ID").map(str::to_owned))
        .unwrap_or_default();
    let authority = match (&declared.calls.endpoint, around.variable("AZURE_AUTHORITY_HOST")) {
        (None, Some(host)) => host.trim_end_matches('/').to_owned(),
        (Some(_), _) | (None, None) => places.authority.clone(),
    };
    let application = |client: String, proof| Application {
        http: http.clone(),
        url: format!("{authority}/{tenant}/oauth2/v2.0/token"),
        scope: places.scope.clone(),
        client,
        proof,
        vault: around.vault.clone(),
    };
    let client_of = |client: &Option<String>| {
        client
            .clone()
            .or_else(|| around.variable("AZURE_CLIENT_ID").map(str::to_owned))
            .unwrap_or_default()
    };
    let machine = |client: Option<String>| Machine::new(direct, places, around, client);
    match &declared.credentials {
        AzureCredentials::ClientSecret { client, secret } => {
            Box::new(application(client.clone(), Proof::Reference(secret.clone())))
        }
        AzureCredentials::ClientCertificate { client, certificate } => {
            let proof = Proof::Certificate(certificate.clone(), Signers::Kept);
            Box::new(application(client.clone(), proof))
        }
        AzureCredentials::WorkloadIdentity { client, token_file } => {
            let file = token_file
                .clone()
                .or_else(|| around.variable("AZURE_FEDERATED_TOKEN_FILE").map(Into::into));
            Box::new(application(client_of(client), Proof::File(file)))
        }
        AzureCredentials::ManagedIdentity { client } => Box::new(machine(client.clone())),
        AzureCredentials::Cli => Box::new(Cli::new(places, declared)),
        AzureCredentials::Chain => {
            let mut links: Vec<Box<dyn TokenSource>> = Vec::new();
            if let (false, Some(client)) = (tenant.is_empty(), around.variable("AZURE_CLIENT_ID")) {
                if let Some(secret) = around.variables.get("AZURE_CLIENT_SECRET") {
                    let proof = Proof::Secret(secret.clone());
                    links.push(Box::new(application(client.to_owned(), proof)));
                } else if let Some(file) = around.variable("AZURE_CLIENT_CERTIFICATE_PATH") {
                    // A file that is locked says so itself, whatever password there is.
                    let sent = around.variable("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN");
                    let is_sent = sent.is_some_and(|word| matches!(word, "1" | "true" | "True"));
                    let signers = if is_sent { Signers::Sent } else { Signers::Kept };
                    let proof = Proof::Certificate(SecretRef::File(file.into()), signers);
                    links.push(Box::new(application(client.to_owned(), proof)));
                }
                if let Some(file) = around.variable("AZURE_FEDERATED_TOKEN_FILE") {
                    let proof = Proof::File(Some(file.into()));
                    links.push(Box::new(application(client.to_owned(), proof)));
                }
            }
            links.push(Box::new(machine(around.variable("AZURE_CLIENT_ID").map(str::to_owned))));
            links.push(Box::new(Cli::new(places, declared)));
            Box::new(Chain(links))
        }
    }
}

/// The token that is kept while it lasts, asked for by one at a time.
pub(super) struct Keychain {
    source: Box<dyn TokenSource>,
    kept: Mutex<Option<Arc<Token>>>,
}

impl fmt::Debug for Keychain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keychain")
            .field("source", &self.source.name().key().as_str())
            .finish_non_exhaustive()
    }
}

impl Keychain {
    pub(super) fn new(source: Box<dyn TokenSource>) -> Self {
        Self { source, kept: Mutex::new(None) }
    }

    /// A token that lasts for a while yet.
    pub(super) async fn current(&self) -> Result<Arc<Token>, CredentialError> {
        let mut kept = self.kept.lock().await;
        if let Some(token) = kept.as_ref().filter(|token| Timestamp::now() + MARGIN < token.until) {
            return Ok(Arc::clone(token));
        }
        let token = Arc::new(self.source.token().await?);
        *kept = Some(Arc::clone(&token));
        Ok(token)
    }

    /// Lets go of a token that was refused, unless another has taken its place.
    pub(super) async fn discard(&self, refused: &Arc<Token>) {
        let mut kept = self.kept.lock().await;
        if kept.as_ref().is_some_and(|token| Arc::ptr_eq(token, refused)) {
            *kept = None;
        }
    }
}
