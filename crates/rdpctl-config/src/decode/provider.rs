//! `[provider.NAME]`: a cloud account, or hosts without a cloud API.

use rdpctl_model::ProviderName;
use rdpctl_model::account::{Account, ProviderKind};
use rdpctl_model::declaration::Provider;

use crate::diagnostic::Problems;
use crate::parse::Entry;
use crate::tree::Fields;

use super::scalar::check_name;
use super::{azure, calls, tencent};

/// The keys of every vendor; which of them a vendor has, [`of_vendor`] says.
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
        ProviderKind::Static => {
            calls::no_proxy(&fields, problems);
            Account::Static
        }
    };
    Some(Provider { name: ProviderName::new(entry.key.text), account, closed: None })
}

/// The keys that a vendor has.
const fn of_vendor(kind: ProviderKind) -> &'static [&'static str] {
    match kind {
        ProviderKind::Tencent => {
            &["kind", "region", "credentials", "commands", "endpoint", "proxy", "rates"]
        }
        ProviderKind::Azure => &[
            "kind",
            "subscription",
            "tenant",
            "cloud",
            "credentials",
            "endpoint",
            "proxy",
            "rates",
        ],
        ProviderKind::Static => &["kind", "proxy"],
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
