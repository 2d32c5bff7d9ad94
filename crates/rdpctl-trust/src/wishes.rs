//! Reading out of a declaration all that somebody else must grant.
//!
//! Free is only what the person who runs rdpctl brings along anyway: the default credential chain towards the vendor's
//! own endpoints. Everything that is read here is judged again whenever a declaration is loaded, so that a declaration
//! that grows asks anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rdpctl_config::{Declaration, Origin};
use rdpctl_model::ProviderName;
use rdpctl_model::ResourceId;
use rdpctl_model::account::{self, AzureCredentials, Route, TencentCredentials};
use rdpctl_model::declaration::{
    GuestAccess, Mode, PageAt, Provider, ProviderKind, Selector, SerialLine, WinrmAuth,
};
use rdpctl_model::guest::{ChannelKind, LogOn};
use rdpctl_model::secret::SecretRef;
use rdpctl_model::webhook::WebhookUrl;

use crate::ask::{Ask, By, Identity, Why, Wish};
use crate::links::behind_links;
use crate::receiver::{Account, Over, Receiver, Selected, Wire};

/// What is known of the world around a declaration.
pub struct Ground<'a> {
    /// The account behind each provider, where it was asked.
    pub accounts: &'a BTreeMap<ProviderName, String>,
    /// A path behind all links, as the file system says; what does not exist stays as it is written.
    pub resolve: &'a dyn Fn(&Path) -> PathBuf,
    /// The folders that whoever writes the declaration may write.
    pub trees: &'a [PathBuf],
}

/// All that a declaration asks for, in the order of its tables.
#[must_use]
pub fn wishes(declaration: &Declaration, ground: &Ground<'_>) -> Vec<Wish> {
    let mut found = Vec::new();
    for provider in declaration.providers.values() {
        let by = By::Provider(provider.name.clone());
        let at = declaration.origin_of_provider(&provider.name).cloned();
        of_provider(provider, ground, &mut |ask| {
            push(&mut found, ground, ask, by.clone(), at.clone());
        });
    }
    for instance in declaration.instances.values() {
        let Some(provider) = declaration.providers.get(&instance.provider) else { continue };
        let by = By::Instance(instance.name.clone());
        let at = declaration.origin(instance.name.as_str()).cloned();
        let mut add = |ask| push(&mut found, ground, ask, by.clone(), at.clone());
        let who = if provider.kind() == ProviderKind::Static {
            add(Ask::Host { host: instance.id.as_str().to_owned() });
            Who::Host(instance.id.as_str())
        } else {
            Who::One(&instance.id)
        };
        of_guest(provider, &instance.guest, &who, ground, &mut add);
    }
    for fleet in declaration.fleets.values() {
        let Some(provider) = declaration.providers.get(&fleet.provider) else { continue };
        let by = By::Fleet(fleet.name.clone());
        let at = declaration.origin(fleet.name.as_str()).cloned();
        let mut add = |ask| push(&mut found, ground, ask, by.clone(), at.clone());
        of_guest(provider, &fleet.guest, &Who::Selected(&fleet.select), ground, &mut add);
    }
    if let Some(url) = &declaration.state {
        push(&mut found, ground, Ask::State { url: url.clone() }, By::State, None);
    }
    for webhook in &declaration.run.webhooks {
        let ask = Ask::Webhook {
            url: match &webhook.url {
                WebhookUrl::Plain(url) => WebhookUrl::Plain(url.clone()),
                WebhookUrl::Secret(from) => WebhookUrl::Secret(behind_links(from, ground.resolve)),
            },
            secret: webhook.secret.as_ref().map(|from| behind_links(from, ground.resolve)),
        };
        push(&mut found, ground, ask, By::Webhook(webhook.url.clone()), None);
    }
    let PageAt { url, proxies, user_header, timezone: _, closed: _ } = &declaration.page;
    if let Some(url) = url {
        let (proxies, user_header) = (proxies.clone(), user_header.clone());
        let ask = Ask::Page { url: url.clone(), proxies, user_header };
        push(&mut found, ground, ask, By::Page, None);
    }
    if declaration.run.mode == Mode::Enforce {
        for tree in ground.trees {
            push(&mut found, ground, Ask::Enforce { tree: tree.clone() }, By::Run, None);
        }
    }
    found
}

fn push(found: &mut Vec<Wish>, ground: &Ground<'_>, ask: Ask, by: By, at: Option<Origin>) {
    let never = never(&ask, ground);
    let wish = Wish { ask, by, at, never };
    if !found.contains(&wish) {
        found.push(wish);
    }
}

