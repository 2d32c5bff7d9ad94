//! Whether a grant covers an ask. Exact by default; patterns only where a person can see all that they mean.

use std::net::IpAddr;

use ipnet::IpNet;
use rdpctl_model::secret::SecretRef;

use crate::ask::{Ask, Identity};
use crate::grants::{Grants, word};
use crate::receiver::{Account, Over, Receiver, Selected, Wire};
use crate::tables::{
    EndpointGrant, EnforceGrant, FileGrant, HostGrant, IdentityGrant, PageGrant, SecretGrant,
    Select, StateGrant, To, VmDiskGrant, WebhookGrant,
};
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

impl Grants {
    /// Whether something in the file covers this ask.
    #[must_use]
    pub fn allows(&self, ask: &Ask) -> bool {
        self.secret.iter().any(|grant| grant.covers(ask))
            || self.host.iter().any(|grant| grant.covers(ask))
            || self.identity.iter().any(|grant| grant.covers(ask))
            || self.endpoint.iter().any(|grant| grant.covers(ask))
            || self.proxy.iter().any(|grant| grant.covers_proxy(ask))
            || self.file.iter().any(|grant| grant.covers(ask))
            || self.disk.iter().any(|grant| grant.covers_disk(ask))
            || self.vm_disk.iter().any(|grant| grant.covers(ask))
            || self.enforce.iter().any(|grant| grant.covers(ask))
            || self.webhook.iter().any(|grant| grant.covers(ask))
            || self.state.iter().any(|grant| grant.covers(ask))
            || self.page.iter().any(|grant| grant.covers(ask))
    }
}

impl SecretGrant {
    pub(crate) fn covers(&self, ask: &Ask) -> bool {
        let Ask::Secret { from, to } = ask else { return false };
        reference(&self.from, from) && self.to.covers(to)
    }
}

impl HostGrant {
    pub(crate) fn covers(&self, ask: &Ask) -> bool {
        let Ask::Host { host: asked } = ask else { return false };
        host(&self.address, asked)
    }
}

impl VmDiskGrant {
    pub(crate) fn covers(&self, ask: &Ask) -> bool {
        let Ask::VmDisk { kind, id } = ask else { return false };
        self.provider == word(*kind) && self.id.eq_ignore_ascii_case(id.as_str())
    }
}

impl IdentityGrant {
    pub(crate) fn covers(&self, ask: &Ask) -> bool {
        let Ask::Identity { kind, who } = ask else { return false };
        let granted = match who {
            Identity::Profile(name) => self.role.is_none() && self.profile.as_ref() == Some(name),
            Identity::Role(role) => self.profile.is_none() && self.role.as_ref() == Some(role),
        };
        granted && self.provider == word(*kind)
    }
}

impl EndpointGrant {
    pub(crate) fn covers(&self, ask: &Ask) -> bool {
        let Ask::Endpoint { kind, url } = ask else { return false };
        self.provider == word(*kind) && same_url(&self.url, url)
    }

    pub(crate) fn covers_proxy(&self, ask: &Ask) -> bool {
        let Ask::Proxy { kind, url } = ask else { return false };
        self.provider == word(*kind) && same_url(&self.url, url)
    }
}

impl FileGrant {
    pub(crate) fn covers(&self, ask: &Ask) -> bool {
        let Ask::File { path } = ask else { return false };
        std::path::Path::new(&self.path) == path
    }

    pub(crate) fn covers_disk(&self, ask: &Ask) -> bool {
        let Ask::Disk { path } = ask else { return false };
        std::path::Path::new(&self.path) == path
    }
}

impl EnforceGrant {
    pub(crate) fn covers(&self, ask: &Ask) -> bool {
        let Ask::Enforce { tree } = ask else { return false };
        std::path::Path::new(&self.tree) == tree
    }
}

