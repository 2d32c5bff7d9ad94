//! Where a state lives, as users write it: `sqlite:PATH`, a plain path, or `postgres://HOST/DATABASE`.

use std::fmt;
use std::path::PathBuf;

use rdpctl_contract::store::StoreError;

/// A state that this rdpctl can open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// An embedded file.
    Sqlite(PathBuf),
    /// A schema of a database, by the URL with which it is connected to.
    Postgres(String),
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
            Some("postgres" | "postgresql") if url.contains("://") => {
                Ok(Self::Postgres(url.to_owned()))
            }
            Some(_) => unsupported(),
        }
    }
}

impl fmt::Display for Location {
    /// As messages name it: a password in a URL stays unsaid.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(url) => write!(f, "{}", without_password(url)),
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

/// Parameters that say where a state is, and nothing that opens it.
const HARMLESS: [&str; 7] = ["dbname", "host", "hostaddr", "port", "schema", "sslmode", "user"];

/// A URL for a message: a password in it stays unsaid, also where it was not written as a URL wants it. All that stands
/// before the last `@` is a user and a password, of which the name alone is said; a parameter is said if it is harmless.
/// Where a `?` stands before an `@`, nobody can tell which of both the password is in, and nothing is said.
pub(crate) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (user, rest) = match rest.rsplit_once('@') {
        None => (String::new(), rest),
        Some((user, _)) if user.contains('?') => return format!("{scheme}://…"),
        Some((user, rest)) => {
            let name = user.split([':', '/', '#']).next().unwrap_or_default();
            (format!("{name}@"), rest)
        }
    };
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let is_harmless =
        |pair: &&str| pair.split_once('=').is_some_and(|(name, _)| HARMLESS.contains(&name));
    let said: Vec<&str> = query.split('&').filter(is_harmless).collect();
    let query = if said.is_empty() { String::new() } else { format!("?{}", said.join("&")) };
    format!("{scheme}://{user}{place}{query}")
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
            ("mysql://rdpctl:hunter2@db.example/state", "mysql://rdpctl@db.example/state"),
            ("mysql://db.example/state", "mysql://db.example/state"),
            ("mysql://db/x?user=b&password=hunter2", "mysql://db/x?user=b"),
            ("mysql://db/x?PASSWORD=hunter2&hunter2", "mysql://db/x"),
            ("mysql://b:hun/ter2@db/x", "mysql://b@db/x"),
            ("mysql://b:hun?te@r2@db/x", "mysql://…"),
            ("mysql://db/x?host=a&password=hun@ter2", "mysql://…"),
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