/// Why no grant covers an ask, if so.
fn never(ask: &Ask, ground: &Ground<'_>) -> Option<Why> {
    if let Ask::Webhook { url, secret } = ask {
        let address = if let WebhookUrl::Secret(from) = url { Some(from) } else { None };
        return address.into_iter().chain(secret).find_map(|from| never_started(from, ground));
    }
    if let Ask::FleetDisks { account, select: _ } = ask {
        return account.id.is_empty().then_some(Why::UnknownAccount);
    }
    let Ask::Secret { from, to } = ask else { return None };
    if let Some(why) = never_started(from, ground) {
        return Some(why);
    }
    match to {
        Receiver::Instance { account, .. } | Receiver::Selected { account, .. }
            if account.id.is_empty() =>
        {
            Some(Why::UnknownAccount)
        }
        Receiver::Instance { .. }
        | Receiver::Selected { .. }
        | Receiver::Host { .. }
        | Receiver::Api { .. } => None,
    }
}

/// Why a program that gives a secret is never started, if so.
fn never_started(from: &SecretRef, ground: &Ground<'_>) -> Option<Why> {
    let SecretRef::Command(words) = from else { return None };
    let program = Path::new(words.first().map_or("", String::as_str));
    if !program.is_absolute() {
        return Some(Why::RelativeProgram);
    }
    ground.trees.iter().any(|tree| program.starts_with(tree)).then_some(Why::ProgramInTree)
}

fn of_provider(provider: &Provider, ground: &Ground<'_>, add: &mut dyn FnMut(Ask)) {
    let kind = provider.kind();
    let endpoint = foreign(provider);
    if let Some(url) = &endpoint {
        add(Ask::Endpoint { kind, url: url.clone() });
    }
    if let Some(Route::Through(url)) = provider.account.calls().map(|calls| &calls.route) {
        add(Ask::Proxy { kind, url: url.clone() });
    }
    let secret = |from: &SecretRef| {
        let to = Receiver::Api { kind, endpoint: endpoint.clone() };
        Ask::Secret { from: behind_links(from, ground.resolve), to }
    };
    let named = |who| Ask::Identity { kind, who };
    let file = |path: &Path| Ask::File { path: (ground.resolve)(path) };
    match &provider.account {
        account::Account::Tencent(tencent) => match &tencent.credentials {
            TencentCredentials::Chain | TencentCredentials::Role => {}
            TencentCredentials::Profile(name) => add(named(Identity::Profile(name.clone()))),
            TencentCredentials::AssumeRole(role) => add(named(Identity::Role(role.clone()))),
            TencentCredentials::Keys { id, key } => {
                add(secret(id));
                add(secret(key));
            }
        },
        account::Account::Azure(azure) => match &azure.credentials {
            AzureCredentials::Chain
            | AzureCredentials::Cli
            | AzureCredentials::ManagedIdentity { client: None } => {}
            AzureCredentials::ClientSecret { client: _, secret: key } => add(secret(key)),
            // Whoever names the file says who one is there.
            AzureCredentials::ClientCertificate { client: _, certificate } => match certificate {
                SecretRef::File(path) => add(file(path)),
                SecretRef::Env(_) | SecretRef::Command(_) => add(secret(certificate)),
            },
            AzureCredentials::ManagedIdentity { client: Some(client) } => {
                add(named(Identity::Role(client.clone())));
            }
            AzureCredentials::WorkloadIdentity { client, token_file } => {
                if let Some(client) = client {
                    add(named(Identity::Role(client.clone())));
                }
                if let Some(path) = token_file {
                    add(file(path));
                }
            }
        },
        account::Account::Static => {}
    }
}

/// The endpoint, unless it is one of the vendor's own.
fn foreign(provider: &Provider) -> Option<String> {
    let url =
        provider.account.calls()?.endpoint.as_ref()?.trim_end_matches('/').to_ascii_lowercase();
    let host = host_and_port(&url).map(|(host, _)| host).unwrap_or_default();
    let is_own = url.starts_with("https://")
        && provider.kind().vendor().own_domains.iter().any(|own| {
            host.strip_suffix(own).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        });
    (!is_own).then_some(url)
}

