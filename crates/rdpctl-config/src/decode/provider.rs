//! `[provider.NAME]`: a cloud account, or hosts without a cloud API.

use rdpctl_model::ProviderName;
use rdpctl_model::account::{Account, Calls, ProviderKind, Rates};
use rdpctl_model::declaration::Provider;

use crate::diagnostic::Problems;
use crate::parse::Entry;
use crate::suggest::did_you_mean;
use crate::tree::{Fields, Node, Told};

use super::scalar::{check_name, line, url};
use super::{azure, tencent};

/// The keys of every vendor; which of them a vendor has, [`of_vendor`] says.
pub(crate) const KEYS: &[&str] =
    &["kind", "region", "subscription", "tenant", "cloud", "credentials", "endpoint", "rates"];
pub(super) const KINDS: [(&str, ProviderKind); 3] = [
    ("tencent", ProviderKind::Tencent),
    ("azure", ProviderKind::Azure),
    ("static", ProviderKind::Static),
];

pub(super) fn decode(entry: &Entry<'_>, problems: &mut Problems) -> Option<Provider> {
    check_name("a provider", entry.key, problems);
    let what = format!("provider `{}`", entry.key.text);
    let fields = Fields::open(entry.node, entry.key.place, what, KEYS, problems)?;
    let kind = fields
        .need("kind", "\"tencent\"", problems)
        .and_then(|node| node.choice("kind", &KINDS, problems))?;
    strangers(&fields, kind, problems);
    let account = match kind {
        ProviderKind::Tencent => Account::Tencent(tencent::decode(&fields, problems)?),
        ProviderKind::Azure => Account::Azure(azure::decode(&fields, problems)?),
        ProviderKind::Static => Account::Static,
    };
    Some(Provider { name: ProviderName::new(entry.key.text), account, closed: None })
}

/// The keys that a vendor has.
const fn of_vendor(kind: ProviderKind) -> &'static [&'static str] {
    match kind {
        ProviderKind::Tencent => &["kind", "region", "credentials", "endpoint", "rates"],
        ProviderKind::Azure => {
            &["kind", "subscription", "tenant", "cloud", "credentials", "endpoint", "rates"]
        }
        ProviderKind::Static => &["kind"],
    }
}

/// Keys that belong to another vendor.
fn strangers(fields: &Fields<'_>, kind: ProviderKind, problems: &mut Problems) {
    for key in KEYS.iter().filter(|key| !of_vendor(kind).contains(key)) {
        let Some(node) = fields.get(key) else { continue };
        let (of, help) = match kind {
            ProviderKind::Tencent => {
                ("an account of Tencent Cloud", "remove it; that account is known by its keys")
            }
            ProviderKind::Azure => {
                ("a subscription of Azure", "remove it; an id of Azure says where its VM is")
            }
            ProviderKind::Static => (
                "hosts without a cloud API",
                "remove it; how to get into a guest is said in `guest` of the instance",
            ),
        };
        problems.error(node.place, format!("`{key}` means nothing for {of}")).help(help);
    }
}

/// How an API is called.
pub(super) fn calls(fields: &Fields<'_>, problems: &mut Problems) -> Result<Calls, Told> {
    let endpoint = fields.optional("endpoint", |node| api(node, problems));
    let rates = fields.optional("rates", |node| rates(node, problems));
    Ok(Calls { endpoint: endpoint?, rates: rates?.unwrap_or(Rates::Documented) })
}

/// Where an API is: over https, or on this machine. Whatever is sent there is signed for whoever reads it.
fn api(node: Node<'_>, problems: &mut Problems) -> Option<String> {
    let text = url(node, "endpoint", problems)?;
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
            .error(node.place, "an API is not called in the clear: whoever stands between would read what is signed")
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
