//! Where a state lives, as users write it: `sqlite:PATH` or a plain path.

use std::path::PathBuf;

use rdpctl_contract::store::StoreError;

/// A state that this rdpctl can open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// An embedded file.
    Sqlite(PathBuf),
}

impl Location {
    /// Reads what follows `--state` or stands in `[state] url`.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        let unsupported = || Err(StoreError::Unsupported { url: without_password(url) });
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() { unsupported() } else { Ok(Self::Sqlite(path.into())) };
        }
        match scheme(url) {
            None if url.is_empty() => unsupported(),
            None => Ok(Self::Sqlite(url.into())),
            Some(_) => unsupported(),
        }
    }
}

/// The scheme of a URL. One letter is a drive of Windows, and a colon after a separator belongs to a path.
fn scheme(url: &str) -> Option<&str> {
    let (scheme, _) = url.split_once(':')?;
    let named = scheme.len() > 1
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-'));
    named.then_some(scheme)
}

/// A URL for an error message: a password in it stays unsaid.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let authority = &rest[..rest.find(['/', '?']).unwrap_or(rest.len())];
    match authority.rsplit_once('@') {
        None => url.to_owned(),
        Some((user, _)) => {
            let name = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{name}{}", &rest[user.len()..])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_by_url_or_by_path() {
        let cases = [
            ("sqlite:.rdpctl/state.db", ".rdpctl/state.db"),
            ("sqlite:///var/lib/rdpctl.db", "/var/lib/rdpctl.db"),
            (".rdpctl/state.db", ".rdpctl/state.db"),
            ("C:\\rdpctl\\state.db", "C:\\rdpctl\\state.db"),
            ("./odd:name.db", "./odd:name.db"),
        ];
        for (url, path) in cases {
            assert_eq!(Location::parse(url).unwrap(), Location::Sqlite(path.into()), "{url}");
        }
    }

    #[test]
    fn other_kinds_are_refused_by_name_and_without_their_password() {
        let cases = [
            ("postgres://rdpctl:hunter2@db.example/state", "postgres://rdpctl@db.example/state"),
            ("postgres://db.example/state", "postgres://db.example/state"),
            ("postgres:state", "postgres:state"),
            ("sqlite:", "sqlite:"),
            ("", ""),
        ];
        for (url, said) in cases {
            let error = Location::parse(url).unwrap_err().to_string();
            assert_eq!(error, format!("`{said}` is not a state this rdpctl can open"));
        }
    }
}