enum Who<'a> {
    Host(&'a str),
    One(&'a ResourceId),
    Selected(&'a Selector),
}

fn of_guest(
    provider: &Provider,
    access: &GuestAccess,
    who: &Who<'_>,
    ground: &Ground<'_>,
    add: &mut dyn FnMut(Ask),
) {
    if let Some(disk) = &access.disk {
        add(Ask::Disk { path: (ground.resolve)(disk) });
    }
    if access.offline.is_some() {
        match who {
            Who::One(id) => add(Ask::VmDisk { kind: provider.kind(), id: (*id).clone() }),
            Who::Selected(select) => add(Ask::FleetDisks {
                account: account(provider, ground),
                select: Selected::from(*select),
            }),
            // Nobody swaps the disk of a host that no cloud has.
            Who::Host(_) => {}
        }
    }
    if let Some(password) = access.proof.as_ref().and_then(|proof| proof.password.as_ref()) {
        let to = receiver(provider, who, None, Over::LogOn, Wire::Tls, ground);
        add(Ask::Secret { from: behind_links(password, ground.resolve), to });
    }
    for channel in access.via.iter().copied() {
        match channel.way().log_on {
            // The vendor's agent is reached with the provider's own identity.
            LogOn::Nobody => {}
            LogOn::AsDeclared => of_winrm(provider, access, who, ground, add),
            LogOn::Account => {
                if let Some(password) = &access.password {
                    let to = match &access.serial {
                        Some(line) => at_the_end(line, channel, ground),
                        // The vendor's own console, behind its websocket.
                        None => {
                            receiver(provider, who, None, Over::Channel(channel), Wire::Tls, ground)
                        }
                    };
                    add(Ask::Secret { from: behind_links(password, ground.resolve), to });
                }
            }
        }
    }
}

/// Who receives what is typed on a line: whoever listens at its end.
fn at_the_end(line: &SerialLine, channel: ChannelKind, ground: &Ground<'_>) -> Receiver {
    let (host, port) = match line {
        SerialLine::Tcp { host, port } => (host.clone(), Some(*port)),
        SerialLine::Unix(path) => (SerialLine::Unix((ground.resolve)(path)).to_string(), None),
        SerialLine::Device(path) => (SerialLine::Device((ground.resolve)(path)).to_string(), None),
    };
    Receiver::Host { host, port, channel: Over::Channel(channel), wire: Wire::Plain }
}

fn of_winrm(
    provider: &Provider,
    access: &GuestAccess,
    who: &Who<'_>,
    ground: &Ground<'_>,
    add: &mut dyn FnMut(Ask),
) {
    let winrm = &access.winrm;
    let wire = if winrm.demands_tls() { Wire::Tls } else { Wire::Plain };
    let elsewhere = winrm.endpoint.as_deref().and_then(host_and_port);
    if let Some((host, _)) = &elsewhere {
        add(Ask::Host { host: host.clone() });
    }
    for file in winrm
        .ca_file
        .iter()
        .chain(winrm.client_certificate.iter().flat_map(|(certificate, key)| [certificate, key]))
    {
        add(Ask::File { path: (ground.resolve)(file) });
    }
    let logs_on = match winrm.auth {
        WinrmAuth::Ntlm | WinrmAuth::Basic => true,
        WinrmAuth::Certificate | WinrmAuth::Kerberos => false,
    };
    if let (true, Some(password)) = (logs_on, &access.password) {
        let to = match elsewhere {
            Some((host, port)) => Receiver::Host {
                host,
                port: port.or(winrm.port),
                channel: Over::Channel(ChannelKind::Winrm),
                wire,
            },
            None => {
                receiver(provider, who, winrm.port, Over::Channel(ChannelKind::Winrm), wire, ground)
            }
        };
        add(Ask::Secret { from: behind_links(password, ground.resolve), to });
    }
}

fn receiver(
    provider: &Provider,
    who: &Who<'_>,
    port: Option<u16>,
    channel: Over,
    wire: Wire,
    ground: &Ground<'_>,
) -> Receiver {
    let account = || account(provider, ground);
    match who {
        Who::Host(host) => Receiver::Host { host: (*host).to_owned(), port, channel, wire },
        Who::One(id) => Receiver::Instance { account: account(), id: (*id).clone(), channel, wire },
        Who::Selected(select) => Receiver::Selected {
            account: account(),
            select: Selected::from(*select),
            channel,
            wire,
        },
    }
}

/// The account behind a provider, as the cloud names it.
fn account(provider: &Provider, ground: &Ground<'_>) -> Account {
    Account {
        kind: provider.kind(),
        endpoint: foreign(provider),
        id: ground.accounts.get(&provider.name).cloned().unwrap_or_default(),
        region: provider.account.region().unwrap_or_default().to_owned(),
    }
}

/// The host that a base URL names, in lower case.
#[must_use]
pub fn host_of(url: &str) -> Option<String> {
    host_and_port(url).map(|(host, _)| host)
}

/// Host and port of a base URL, in lower case.
fn host_and_port(url: &str) -> Option<(String, Option<u16>)> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if let Some(inner) = authority.strip_prefix('[') {
        let (host, port) = inner.split_once(']')?;
        return Some((
            host.to_ascii_lowercase(),
            port.strip_prefix(':').and_then(|it| it.parse().ok()),
        ));
    }
    Some(match authority.rsplit_once(':') {
        Some((host, port)) => (host.to_ascii_lowercase(), port.parse().ok()),
        None => (authority.to_ascii_lowercase(), None),
    })
}
