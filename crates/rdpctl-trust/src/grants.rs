//! The grants file: what a person allows, kept outside of every declaration.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ask::{Ask, Identity};
use crate::receiver::Receiver;
use crate::tables::{
    EndpointGrant, EnforceGrant, FileGrant, HostGrant, IdentityGrant, PageGrant, SecretGrant,
    Select, StateGrant, To, VmDiskGrant, WebhookGrant,
};
use crate::token::{self, Token};
use crate::wrong::GrantsError;

/// What somebody granted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grants {
    /// Secrets, each with who may receive it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) secret: Vec<SecretGrant>,
    /// Hosts that a declaration may name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) host: Vec<HostGrant>,
    /// Identities other than that of the default chain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) identity: Vec<IdentityGrant>,
    /// Endpoints in place of a vendor's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) endpoint: Vec<EndpointGrant>,
    /// Proxies in place of the environment's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) proxy: Vec<EndpointGrant>,
    /// Files of authorities, certificates and keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) file: Vec<FileGrant>,
    /// Disks of this machine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) disk: Vec<FileGrant>,
    /// System disks of VMs, which a repair may read and swap.
    #[serde(default, skip_serializing_if = "Vec::is_empty", rename = "vm-disk")]
    pub(crate) vm_disk: Vec<VmDiskGrant>,
    /// Work trees whose declarations a loop may bring about by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) enforce: Vec<EnforceGrant>,
    /// Whom a loop may tell what turns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) webhook: Vec<WebhookGrant>,
    /// States elsewhere than beside the declaration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) state: Vec<StateGrant>,
    /// Under which addresses the page of a loop is reached, and who may speak there for others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) page: Vec<PageGrant>,
    /// Who may do what on the page of a loop.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) token: Vec<Token>,
}

impl Grants {
    /// Reads a grants file.
    ///
    /// # Errors
    /// When it has another form, or a pattern in it would match what no pattern may.
    pub fn parse(text: &str) -> Result<Self, GrantsError> {
        let grants: Self = toml::from_str(text).map_err(Box::new)?;
        for pattern in grants.secret.iter().map(|secret| &secret.from) {
            crate::pattern::check_reference(pattern)?;
        }
        let hosts = grants.host.iter().map(|host| &host.address);
        for pattern in hosts.chain(grants.secret.iter().filter_map(|it| it.to.host.as_ref())) {
            crate::pattern::check_host(pattern)?;
        }
        token::check_all(&grants.token)?;
        Ok(grants)
    }

    /// The file's text.
    ///
    /// # Errors
    /// Only if a value cannot be written as TOML, which no grant can bring about.
    pub fn render(&self) -> Result<String, GrantsError> {
        Ok(toml::to_string(self)?)
    }

    /// Grants exactly what is asked, unless it is granted already.
    pub fn add(&mut self, ask: &Ask) {
        if self.allows(ask) {
            return;
        }
        match ask {
            Ask::Secret { from, to } => {
                self.secret.push(SecretGrant { from: from.to_string(), to: To::exactly(to) });
            }
            Ask::Host { host } => self.host.push(HostGrant { address: host.clone() }),
            Ask::Identity { kind, who } => self.identity.push(IdentityGrant {
                provider: kind.vendor().word.to_owned(),
                profile: match who {
                    Identity::Profile(name) => Some(name.clone()),
                    Identity::Role(_) => None,
                },
                role: match who {
                    Identity::Role(role) => Some(role.clone()),
                    Identity::Profile(_) => None,
                },
            }),
            Ask::Endpoint { kind, url } => self
                .endpoint
                .push(EndpointGrant { provider: kind.vendor().word.to_owned(), url: url.clone() }),
            Ask::Proxy { kind, url } => self
                .proxy
                .push(EndpointGrant { provider: kind.vendor().word.to_owned(), url: url.clone() }),
            Ask::File { path } => {
                self.file.push(FileGrant { path: path.to_string_lossy().into_owned() });
            }
            Ask::Disk { path } => {
                self.disk.push(FileGrant { path: path.to_string_lossy().into_owned() });
            }
            Ask::VmDisk { kind, id } => self.vm_disk.push(VmDiskGrant {
                provider: kind.vendor().word.to_owned(),
                id: Some(id.as_str().to_owned()),
                ..VmDiskGrant::default()
            }),
            Ask::FleetDisks { account, select } => self.vm_disk.push(VmDiskGrant {
                provider: account.kind.vendor().word.to_owned(),
                endpoint: account.endpoint.clone(),
                account: Some(account.id.clone()),
                region: (!account.region.is_empty()).then(|| account.region.clone()),
                select: Some(Select::exactly(select)),
                id: None,
            }),
            Ask::Enforce { tree } => {
                self.enforce.push(EnforceGrant { tree: tree.to_string_lossy().into_owned() });
            }
            Ask::Webhook { url, secret } => self.webhook.push(WebhookGrant {
                url: url.to_string(),
                secret: secret.as_ref().map(ToString::to_string),
            }),
            Ask::Page { url, proxies, user_header } => self.page.push(PageGrant {
                url: url.clone(),
                proxies: proxies.iter().map(ToString::to_string).collect(),
                user_header: user_header.clone(),
            }),
            Ask::State { url } => self.state.push(StateGrant { url: url.clone() }),
        }
    }

