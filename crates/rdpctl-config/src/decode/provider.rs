//! `[provider.NAME]`: a cloud account and region, or hosts without a cloud API.

use rdpctl_model::ProviderName;
use rdpctl_model::declaration::{Credentials, Provider, ProviderKind, Rates};

use crate::diagnostic::Problems;
use crate::parse::Entry;
use crate::suggest::did_you_mean;
use crate::tree::{Fields, Node};

use super::scalar::{check_name, line, secret, url};

pub(crate) const KEYS: &[&str] = &["kind", "region", "credentials", "endpoint", "rates"];
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
        .and_then(|node| node.choice("kind", &KINDS, problems));
    let region = region(&fields, kind, problems);
    let credentials = fields.optional("credentials", |node| credentials(node, problems));
    let endpoint = fields.optional("endpoint", |node| url(node, "endpoint", problems));
    let rates = fields.optional("rates", |node| rates(node, problems));
    if kind == Some(ProviderKind::Static) {
        for key in ["credentials", "endpoint", "rates"] {
            if let Some(node) = fields.get(key) {
                problems
                    .error(
                        node.place,
                        format!("`{key}` means nothing for hosts without a cloud API"),
                    )
                    .help("remove it; how to get into a guest is said in `guest` of the instance");
            }
        }
    }
    Some(Provider {
        name: ProviderName::new(entry.key.text),
        kind: kind?,
        region: region?,
        credentials: credentials.ok()?.unwrap_or(Credentials::Env),
        endpoint: endpoint.ok()?,
        rates: rates.ok()?.unwrap_or(Rates::Documented),
        closed: None,
    })
}

fn region(
    fields: &Fields<'_>,
    kind: Option<ProviderKind>,
    problems: &mut Problems,
) -> Option<String> {
    let node = match kind {
        Some(ProviderKind::Tencent) => fields.need("region", "\"ap-guangzhou\"", problems)?,
        Some(ProviderKind::Azure) | None => match fields.get("region") {
            None => return Some(String::new()),
            Some(node) => node,
        },
        Some(ProviderKind::Static) => {
            if let Some(node) = fields.get("region") {
                problems
                    .error(node.place, "hosts without a cloud API have no region")
                    .help("remove it");
            }
            return Some(String::new());
        }
    };
    let text = node.text("region", problems)?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.is_empty() || !text.chars().all(fits) {
        problems
            .error(node.place, format!("`{text}` is not the id of a region"))
            .help("regions are written as in the vendor's API, for example \"ap-guangzhou\" or \"koreacentral\"");
        return None;
    }
    if kind == Some(ProviderKind::Tencent)
        && let Some((region, zone)) = text.rsplit_once('-')
        && zone.chars().all(|c| c.is_ascii_digit())
    {
        problems
            .error(node.place, format!("`{text}` is an availability zone"))
            .help(format!("its region is `{region}`"));
        return None;
    }
    Some(text.to_owned())
}

fn credentials(node: Node<'_>, problems: &mut Problems) -> Option<Credentials> {
    if node.value.is_table() {
        let what = "`credentials`".to_owned();
        let fields = Fields::open(node, node.place, what, &["id", "key"], problems)?;
        let id = fields.need("id", "\"env:SECRET_ID\"", problems);
        let key = fields.need("key", "\"env:SECRET_KEY\"", problems);
        let id = id.and_then(|node| secret(node, "id", problems));
        let key = key.and_then(|node| secret(node, "key", problems));
        return Some(Credentials::Keys { id: id?, key: key? });
    }
    let text = node.text("credentials", problems)?;
    let known = match text.split_once(':') {
        None if text == "env" => Some(Credentials::Env),
        None if text == "role" => Some(Credentials::Role),
        Some(("profile", name)) if !name.is_empty() => Some(Credentials::Profile(name.to_owned())),
        Some(("role", role)) if !role.is_empty() => Some(Credentials::AssumeRole(role.to_owned())),
        None | Some(_) => None,
    };
    if known.is_none() {
        let scheme = text.split_once(':').map_or(text, |(scheme, _)| scheme);
        let names = ["env", "role", "profile"];
        let near = crate::suggest::nearest(scheme, names);
        // What is nothing that we know may be the secret itself.
        if near.is_none() {
            problems.hide(node.place);
        }
        problems.error(node.place, "these are no credentials that rdpctl knows").help(format!(
            "write \"env\", \"profile:NAME\", \"role\", \"role:ARN\", or {{ id = \"env:…\", key = \"env:…\" }}{}",
            near.map_or(String::new(), |near| format!("; did you mean `{near}`?"))
        ));
    }
    known
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
