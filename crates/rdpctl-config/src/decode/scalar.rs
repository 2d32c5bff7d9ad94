//! Small values that several sections take: names, URLs, secret references.

use rdpctl_model::secret::{SecretRef, SecretRefError};

use crate::diagnostic::Problems;
use crate::tree::{Key, Node};

/// Names stand in `--target INSTANCE/FACET`, in file names of reports and in logs.
pub(super) fn check_name(what: &str, key: Key<'_>, problems: &mut Problems) {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let long = key.text.chars().count() > 128;
    if key.text.is_empty() || long || !key.text.chars().all(fits) {
        problems
            .error(key.place, format!("`{}` cannot be the name of {what}", key.text))
            .help("a name has letters, digits, `-`, `_` and `.`, at most 128 of them");
    }
}

/// A reference to a secret; what is not one is taken for the secret itself and never shown.
pub(super) fn secret(node: Node<'_>, key: &str, problems: &mut Problems) -> Option<SecretRef> {
    let example = format!(
        "write where it is found: `{key} = \"env:NAME\"`, \"file:PATH\" or \"cmd:/PROGRAM ARGS\""
    );
    let Some(text) = node.value.as_str() else {
        problems.hide(node.place);
        node.wrong(key, "a reference to a secret", problems);
        return None;
    };
    match text.parse::<SecretRef>() {
        Ok(reference) => Some(reference),
        Err(SecretRefError::NoScheme) => {
            problems.hide(node.place);
            problems
                .error(node.place, format!("`{key}` seems to hold the secret itself"))
                .help(format!("{example}; and change the secret, now that it stood in a file"));
            None
        }
        Err(error @ (SecretRefError::Incomplete { .. } | SecretRefError::Control)) => {
            problems.error(node.place, error.to_string()).help(example);
            None
        }
    }
}

/// An `http` or `https` URL without anything that would be a secret.
pub(super) fn url(node: Node<'_>, key: &str, problems: &mut Problems) -> Option<String> {
    let text = node.text(key, problems)?;
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let example = format!("for example `{key} = \"https://127.0.0.1:8443\"`");
    let Some(rest) = rest else {
        problems.error(node.place, format!("`{text}` is not an http or https URL")).help(example);
        return None;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        problems.hide(node.place);
        problems
            .error(node.place, format!("the URL of `{key}` holds a user or a password"))
            .help("remove it from the URL; credentials have keys of their own");
        return None;
    }
    let host_fits = |c: char| c.is_ascii_alphanumeric() || "-.:[]_".contains(c);
    let port = authority.rsplit_once(']').map_or(authority, |(_, port)| port).split_once(':');
    let port_fits = port.is_none_or(|(_, port)| port.parse::<u16>().is_ok_and(|port| port > 0));
    let rest_fits = !rest.contains(['?', '#', ' ']) && !rest.contains(char::is_control);
    if authority.is_empty() || !authority.chars().all(host_fits) || !port_fits || !rest_fits {
        problems.error(node.place, format!("`{text}` is not a base URL")).help(example);
        return None;
    }
    Some(text.trim_end_matches('/').to_owned())
}

/// A text for people or for a log-on: not empty, and without control characters.
pub(super) fn line(node: Node<'_>, key: &str, problems: &mut Problems) -> Option<String> {
    let text = node.text(key, problems)?;
    if text.trim().is_empty() || text.contains(char::is_control) {
        problems.error(node.place, format!("`{key}` is empty or holds control characters"));
        return None;
    }
    Some(text.to_owned())
}
