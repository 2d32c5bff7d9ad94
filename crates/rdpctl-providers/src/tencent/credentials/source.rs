//! The places where credentials may be, as values; the environment is read once and handed on.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;
use rdpctl_contract::Cause;
use rdpctl_model::Said;
use rdpctl_model::account::TencentCredentials;
use rdpctl_model::secret::{Secret, SecretRef};

use crate::credential::{nowhere, say};
use crate::secret::{SecretError, Vault};

/// A key to sign with. The id is no secret; the key and the token never print.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The secret id.
    pub id: Box<str>,
    /// The secret key.
    pub key: Secret,
    /// The token of temporary credentials.
    pub token: Option<Secret>,
    /// When temporary credentials run out.
    pub expires: Option<Timestamp>,
}

/// Where credentials come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The vendor's usual places: environment, profile files, pod identity, machine role.
    Chain,
    /// A profile of the vendor's command line, or a section of the SDKs' file.
    Profile(String),
    /// The role of the pod or the machine that rdpctl runs on.
    Role,
    /// A role to assume with what the chain finds.
    AssumeRole(String),
    /// Two secret references.
    Keys {
        /// The secret id.
        id: SecretRef,
        /// The secret key.
        key: SecretRef,
    },
}

impl From<&TencentCredentials> for Source {
    fn from(declared: &TencentCredentials) -> Self {
        match declared {
            TencentCredentials::Chain => Self::Chain,
            TencentCredentials::Profile(name) => Self::Profile(name.clone()),
            TencentCredentials::Role => Self::Role,
            TencentCredentials::AssumeRole(arn) => Self::AssumeRole(arn.clone()),
            TencentCredentials::Keys { id, key } => Self::Keys { id: id.clone(), key: key.clone() },
        }
    }
}

/// A place that had no credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// The place.
    pub place: Said,
    /// Why there were none.
    pub why: Said,
}

/// Why there are no credentials. Names what was tried; never what was found.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// None of the places has any.
    #[error("no credentials found")]
    Nowhere {
        /// The places.
        tried: Vec<Miss>,
    },
    /// A place has some that cannot be used. Falling through to the next place would use a key that nobody meant.
    #[error("credentials that cannot be used: {}", .why.key().as_str())]
    Broken {
        /// The place.
        place: Said,
        /// What is wrong.
        why: Said,
    },
    /// A secret reference led nowhere.
    #[error("a secret of the provider's credentials is missing")]
    Secret(#[from] SecretError),
    /// Temporary credentials were not given.
    #[error("cannot get temporary credentials: {}", .place.key().as_str())]
    Refused {
        /// Who was asked.
        place: Said,
        /// What came back.
        source: Cause,
    },
}

impl CredentialError {
    /// It with all that it rests on.
    #[must_use]
    pub fn said(&self) -> Said {
        match self {
            Self::Nowhere { tried } => {
                nowhere(tried.iter().map(|miss| say::at(&miss.place, &miss.why)))
            }
            Self::Broken { place, why } => say::at(place, why),
            Self::Secret(error) => say::secret_missing(error.said()),
            Self::Refused { place, source } => say::no_temporary(place, source),
        }
    }
}

/// What the process has around it, as far as credentials are concerned.
#[derive(Clone, Default)]
pub struct Surroundings {
    /// The variables that [`Surroundings::VARIABLES`] names, where they are set.
    pub variables: BTreeMap<&'static str, Secret>,
    /// The user's home.
    pub home: Option<PathBuf>,
    /// The metadata service's address, when not the vendor's.
    pub metadata: Option<String>,
    /// Where references lead.
    pub vault: Vault,
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings")
            .field("variables", &self.variables.keys())
            .field("home", &self.home)
            .finish_non_exhaustive()
    }
}

impl Surroundings {
    /// The variables that may matter.
    pub const VARIABLES: [&'static str; 13] = [
        "TENCENTCLOUD_SECRET_ID",
        "TENCENTCLOUD_SECRET_KEY",
        "TENCENTCLOUD_TOKEN",
        "TENCENTCLOUD_SECURITY_TOKEN",
        "TENCENTCLOUD_ROLE_ARN",
        "TENCENTCLOUD_ROLE_SESSION_NAME",
        "TENCENTCLOUD_CREDENTIALS_FILE",
        "TENCENTCLOUD_PROFILE",
        "TCCLI_PROFILE",
        "TKE_REGION",
        "TKE_PROVIDER_ID",
        "TKE_WEB_IDENTITY_TOKEN_FILE",
        "TKE_ROLE_ARN",
    ];

    /// Those of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let variables = Self::VARIABLES
            .into_iter()
            .filter_map(|name| Some((name, Secret::new(std::env::var(name).ok()?))))
            .collect();
        let home =
            std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE")).map(PathBuf::from);
        Self { variables, home, ..Self::default() }
    }

    /// A variable, unless it is unset or empty.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(Secret::expose).filter(|value| !value.is_empty())
    }
}
