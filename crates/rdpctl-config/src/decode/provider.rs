//! `[provider.NAME]`: a cloud account, or hosts without a cloud API.

use rdpctl_model::account::{Account, ProviderKind};
use rdpctl_model::declaration::Provider;
use rdpctl_model::{ProviderName, ResourceId};

use crate::diagnostic::Problems;
use crate::parse::Entry;
use crate::tree::{Fields, Node};

use super::scalar::check_name;
use super::{azure, calls, identity, tencent};

/// The keys of every vendor; which of them a vendor has, its own table says.
pub(crate) const KEYS: &[&str] = &[
    "kind",
    "region",
    "subscription",
    "tenant",
    "cloud",
    "credentials",
    "commands",
    "endpoint",
    "proxy",
    "rates",
];
pub(super) const KINDS: [(&str, ProviderKind); ProviderKind::ALL.len()] = {
    let mut kinds = [("", ProviderKind::ALL[0]); ProviderKind::ALL.len()];
    let mut place = 0;
    while place < kinds.len() {
        let kind = ProviderKind::ALL[place];
        kinds[place] = (kind.vendor().word, kind);
        place += 1;
    }
    kinds
};

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
        ProviderKind::Static => {
            calls::no_proxy(&fields, problems);
            Account::Static
        }
    };
    Some(Provider { name: ProviderName::new(entry.key.text), account, closed: None })
}

/// The id of a machine of that vendor, or the address of a host.
pub(super) fn id(
    node: Node<'_>,
    kind: ProviderKind,
    problems: &mut Problems,
) -> Option<ResourceId> {
    match kind {
        ProviderKind::Tencent => tencent::id(node, problems),
        ProviderKind::Azure => azure::id(node, problems),
        ProviderKind::Static => identity::host(node, problems),
    }
}

/// Keys that belong to another vendor.
fn strangers(fields: &Fields<'_>, kind: ProviderKind, problems: &mut Problems) {
    let vendor = kind.vendor();
    for key in KEYS.iter().filter(|key| !vendor.keys.contains(key)) {
        let Some(node) = fields.get(key) else { continue };
        let says = format!("`{key}` means nothing for {}", vendor.is);
        problems.error(node.place, says).help(vendor.without);
    }
}
