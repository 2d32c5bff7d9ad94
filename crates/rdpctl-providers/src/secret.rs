//! From a reference to a secret: as late as possible, and into a type that cannot be printed.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rdpctl_model::secret::{Secret, SecretRef};
use tokio::io::AsyncReadExt;

/// The longest secret that is read.
const LIMIT: u64 = 64 * 1024;

/// How long a command may take to give a secret.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a reference led to no secret. Names the reference, never what was found there.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The variable is not set.
    #[error("the environment variable {name} is not set")]
    NotSet {
        /// Its name.
        name: String,
    },
    /// The file cannot be read.
    #[error("cannot read the secret in {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The command cannot be started.
    #[error("cannot start `{program}` for a secret")]
    Start {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// The command failed.
    #[error("`{program}` gave no secret: {why}")]
    Command {
        /// The program.
        program: String,
        /// Why.
        why: String,
    },
    /// Only what was given is a secret here, and this was not.
    #[error("no secret is given for {reference}")]
    NotGiven {
        /// The reference.
        reference: String,
    },
    /// There is nothing in it.
    #[error("the secret at {reference} is empty")]
    Empty {
        /// The reference.
        reference: String,
    },
    /// This build has no way to that keyring.
    #[error("{reference}: keyrings are not supported yet; `cmd:` can ask one")]
    Keyring {
        /// The reference.
        reference: String,
    },
}

/// Where references lead.
#[derive(Clone, Debug, Default)]
pub enum Vault {
    /// To the environment, the files and the programs of this machine.
    #[default]
    Machine,
    /// To these, and nowhere else.
    Given(Arc<BTreeMap<SecretRef, Secret>>),
}

impl Vault {
    /// Reads the secret that a reference names.
    ///
    /// # Errors
    /// When there is none at the place named.
    pub async fn resolve(&self, reference: &SecretRef) -> Result<Secret, SecretError> {
        match self {
            Self::Machine => resolve(reference).await,
            Self::Given(secrets) => secrets
                .get(reference)
                .cloned()
                .ok_or_else(|| SecretError::NotGiven { reference: reference.to_string() }),
        }
    }
}

async fn resolve(reference: &SecretRef) -> Result<Secret, SecretError> {
    let found = match reference {
        SecretRef::Env(name) => {
            std::env::var(name).map_err(|_| SecretError::NotSet { name: name.clone() })?
        }
        SecretRef::File(path) => read_file(path)
            .await
            .map_err(|source| SecretError::File { path: path.clone(), source })?,
        SecretRef::Command(words) => run(words).await?,
        SecretRef::Keyring { .. } => {
            return Err(SecretError::Keyring { reference: reference.to_string() });
        }
    };
    let line = found.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(SecretError::Empty { reference: reference.to_string() });
    }
    Ok(Secret::new(line.to_owned()))
}

async fn read_file(path: &std::path::Path) -> io::Result<String> {
    let mut text = String::new();
    tokio::fs::File::open(path).await?.take(LIMIT).read_to_string(&mut text).await?;
    Ok(text)
}

async fn run(words: &[String]) -> Result<String, SecretError> {
    let program = words.first().cloned().unwrap_or_default();
    let failed = |why: &str| SecretError::Command { program: program.clone(), why: why.to_owned() };
    let mut child = tokio::process::Command::new(&program)
        .args(words.iter().skip(1))
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| SecretError::Start { program: program.clone(), source })?;
    let out = child.stdout.take().ok_or_else(|| failed("it has no output"))?;
    let reading = async {
        let mut text = String::new();
        out.take(LIMIT)
            .read_to_string(&mut text)
            .await
            .map_err(|_| failed("its output is not a text"))?;
        let status = child.wait().await.map_err(|_| failed("it was lost"))?;
        if status.success() { Ok(text) } else { Err(failed(&format!("it ended with {status}"))) }
    };
    tokio::time::timeout(PATIENCE, reading).await.map_err(|_| failed("it took too long"))?
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn resolved(reference: &str) -> Result<String, String> {
        resolve(&reference.parse().unwrap())
            .await
            .map(|secret| secret.expose().to_owned())
            .map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_command_gives_its_first_line() {
        assert_eq!(resolved("cmd:printf one\\ntwo").await.unwrap(), "one");
    }

    #[tokio::test]
    async fn what_gives_no_secret_says_why_and_shows_nothing() {
        for (reference, error) in [
            (
                "env:RDPCTL_TEST_SURELY_UNSET",
                "the environment variable RDPCTL_TEST_SURELY_UNSET is not set",
            ),
            ("file:/nonexistent/secret", "cannot read the secret in /nonexistent/secret"),
            ("cmd:false", "`false` gave no secret: it ended with exit status: 1"),
            ("cmd:true", "the secret at cmd:true is empty"),
            ("cmd:/nonexistent/program", "cannot start `/nonexistent/program` for a secret"),
            (
                "keyring:rdp/admin",
                "keyring:rdp/admin: keyrings are not supported yet; `cmd:` can ask one",
            ),
        ] {
            assert_eq!(resolved(reference).await.unwrap_err(), error);
        }
    }
}
