//! What all vendors' tables have in common: how an API is called, and what is said of credentials that are none.

use rdpctl_model::account::{Calls, Rates, Route};

use crate::diagnostic::Problems;
use crate::suggest::did_you_mean;
use crate::tree::{Fields, Node, Told};

use super::scalar::{line, url};

/// How an API is called.
pub(super) fn calls(fields: &Fields<'_>, problems: &mut Problems) -> Result<Calls, Told> {
    let endpoint = fields.optional("endpoint", |node| api(node, "endpoint", problems));
    let route = fields.optional("proxy", |node| route(node, problems));
    let rates = fields.optional("rates", |node| rates(node, problems));
    Ok(Calls {
        endpoint: endpoint?,
        route: route?.unwrap_or_default(),
        rates: rates?.unwrap_or(Rates::Documented),
    })
}

/// By which way an API is reached. What is asked of a proxy is a tunnel, so that it sees no more than a host's name.
fn route(node: Node<'_>, problems: &mut Problems) -> Option<Route> {
    if node.value.as_str() == Some("none") {
        return Some(Route::Direct);
    }
    url(node, "proxy", problems).map(Route::Through)
}

/// Hosts without an API are never reached through a proxy, which may be said.
pub(super) fn no_proxy(fields: &Fields<'_>, problems: &mut Problems) {
    if let Some(node) = fields.get("proxy")
        && node.value.as_str() != Some("none")
    {
        problems
            .error(node.place, "hosts are reached directly, never through a proxy")
            .help("remove it, or say `proxy = \"none\"`");
    }
}

/// Where an API is: over https, or on this machine. Whatever is sent there is meant for it alone.
pub(super) fn api(node: Node<'_>, key: &str, problems: &mut Problems) -> Option<String> {
    let text = url(node, key, problems)?;
    let host = text.strip_prefix("http://").map(|rest| {
        let authority = rest.split(['/', ':']).next().unwrap_or_default();
        rest.strip_prefix('[').and_then(|inside| inside.split(']').next()).unwrap_or(authority)
    });
    let is_here = |host: &str| {
        host == "localhost"
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    };
    if host.is_some_and(|host| !is_here(host)) {
        problems
            .error(
                node.place,
                "nothing is sent there in the clear: whoever stands between would read it",
            )
            .help("write https://; http:// serves for this machine alone");
        return None;
    }
    Some(text)
}

fn rates(node: Node<'_>, problems: &mut Problems) -> Option<Rates> {
    if let Some(factor) = node.number() {
        if factor.is_finite() && factor > 0.0 {
            return Some(Rates::Factor(factor));
        }
        problems
            .error(node.place, "`rates` as a number multiplies the documented limits: above 0")
            .help("for example 2 for an account whose quota was doubled, 0.5 to leave room for others");
        return None;
    }
    if !node.value.is_str() {
        node.wrong("rates", "\"documented\", \"unlimited\" or a number", problems);
        return None;
    }
    let text = line(node, "rates", problems)?;
    match text.as_str() {
        "documented" => Some(Rates::Documented),
        "unlimited" => Some(Rates::Unlimited),
        _ => {
            problems
                .error(node.place, format!("`rates` does not know `{text}`"))
                .maybe_help(|| did_you_mean(&text, ["documented", "unlimited"]));
            None
        }
    }
}

/// Complains of credentials that are none, with the forms that there are. What is nothing that we know may be the
/// secret itself, and is not shown.
pub(super) fn unknown_credentials<const N: usize>(
    node: Node<'_>,
    text: &str,
    words: [&str; N],
    forms: &str,
    problems: &mut Problems,
) {
    let scheme = text.split_once(':').map_or(text, |(scheme, _)| scheme);
    let near = crate::suggest::nearest(scheme, words);
    if near.is_none() {
        problems.hide(node.place);
    }
    let meant = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    problems
        .error(node.place, "these are no credentials that rdpctl knows")
        .help(format!("write {forms}{meant}"));
}
