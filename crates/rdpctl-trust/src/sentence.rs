//! What is asked, in a sentence that a person can say yes or no to; and the lines that would grant it.

use rdpctl_model::Said;
use rdpctl_model::guest::{ChannelKind, Through};
use rdpctl_model::secret::SecretRef;
use rdpctl_model::webhook::WebhookUrl;

use crate::ask::{Ask, Identity, Why, Wish};
use crate::grants::Grants;
use crate::receiver::{Account, Over, Receiver, Selected, Wire};

/// The sentence of one ask.
#[must_use]
pub fn sentence(ask: &Ask) -> Said {
    match ask {
        Ask::Secret { from, to } => say::secret(source(from), receiver(to)),
        Ask::Host { host } => say::dial(host),
        Ask::Identity { kind, who: Identity::Profile(name) } => {
            say::as_profile(kind.vendor().word, name)
        }
        Ask::Identity { kind, who: Identity::Role(role) } => say::as_role(kind.vendor().word, role),
        Ask::Endpoint { kind, url } => say::endpoint(kind.vendor().word, url),
        Ask::Proxy { kind, url } => say::proxy(kind.vendor().word, url),
        Ask::File { path } => say::believe(path.display().to_string()),
        Ask::Disk { path } => say::disk(path.display().to_string()),
        Ask::VmDisk { kind, id } => say::vm_disk(kind.vendor().word, id.as_str()),
        Ask::FleetDisks { account, select } => say::fleet_disks(picked(select), place(account)),
        Ask::Enforce { tree } => say::enforce(tree.display().to_string()),
        Ask::Webhook { url, secret } => {
            let place = match url {
                WebhookUrl::Plain(url) => Said::quoted(url),
                WebhookUrl::Secret(from) => say::address_in(from.to_string()),
            };
            match secret {
                None => say::webhook(place),
                Some(from) => say::webhook_signed(place, from.to_string()),
            }
        }
        Ask::Page { url, proxies, user_header } => {
            let nets: Vec<String> = proxies.iter().map(ToString::to_string).collect();
            match (nets.is_empty(), user_header) {
                (true, _) => say::page(url),
                (false, None) => say::page_behind(url, nets),
                (false, Some(header)) => say::page_that_names(url, nets, header),
            }
        }
        Ask::State { url } => say::state(url),
    }
}

/// The lines of a grants file that cover exactly this ask.
#[must_use]
pub fn grant(ask: &Ask) -> String {
    let mut grants = Grants::default();
    grants.add(ask);
    grants.render().unwrap_or_default()
}

impl Wish {
    /// Why no grant can cover it.
    #[must_use]
    pub fn never_because(&self) -> Option<Said> {
        self.never.map(|why| match why {
            Why::RelativeProgram => say::relative_program(),
            Why::ProgramInTree => say::program_in_tree(),
            Why::UnknownAccount => say::unknown_account(),
        })
    }

    /// What is asked, and why no grant can cover it, where none can.
    #[must_use]
    pub fn told(&self) -> Said {
        match self.never_because() {
            None => sentence(&self.ask),
            Some(why) => say::never(sentence(&self.ask), why),
        }
    }
}

fn source(from: &SecretRef) -> Said {
    match from {
        SecretRef::Env(name) => say::from_env(name),
        SecretRef::File(path) => say::from_file(path.display().to_string()),
        SecretRef::Command(words) => say::from_command(words.join(" ")),
    }
}

fn receiver(to: &Receiver) -> Said {
    match to {
        Receiver::Host { host, port: None, channel, wire } => {
            say::to_host(spoken(*channel), host, how(*channel, *wire))
        }
        Receiver::Host { host, port: Some(port), channel, wire } => {
            say::to_port(spoken(*channel), host, *port, how(*channel, *wire))
        }
        Receiver::Instance { account, id, channel, wire } => {
            say::to_vm(spoken(*channel), id.as_str(), place(account), how(*channel, *wire))
        }
        Receiver::Selected { account, select, channel, wire } => {
            say::to_selected(spoken(*channel), picked(select), place(account), how(*channel, *wire))
        }
        Receiver::Api { kind, endpoint: None } => say::to_api(kind.vendor().word),
        Receiver::Api { kind, endpoint: Some(url) } => say::to_endpoint(kind.vendor().word, url),
    }
}

fn how(over: Over, wire: Wire) -> Said {
    let Over::Channel(channel) = over else { return say::challenge() };
    match (wire, channel.way().through) {
        (Wire::Tls, _) => say::over_tls(),
        (Wire::Plain, Through::Console) => say::in_clear(),
        (Wire::Plain, Through::Agent | Through::Network | Through::Disk) => say::sealed(),
    }
}

fn spoken(over: Over) -> Said {
    match over {
        Over::LogOn => say::a_log_on(),
        // The one that people spell otherwise than declarations do.
        Over::Channel(ChannelKind::Winrm) => Said::quoted("WinRM"),
        Over::Channel(channel) => Said::quoted(channel.way().name),
    }
}

fn place(account: &Account) -> Said {
    let vendor = account.kind.vendor().word;
    match (account.id.as_str(), &account.endpoint) {
        ("", None) => say::whatever_account(vendor),
        ("", Some(url)) => say::whatever_account_at(vendor, url),
        (id, None) => say::account(vendor, id),
        (id, Some(url)) => say::account_at(vendor, id, url),
    }
}

fn picked(select: &Selected) -> Said {
    let tags = select.tags.iter().map(|(key, value)| say::carries(key, value));
    let names = select.names.iter().map(Said::quoted);
    let names = names.reduce(say::or).map(say::is_called);
    let group = select.resource_group.iter().map(say::in_resource_group);
    let parts = tags.chain(names).chain(group);
    parts.reduce(say::and).unwrap_or_else(say::exists)
}

rdpctl_model::says! { "grant":
    secret(source, receiver);
    from_env(name);
    from_file(path);
    from_command(command);
    dial(host);
    as_profile(vendor, name);
    as_role(vendor, role);
    endpoint(vendor, url);
    proxy(vendor, url);
    believe(path);
    disk(path);
    vm_disk(vendor, id);
    fleet_disks(picked, place);
    enforce(tree);
    webhook(place);
    webhook_signed(place, from);
    address_in(from);
    state(url);
    page(url);
    page_behind(url, nets);
    page_that_names(url, nets, header);
    never(ask, why);
    relative_program();
    program_in_tree();
    unknown_account();
    to_host(over, host, wire);
    to_port(over, host, port, wire);
    to_vm(over, id, place, wire);
    to_selected(over, picked, place, wire);
    to_api(vendor);
    to_endpoint(vendor, url);
    a_log_on();
    challenge();
    over_tls();
    in_clear();
    sealed();
    whatever_account(vendor);
    whatever_account_at(vendor, url);
    account(vendor, id);
    account_at(vendor, id, url);
    exists();
    carries(key, value);
    is_called(name);
    or(one, other);
    in_resource_group(group);
    and(one, other);
}
