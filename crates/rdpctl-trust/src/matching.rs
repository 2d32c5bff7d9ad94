//! Whether a grant covers an ask. Exact by default; patterns only where a person can see all that they mean.

use rdpctl_model::secret::SecretRef;

use crate::ask::{Ask, Identity};
use crate::grants::Grants;
use crate::pattern::{host, is_vendors};
use crate::receiver::{Account, Over, Receiver, Selected, Wire};
use crate::tables::{
    EndpointGrant, EnforceGrant, FileGrant, HostGrant, IdentityGrant, PageGrant, SecretGrant,
    Select, StateGrant, To, VmDiskGrant, WebhookGrant,
};

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
        let owner = Owner {
            provider: Some(&self.provider),
            account: self.account.as_deref(),
            region: self.region.as_deref(),
            endpoint: self.endpoint.as_deref(),
        };
        match (ask, &self.id, &self.select) {
            (Ask::VmDisk { kind, id }, Some(granted), None) => {
                self.provider == kind.vendor().word && granted.eq_ignore_ascii_case(id.as_str())
            }
            (Ask::FleetDisks { account, select }, None, Some(granted)) => {
                owner.owns(account) && same_selector(granted, select)
            }
            (_, _, _) => false,
        }
    }
}

/// In whose account a grant counts.
struct Owner<'a> {
    provider: Option<&'a str>,
    account: Option<&'a str>,
    region: Option<&'a str>,
    endpoint: Option<&'a str>,
}

impl Owner<'_> {
    fn owns(&self, account: &Account) -> bool {
        !account.id.is_empty()
            && self.provider == Some(account.kind.vendor().word)
            && self.account == Some(account.id.as_str())
            && self.region.unwrap_or_default() == account.region
            && self.endpoint.map(|it| it.trim_end_matches('/').to_ascii_lowercase())
                == account.endpoint
    }
}

impl IdentityGrant {
    pub(crate) fn covers(&self, ask: &Ask) -> bool {
        let Ask::Identity { kind, who } = ask else { return false };
        let granted = match who {
            Identity::Profile(name) => self.role.is_none() && self.profile.as_ref() == Some(name),
            Identity::Role(role) => self.profile.is_none() && self.role.as_ref() == Some(role),
        };
        granted && self.provider == kind.vendor().word
    }
}

impl EndpointGrant {
    pub(crate) fn covers(&self, ask: &Ask) -> bool {
        let Ask::Endpoint { kind, url } = ask else { return false };
        self.provider == kind.vendor().word && same_url(&self.url, url)
    }

    pub(crate) fn covers_proxy(&self, ask: &Ask) -> bool {
        let Ask::Proxy { kind, url } = ask else { return false };
        self.provider == kind.vendor().word && same_url(&self.url, url)
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
                    && self.provider.as_deref() == Some(kind.vendor().word)
                    && self
                        .endpoint
                        .as_ref()
                        .map(|it| it.trim_end_matches('/').to_ascii_lowercase())
                        == *endpoint
            }
        }
    }

    fn owns(&self, account: &Account) -> bool {
        let owner = Owner {
            provider: self.provider.as_deref(),
            account: self.account.as_deref(),
            region: self.region.as_deref(),
            endpoint: self.endpoint.as_deref(),
        };
        self.host.is_none() && owner.owns(account)
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