impl WebhookGrant {
    pub(crate) fn covers(&self, ask: &Ask) -> bool {
        let Ask::Webhook { url, secret } = ask else { return false };
        let secret = secret.as_ref().map(ToString::to_string);
        self.url == url.to_string() && self.secret == secret
    }
}

impl PageGrant {
    /// Whole: another proxy or header is another grant.
    pub(crate) fn covers(&self, ask: &Ask) -> bool {
        let Ask::Page { url, proxies, user_header } = ask else { return false };
        let asked: Vec<String> = proxies.iter().map(ToString::to_string).collect();
        same_url(&self.url, url) && self.proxies == asked && self.user_header == *user_header
    }
}

impl StateGrant {
    pub(crate) fn covers(&self, ask: &Ask) -> bool {
        let Ask::State { url } = ask else { return false };
        self.url == *url
    }
}

impl To {
    fn covers(&self, receiver: &Receiver) -> bool {
        match receiver {
            Receiver::Host { host: asked, port, channel, wire } => {
                self.provider.is_none()
                    && self.host.as_ref().is_some_and(|pattern| host(pattern, asked))
                    && self.port == *port
                    && self.travels(*channel, *wire)
            }
            Receiver::Instance { account, id, channel, wire } => {
                self.owns(account)
                    && self.select.is_none()
                    && self.id.as_deref() == Some(id.as_str())
                    && self.travels(*channel, *wire)
            }
            Receiver::Selected { account, select, channel, wire } => {
                self.owns(account)
                    && self.id.is_none()
                    && self.select.as_ref().is_some_and(|granted| same_selector(granted, select))
                    && self.travels(*channel, *wire)
            }
            Receiver::Api { kind, endpoint } => {
                self.channel == "api"
                    && self.provider.as_deref() == Some(word(*kind))
                    && self
                        .endpoint
                        .as_ref()
                        .map(|it| it.trim_end_matches('/').to_ascii_lowercase())
                        == *endpoint
            }
        }
    }

    fn owns(&self, account: &Account) -> bool {
        self.host.is_none()
            && !account.id.is_empty()
            && self.provider.as_deref() == Some(word(account.kind))
            && self.account.as_ref() == Some(&account.id)
            && self.region.as_deref().unwrap_or_default() == account.region
            && self.endpoint.as_ref().map(|it| it.trim_end_matches('/').to_ascii_lowercase())
                == account.endpoint
    }

    /// A grant for plain HTTP covers TLS; one that requires TLS covers nothing else.
    fn travels(&self, channel: Over, wire: Wire) -> bool {
        let wired = match self.tls.as_deref() {
            None | Some("required") => wire == Wire::Tls,
            Some("none") => true,
            Some(_) => false,
        };
        self.channel == channel.name() && wired
    }
}

fn same_selector(granted: &Select, asked: &Selected) -> bool {
    let mut names = granted.names.clone();
    names.sort_unstable();
    names.dedup();
    granted.tags == asked.tags
        && names == asked.names
        && granted.resource_group == asked.resource_group
}

fn same_url(granted: &str, asked: &str) -> bool {
    granted.trim_end_matches('/').eq_ignore_ascii_case(asked)
}

/// A reference is granted as it stands, or by the beginning of a variable's name.
fn reference(pattern: &str, asked: &SecretRef) -> bool {
    match (asked, pattern.strip_prefix("env:").and_then(|it| it.strip_suffix('*'))) {
        (SecretRef::Env(name), Some(prefix)) => name.starts_with(prefix) && !is_vendors(name),
        (SecretRef::Env(_) | SecretRef::File(_) | SecretRef::Command(_), _) => {
            pattern == asked.to_string()
        }
    }
}

/// Whether a variable is one of a provider's own.
fn is_vendors(name: &str) -> bool {
    VENDORS.iter().any(|vendor| name.to_ascii_uppercase().starts_with(vendor))
}

/// A host is granted as it stands, by a network that holds its address, or by whole labels of its name.
fn host(pattern: &str, asked: &str) -> bool {
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
