//! Patterns of a grant: what a variable, a reference and a host may be called in one, and what they cover.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::wrong::GrantsError;

/// Beginnings of variables that are a provider's own, or rdpctl's: no pattern covers them.
const VENDORS: [&str; 12] = [
    "TENCENT",
    "TCCLI",
    "TKE_",
    "QCLOUD",
    "AZURE",
    "ARM_",
    "AWS_",
    "MSI_",
    "IDENTITY_",
    "KUBE",
    "RDPCTL_",
    "PG",
];

/// Whether a variable is one of a provider's own.
pub(crate) fn is_vendors(name: &str) -> bool {
    VENDORS.iter().any(|vendor| name.to_ascii_uppercase().starts_with(vendor))
}

/// A host is granted as it stands, by a network that holds its address, or by whole labels of its name.
pub(crate) fn host(pattern: &str, asked: &str) -> bool {
    // Files of this machine are told apart by case, and no pattern holds several.
    if is_line(asked) {
        return pattern == asked;
    }
    let asked = asked.trim_end_matches('.');
    if let Ok(net) = pattern.parse::<IpNet>() {
        return asked.parse::<IpAddr>().is_ok_and(|address| net.contains(&address));
    }
    match pattern.strip_prefix("*.") {
        Some(domain) => {
            asked.parse::<IpAddr>().is_err()
                && asked
                    .to_ascii_lowercase()
                    .strip_suffix(&domain.to_ascii_lowercase())
                    .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
        }
        None => pattern.trim_end_matches('.').eq_ignore_ascii_case(asked),
    }
}

/// Whether a receiver is a line that begins at a file of this machine.
fn is_line(host: &str) -> bool {
    ["unix:/", "device:/"].iter().any(|kind| host.starts_with(kind))
}

/// Refuses a pattern that would cover what a person cannot see in it.
pub(crate) fn check_reference(pattern: &str) -> Result<(), GrantsError> {
    let too_much = |why| Err(GrantsError::TooMuch { pattern: pattern.to_owned(), why });
    if let Some(name) = pattern.strip_prefix("env:") {
        let Some(prefix) = name.strip_suffix('*') else {
            return if name.contains('*') {
                too_much("a star stands at the end of a variable's beginning, and nowhere else")
            } else {
                Ok(())
            };
        };
        if prefix.len() < 3 || prefix.contains('*') {
            return too_much("the beginning of a variable's name has at least three letters");
        }
        let upper = prefix.to_ascii_uppercase();
        if VENDORS.iter().any(|it| it.starts_with(&upper) || upper.starts_with(it)) {
            return too_much(
                "variables of a provider or of rdpctl are granted by their whole names",
            );
        }
        return Ok(());
    }
    if pattern.strip_prefix("file:").is_some_and(|path| path.starts_with('/')) {
        return Ok(());
    }
    if pattern.strip_prefix("cmd:").is_some_and(|program| program.starts_with('/')) {
        return Ok(());
    }
    too_much("a secret is granted as env:NAME, file:/PATH or cmd:/PROGRAM ARGS, paths whole")
}

/// Refuses a host pattern that is none.
pub(crate) fn check_host(pattern: &str) -> Result<(), GrantsError> {
    let too_much = |why| Err(GrantsError::TooMuch { pattern: pattern.to_owned(), why });
    if pattern.parse::<IpNet>().is_ok() || is_line(pattern) {
        return Ok(());
    }
    let (labels, whole) = match pattern.strip_prefix("*.") {
        Some(domain) => (domain, false),
        None => (pattern, true),
    };
    if labels.contains('*') || labels.is_empty() {
        return too_much("a star stands for whole labels at the beginning, and nowhere else");
    }
    if !whole && !labels.contains('.') {
        return too_much("a whole top-level domain belongs to nobody in particular");
    }
    if labels.contains('/') {
        return too_much("this is neither a network nor a name");
    }
    Ok(())
}
