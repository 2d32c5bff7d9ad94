//! From a reference to a secret: as late as possible, and into a type that cannot be printed.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rdpctl_model::Said;
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
    #[error("`{program}` gave no secret: {}", .why.key().as_str())]
    Command {
        /// The program.
        program: String,
        /// Why.
        why: Said,
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
}

impl SecretError {
    /// It with all that it rests on.
    #[must_use]
    pub fn said(&self) -> Said {
        match self {
            Self::NotSet { name } => say::not_set(name),
            Self::File { path, source } => {
                say::unreadable(path.display().to_string(), source.to_string())
            }
            Self::Start { program, source } => say::cannot_start(program, source.to_string()),
            Self::Command { program, why } => say::gave_none(program, why),
            Self::NotGiven { reference } => say::not_given(reference),
            Self::Empty { reference } => say::empty(reference),
        }
    }
}

rdpctl_model::says! { "secret":
    not_set(name);
    unreadable(path, error);
    cannot_start(program, error);
    gave_none(program, why);
    not_given(reference);
    empty(reference);
    no_output();
    no_text();
    lost();
    ended_with(status);
    too_long();
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

    /// Reads what a reference names with all its lines, as keys and certificates have them.
    ///
    /// # Errors
    /// When there is none at the place named.
    pub(crate) async fn resolve_whole(&self, reference: &SecretRef) -> Result<Secret, SecretError> {
        match self {
            Self::Machine => Ok(Secret::new(text(reference).await?)),
            Self::Given(_) => self.resolve(reference).await,
        }
    }
}

async fn resolve(reference: &SecretRef) -> Result<Secret, SecretError> {
    let found = text(reference).await?;
    let line = found.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(SecretError::Empty { reference: reference.to_string() });
    }
    Ok(Secret::new(line.to_owned()))
}

/// All that is found where a reference leads.
async fn text(reference: &SecretRef) -> Result<String, SecretError> {
    Ok(match reference {
        SecretRef::Env(name) => {
            std::env::var(name).map_err(|_| SecretError::NotSet { name: name.clone() })?
        }
        SecretRef::File(path) => read_file(path)
            .await
            .map_err(|source| SecretError::File { path: path.clone(), source })?,
        SecretRef::Command(words) => run(words).await?,
    })
}

/// Reads a file whole or not at all. A pipe or a device might never end, and what is cut is another secret.
async fn read_file(path: &std::path::Path) -> io::Result<String> {
    let refused = |why: &str| io::Error::new(io::ErrorKind::InvalidInput, why.to_owned());
    if !tokio::fs::metadata(path).await?.is_file() {
        return Err(refused("that is not a file"));
    }
    let mut text = String::new();
    tokio::fs::File::open(path).await?.take(LIMIT + 1).read_to_string(&mut text).await?;
    if text.len() as u64 > LIMIT {
        return Err(refused("it is larger than 64 KiB, which no secret is"));
    }
    Ok(text)
}

/// What a program that gives a secret may know of its surroundings: who runs it and how to reach his agent. None of a
/// provider's own variables is among them.
const SURROUNDINGS: [&str; 13] = [
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "GNUPGHOME",
    "GPG_TTY",
    "SSH_AUTH_SOCK",
];

async fn run(words: &[String]) -> Result<String, SecretError> {
    let program = words.first().cloned().unwrap_or_default();
    let failed = |why: Said| SecretError::Command { program: program.clone(), why };
    let mut child = tokio::process::Command::new(&program)
        .args(words.iter().skip(1))
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .envs(SURROUNDINGS.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| SecretError::Start { program: program.clone(), source })?;
    let out = child.stdout.take().ok_or_else(|| failed(say::no_output()))?;
    let reading = async {
        let mut text = String::new();
        out.take(LIMIT).read_to_string(&mut text).await.map_err(|_| failed(say::no_text()))?;
        let status = child.wait().await.map_err(|_| failed(say::lost()))?;
        if status.success() { Ok(text) } else { Err(failed(say::ended_with(status.to_string()))) }
    };
    tokio::time::timeout(PATIENCE, reading).await.map_err(|_| failed(say::too_long()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn resolved(reference: &str) -> Result<String, String> {
        resolve(&reference.parse().unwrap())
            .await
            .map(|secret| secret.expose().to_owned())
            .map_err(|error| rdpctl_words::english(&error.said()))
    }

    #[tokio::test]
    async fn a_command_gives_its_first_line() {
        assert_eq!(resolved("cmd:printf one\\ntwo").await.unwrap(), "one");
    }

    #[tokio::test]
    async fn a_program_sees_nothing_of_a_provider_s_own_variables() {
        // Cargo sets these for every test.
        assert!(std::env::var_os("CARGO_PKG_NAME").is_some());
        let seen = resolved("cmd:printenv CARGO_PKG_NAME").await.unwrap_err();
        assert_eq!(seen, "`printenv` gave no secret: it ended with exit status: 1");
        assert_eq!(resolved("cmd:printenv PATH").await.unwrap(), "/usr/local/bin:/usr/bin:/bin");
    }

    #[tokio::test]
    async fn what_is_no_file_or_too_large_for_a_secret_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, large) = (folder.path().join("pipe"), folder.path().join("large"));
        std::fs::write(&large, "x".repeat(64 * 1024 + 1)).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        for path in [pipe.as_path(), large.as_path(), std::path::Path::new("/dev/zero")] {
            let reference = format!("file:{}", path.display());
            assert!(resolved(&reference).await.unwrap_err().starts_with("cannot read the secret"));
        }
    }

    #[tokio::test]
    async fn what_gives_no_secret_says_why_and_shows_nothing() {
        for (reference, error) in [
            (
                "env:RDPCTL_TEST_SURELY_UNSET",
                "the environment variable RDPCTL_TEST_SURELY_UNSET is not set",
            ),
            (
                "file:/nonexistent/secret",
                "cannot read the secret in /nonexistent/secret: No such file or directory (os error 2)",
            ),
            ("cmd:false", "`false` gave no secret: it ended with exit status: 1"),
            ("cmd:true", "the secret at cmd:true is empty"),
            (
                "cmd:/nonexistent/program",
                "cannot start `/nonexistent/program` for a secret: No such file or directory (os error 2)",
            ),
        ] {
            assert_eq!(resolved(reference).await.unwrap_err(), error);
        }
    }
}
