//! Secrets are a type: references in declarations, values that cannot be printed.

use std::fmt;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

/// Where a secret is found. The reference may be shown; the value may not.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SecretRef {
    /// `env:NAME`
    Env(String),
    /// `file:PATH`, whose first line is the secret.
    File(PathBuf),
    /// `cmd:PROGRAM ARGS`, whose first line of output is the secret. Started without a shell.
    Command(Vec<String>),
}

/// Why a text is not a secret reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretRefError {
    /// No known scheme: most likely the secret itself was written into the file.
    #[error("a secret is given by reference: env:NAME, file:PATH or cmd:PROGRAM ARGS")]
    NoScheme,
    /// It would break the line in which it is told, and so say something else there.
    #[error("a reference to a secret holds control characters")]
    Control,
    /// A scheme with nothing behind it, or with a part missing.
    #[error("`{scheme}:` needs {needs}")]
    Incomplete {
        /// The scheme.
        scheme: &'static str,
        /// What is missing.
        needs: &'static str,
    },
}

impl std::str::FromStr for SecretRef {
    type Err = SecretRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((scheme, rest)) = text.split_once(':') else {
            return Err(SecretRefError::NoScheme);
        };
        match scheme {
            "env" | "file" | "cmd" if rest.contains(char::is_control) => {
                Err(SecretRefError::Control)
            }
            "env" if rest.is_empty() => {
                Err(SecretRefError::Incomplete { scheme: "env", needs: "a variable's name" })
            }
            "env" => Ok(Self::Env(rest.to_owned())),
            "file" if rest.is_empty() => {
                Err(SecretRefError::Incomplete { scheme: "file", needs: "a path" })
            }
            "file" => Ok(Self::File(PathBuf::from(rest))),
            "cmd" => {
                let words: Vec<String> = rest.split_whitespace().map(str::to_owned).collect();
                if words.is_empty() {
                    return Err(SecretRefError::Incomplete { scheme: "cmd", needs: "a program" });
                }
                Ok(Self::Command(words))
            }
            _ => Err(SecretRefError::NoScheme),
        }
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Command(words) => write!(f, "cmd:{}", words.join(" ")),
        }
    }
}

impl Serialize for SecretRef {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A secret's value. It has no `Display`, no `Serialize`, and its `Debug` shows nothing.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a value into custody.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(SecretString::from(value))
    }

    /// The value, for the one place that must send it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
