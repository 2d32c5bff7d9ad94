//! Credentials in the environment, in the SDKs' file and in the command line tool's profiles.

use std::io;
use std::path::{Path, PathBuf};

use rdpctl_model::Said;
use rdpctl_model::secret::Secret;
use serde::Deserialize;
use tokio::io::AsyncReadExt;

use super::source::{Credential, CredentialError, Miss, Surroundings};
use crate::credential::say;

/// The largest file that is read for credentials; a token may take four kilobytes.
const LIMIT: u64 = 256 * 1024;

/// What a place had.
pub(super) enum Found {
    /// A credential.
    Some(Credential),
    /// None; it is sensible to look elsewhere.
    None(Miss),
}

fn none(place: Said, why: Said) -> Found {
    Found::None(Miss { place, why })
}

fn broken(place: &Said, why: Said) -> CredentialError {
    CredentialError::Broken { place: place.clone(), why }
}

/// A file's way, as a place.
fn file(path: &Path) -> Said {
    Said::quoted(path.display().to_string())
}

/// The environment.
pub(super) fn environment(around: &Surroundings) -> Result<Found, CredentialError> {
    const ID: &str = "TENCENTCLOUD_SECRET_ID";
    const KEY: &str = "TENCENTCLOUD_SECRET_KEY";
    let place = say::environment();
    let id = around.variable(ID);
    let key = around.variable(KEY);
    match (id, key) {
        (None, None) => Ok(none(place, say::not_set(ID))),
        (Some(_), None) => Err(broken(&place, say::set_without(ID, KEY))),
        (None, Some(_)) => Err(broken(&place, say::set_without(KEY, ID))),
        (Some(id), Some(key)) => {
            let token = around
                .variable("TENCENTCLOUD_TOKEN")
                .or_else(|| around.variable("TENCENTCLOUD_SECURITY_TOKEN"));
            Ok(Found::Some(Credential {
                id: id.into(),
                key: Secret::new(key.to_owned()),
                token: token.map(|token| Secret::new(token.to_owned())),
                expires: None,
            }))
        }
    }
}

/// A section of the file that the SDKs read.
pub(super) async fn sdk_file(
    around: &Surroundings,
    section: &str,
) -> Result<Found, CredentialError> {
    let mut places: Vec<PathBuf> = Vec::new();
    if let Some(path) = around.variable("TENCENTCLOUD_CREDENTIALS_FILE") {
        places.push(path.into());
    } else {
        places.extend(around.home.as_ref().map(|home| home.join(".tencentcloud/credentials")));
        places.push("/etc/tencentcloud/credentials".into());
    }
    let mut looked = Vec::new();
    for path in places {
        let place = file(&path);
        match read(&path).await.map_err(|error| broken(&place, Said::quoted(error.to_string())))? {
            Some(text) => return in_section(place, &text, section),
            None => looked.push(path.display().to_string()),
        }
    }
    Ok(none(Said::quoted(looked.join(", ")), say::no_such_file()))
}

/// Reads one section of an INI file.
fn in_section(place: Said, text: &str, section: &str) -> Result<Found, CredentialError> {
    let header = format!("[{section}]");
    let mut lines = text.lines().map(str::trim).skip_while(|line| *line != header);
    if lines.next().is_none() {
        return Ok(none(place, say::no_section(header)));
    }
    let (mut id, mut key, mut token) = (None, None, None);
    for line in lines.take_while(|line| !line.starts_with('[')) {
        let Some((name, value)) = line.split_once('=') else { continue };
        match name.trim() {
            "secret_id" => id = Some(value.trim()),
            "secret_key" => key = Some(value.trim()),
            "token" => token = Some(value.trim()),
            _ => {}
        }
    }
    match (id, key) {
        (Some(id), Some(key)) if !id.is_empty() && !key.is_empty() => Ok(Found::Some(Credential {
            id: id.into(),
            key: Secret::new(key.to_owned()),
            token: token
                .filter(|token| !token.is_empty())
                .map(|token| Secret::new(token.to_owned())),
            expires: None,
        })),
        _ => Err(broken(&place, say::section_needs(header))),
    }
}

/// A profile as the command line tool keeps it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct CliProfile {
    #[serde(rename = "secretId")]
    secret_id: String,
    #[serde(rename = "secretKey")]
    secret_key: String,
    token: String,
    #[serde(rename = "role-arn")]
    role_arn: String,
    #[serde(rename = "type")]
    kind: String,
}