    /// Takes back every grant that covers this ask. Says how many there were.
    pub fn revoke(&mut self, ask: &Ask) -> usize {
        let before = self.len();
        self.secret.retain(|grant| !grant.covers(ask));
        self.host.retain(|grant| !grant.covers(ask));
        self.identity.retain(|grant| !grant.covers(ask));
        self.endpoint.retain(|grant| !grant.covers(ask));
        self.proxy.retain(|grant| !grant.covers_proxy(ask));
        self.file.retain(|grant| !grant.covers(ask));
        self.disk.retain(|grant| !grant.covers_disk(ask));
        self.vm_disk.retain(|grant| !grant.covers(ask));
        self.enforce.retain(|grant| !grant.covers(ask));
        self.webhook.retain(|grant| !grant.covers(ask));
        self.state.retain(|grant| !grant.covers(ask));
        self.page.retain(|grant| !grant.covers(ask));
        before - self.len()
    }

    /// Takes back every grant that names this reference, host, endpoint, identity, file, state or token. Says how many
    /// there were.
    pub fn revoke_named(&mut self, what: &str) -> usize {
        let before = self.len();
        let is = |text: Option<&String>| text.is_some_and(|text| text == what);
        self.secret.retain(|grant| grant.from != what && !is(grant.to.host.as_ref()));
        self.host.retain(|grant| grant.address != what);
        self.identity.retain(|grant| !is(grant.profile.as_ref()) && !is(grant.role.as_ref()));
        self.endpoint.retain(|grant| grant.url != what);
        self.proxy.retain(|grant| grant.url != what);
        self.file.retain(|grant| grant.path != what);
        self.disk.retain(|grant| grant.path != what);
        self.vm_disk.retain(|grant| !is(grant.id.as_ref()));
        self.enforce.retain(|grant| grant.tree != what);
        self.webhook.retain(|grant| grant.url != what && !is(grant.secret.as_ref()));
        self.state.retain(|grant| grant.url != what);
        self.page.retain(|grant| grant.url != what);
        self.token.retain(|token| token.name() != what);
        before - self.len()
    }

    /// The tokens of the page.
    #[must_use]
    pub fn tokens(&self) -> &[Token] {
        &self.token
    }

    /// Whose token has this hash. Whoever guesses learns nothing by how long that takes: what is compared is a hash of
    /// what was sent.
    #[must_use]
    pub fn token(&self, sha256: &str) -> Option<&Token> {
        self.token.iter().find(|token| token.sha256 == sha256)
    }

    /// Adds a token.
    ///
    /// # Errors
    /// When there is one of that name.
    pub fn add_token(&mut self, token: Token) -> Result<(), GrantsError> {
        self.token.push(token);
        token::check_all(&self.token)
    }

    /// How many grants there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.secret.len()
            + self.host.len()
            + self.identity.len()
            + self.endpoint.len()
            + self.proxy.len()
            + self.file.len()
            + self.disk.len()
            + self.vm_disk.len()
            + self.enforce.len()
            + self.webhook.len()
            + self.state.len()
            + self.page.len()
            + self.token.len()
    }

    /// Whether nothing is granted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The JSON Schema of the file.
    #[must_use]
    pub fn schema() -> schemars::Schema {
        schemars::schema_for!(Self)
    }
}

impl Select {
    fn exactly(select: &crate::receiver::Selected) -> Self {
        Self {
            tags: select.tags.clone(),
            names: select.names.clone(),
            resource_group: select.resource_group.clone(),
        }
    }
}

impl To {
    /// The receiver and nobody else.
    fn exactly(receiver: &Receiver) -> Self {
        match receiver {
            Receiver::Host { host, port, channel, wire } => Self {
                host: Some(host.clone()),
                port: *port,
                channel: channel.name().to_owned(),
                tls: Some(wire.name().to_owned()),
                ..Self::default()
            },
            Receiver::Instance { account, id, channel, wire } => Self {
                id: Some(id.as_str().to_owned()),
                channel: channel.name().to_owned(),
                tls: Some(wire.name().to_owned()),
                ..Self::account(account)
            },
            Receiver::Selected { account, select, channel, wire } => Self {
                select: Some(Select::exactly(select)),
                channel: channel.name().to_owned(),
                tls: Some(wire.name().to_owned()),
                ..Self::account(account)
            },
            Receiver::Api { kind, endpoint } => Self {
                provider: Some(kind.vendor().word.to_owned()),
                endpoint: endpoint.clone(),
                channel: "api".to_owned(),
                ..Self::default()
            },
        }
    }

    fn account(account: &crate::receiver::Account) -> Self {
        Self {
            provider: Some(account.kind.vendor().word.to_owned()),
            endpoint: account.endpoint.clone(),
            account: Some(account.id.clone()),
            region: (!account.region.is_empty()).then(|| account.region.clone()),
            ..Self::default()
        }
    }
}