/// A profile of the vendor's command line tool.
pub(super) async fn cli_profile(
    around: &Surroundings,
    name: &str,
) -> Result<Found, CredentialError> {
    let Some(home) = &around.home else {
        return Ok(none(Said::quoted("~/.tccli"), say::no_home()));
    };
    if name.is_empty() || name.contains(['/', '\\', '\0']) || name.starts_with('.') {
        let name = name.escape_debug().to_string();
        return Err(broken(&Said::quoted("~/.tccli"), say::no_profile_name(name)));
    }
    let path = home.join(".tccli").join(format!("{name}.credential"));
    let place = file(&path);
    let read = read(&path).await.map_err(|error| broken(&place, Said::quoted(error.to_string())));
    let Some(text) = read? else {
        return Ok(none(place, say::no_such_file()));
    };
    // The parser's own message would quote what it found, which is a secret.
    let profile: CliProfile = serde_json::from_str(&text)
        .map_err(|error| broken(&place, say::line_unexpected(error.line())))?;
    if matches!(profile.kind.as_str(), "cvm-role") {
        return Err(broken(&place, say::declare_role()));
    }
    if !profile.role_arn.is_empty() && profile.token.is_empty() {
        return Err(broken(&place, say::declare_assume_role()));
    }
    if profile.secret_id.is_empty() || profile.secret_key.is_empty() {
        return Err(broken(&place, say::profile_needs()));
    }
    Ok(Found::Some(Credential {
        id: profile.secret_id.into(),
        key: Secret::new(profile.secret_key),
        token: Some(profile.token).filter(|token| !token.is_empty()).map(Secret::new),
        expires: None,
    }))
}

/// A file's text; `None` when there is no such file.
pub(super) async fn read(path: &Path) -> io::Result<Option<String>> {
    let file = match tokio::fs::File::open(path).await {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = String::new();
    file.take(LIMIT).read_to_string(&mut text).await?;
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(variables: &[(&'static str, &str)]) -> Surroundings {
        let variables = variables
            .iter()
            .map(|(name, value)| (*name, Secret::new((*value).to_owned())))
            .collect();
        Surroundings { variables, ..Surroundings::default() }
    }

    /// `id key token`, or why there is none.
    fn shown(found: Result<Found, CredentialError>) -> String {
        match found {
            Ok(Found::Some(credential)) => format!(
                "{} {} {}",
                credential.id,
                credential.key.expose(),
                credential.token.as_ref().map_or("-", Secret::expose)
            ),
            Ok(Found::None(miss)) => {
                format!("none: {}", rdpctl_words::english(&say::at(&miss.place, &miss.why)))
            }
            Err(error) => format!("error: {}", rdpctl_words::english(&error.said())),
        }
    }

    #[test]
    fn the_environment_is_complete_or_says_what_is_missing() {
        const ID: (&str, &str) = ("TENCENTCLOUD_SECRET_ID", "id");
        const KEY: (&str, &str) = ("TENCENTCLOUD_SECRET_KEY", "key");
        for (variables, expected) in [
            (&[][..], "none: environment: TENCENTCLOUD_SECRET_ID is not set"),
            (&[ID, KEY], "id key -"),
            (&[ID, KEY, ("TENCENTCLOUD_TOKEN", "t")], "id key t"),
            (&[ID, KEY, ("TENCENTCLOUD_SECURITY_TOKEN", "s")], "id key s"),
            (
                &[ID],
                "error: environment: TENCENTCLOUD_SECRET_ID is set but TENCENTCLOUD_SECRET_KEY is not",
            ),
            (
                &[KEY],
                "error: environment: TENCENTCLOUD_SECRET_KEY is set but TENCENTCLOUD_SECRET_ID is not",
            ),
        ] {
            assert_eq!(shown(environment(&around(variables))), expected);
        }
    }

    #[test]
    fn a_section_of_the_sdks_file_is_found_by_name() {
        let text = "[default]\nsecret_id = a\nsecret_key=b\n\n[ops]\nsecret_id=c\nsecret_key=d=\nrole_arn=x\n";
        for (section, expected) in
            [("default", "a b -"), ("ops", "c d= -"), ("gone", "none: F: no section [gone]")]
        {
            assert_eq!(shown(in_section(Said::quoted("F"), text, section)), expected);
        }
        assert_eq!(
            shown(in_section(Said::quoted("F"), "[x]\nsecret_id=a\n", "x")),
            "error: F: section [x] needs secret_id and secret_key"
        );
    }

    #[tokio::test]
    async fn a_profile_of_the_command_line_tool_is_read() {
        let home = std::env::temp_dir().join(format!("rdpctl-profile-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(home.join(".tccli")).unwrap();
        let write = |name: &str, text: &str| {
            std::fs::write(home.join(".tccli").join(format!("{name}.credential")), text).unwrap();
        };
        write("good", r#"{"secretId":"a","secretKey":"b","token":"t","type":"oauth"}"#);
        write("role", r#"{"type":"cvm-role"}"#);
        write("bad", r#"{"secretId": SECRET"#);
        let around = Surroundings { home: Some(home.clone()), ..Surroundings::default() };
        assert_eq!(shown(cli_profile(&around, "good").await), "a b t");
        for (name, expected) in [
            ("role", "declare `credentials = \"role\"`"),
            ("bad", "line 1 is not as expected"),
            ("none", "no such file"),
            ("../good", "is not a profile's name"),
        ] {
            let shown = shown(cli_profile(&around, name).await);
            assert!(shown.contains(expected) && !shown.contains("SECRET"), "{shown}");
        }
        std::fs::remove_dir_all(home).unwrap();
    }
}
