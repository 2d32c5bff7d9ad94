//! What is asked, in a sentence that a person can say yes or no to; and the lines that would grant it.

use rdpctl_model::guest::Through;
use rdpctl_model::secret::SecretRef;
use rdpctl_model::webhook::WebhookUrl;

use crate::ask::{Ask, Identity, Why, Wish};
use crate::grants::{Grants, word};
use crate::receiver::{Account, Over, Receiver, Selected, Wire};

/// The sentence of one ask.
#[must_use]
pub fn sentence(ask: &Ask) -> String {
    match ask {
        Ask::Secret { from, to } => format!("{} and offer it {}", source(from), receiver(to)),
        Ask::Host { host } => format!("dial {host}, a host that only the declaration names"),
        Ask::Identity { kind, who: Identity::Profile(name) } => {
            format!("act in {} as the profile {name} of its command line", word(*kind))
        }
        Ask::Identity { kind, who: Identity::Role(role) } => {
            format!("act in {} as the role {role}", word(*kind))
        }
        Ask::Endpoint { kind, url } => {
            format!("send requests for {}, signed with your identity, to {url}", word(*kind))
        }
        Ask::Proxy { kind, url } => {
            format!("reach {} through {url}, which learns when and how much is asked", word(*kind))
        }
        Ask::File { path } => format!("believe and show what is in {}", path.display()),
        Ask::Disk { path } => {
            format!("read the disk {}, and change it where a plan says so", path.display())
        }
        Ask::VmDisk { kind, id } => format!(
            "stop {id} of {}, read its system disk, and put a repaired copy into its place, each time after a yes",
            word(*kind)
        ),
        Ask::Enforce { tree } => format!(
            "let the loop change by itself, as far as the guards allow, what is declared in {}",
            tree.display()
        ),
        Ask::Webhook { url, secret } => {
            let signed = secret
                .as_ref()
                .map_or_else(String::new, |from| format!(", signed by what {from} holds"));
            let place = match url {
                WebhookUrl::Plain(url) => url.clone(),
                WebhookUrl::Secret(from) => format!("the address that {from} holds"),
            };
            format!(
                "let the loop tell {place} which machines differ, how, and what is done{signed}"
            )
        }
        Ask::Page { url, proxies, user_header } => {
            let nets: Vec<String> = proxies.iter().map(ToString::to_string).collect();
            let believed = match (nets.as_slice(), user_header) {
                ([], _) => String::new(),
                (nets, None) => format!(", through a proxy in {}", nets.join(", ")),
                (nets, Some(header)) => format!(
                    ", through a proxy in {} that says in {header} who it is that asks",
                    nets.join(", ")
                ),
            };
            format!("answer as the loop's page at {url}{believed}")
        }
        Ask::State { url } => format!("keep the state at {url}"),
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
    /// Why no grant can cover it, in a sentence.
    #[must_use]
    pub const fn never_because(&self) -> Option<&'static str> {
        match self.never {
            None => None,
            Some(Why::RelativeProgram) => {
                Some("a program is named by its absolute path, or it is never started")
            }
            Some(Why::ProgramInTree) => Some(
                "the program lies in the work tree, where whoever writes the declaration writes it, too",
            ),
            Some(Why::UnknownAccount) => Some(
                "nobody could say which account stands behind the provider, so nobody knows who would receive it",
            ),
        }
    }
}

fn source(from: &SecretRef) -> String {
    match from {
        SecretRef::Env(name) => format!("read {name} from the environment"),
        SecretRef::File(path) => format!("read {}", path.display()),
        SecretRef::Command(words) => format!("run `{}`", words.join(" ")),
    }
}

fn receiver(to: &Receiver) -> String {
    match to {
        Receiver::Host { host, port, channel, wire } => {
            let port = port.map_or_else(String::new, |port| format!(" port {port}"));
            format!("by {} to {host}{port}{}", spoken(channel.name()), how(*channel, *wire))
        }
        Receiver::Instance { account, id, channel, wire } => {
            format!(
                "by {} to {id} {}{}",
                spoken(channel.name()),
                place(account),
                how(*channel, *wire)
            )
        }
        Receiver::Selected { account, select, channel, wire } => format!(
            "by {} to every VM that {} {}{}: whoever can bring that about there can receive it",
            spoken(channel.name()),
            picked(select),
            place(account),
            how(*channel, *wire),
        ),
        Receiver::Api { kind, endpoint: None } => format!("to the API of {}", word(*kind)),
        Receiver::Api { kind, endpoint: Some(url) } => {
            format!("as a key of {} to {url}", word(*kind))
        }
    }
}

const fn how(over: Over, wire: Wire) -> &'static str {
    let Over::Channel(channel) = over else { return " over TLS, as the answer to a challenge" };
    match (wire, channel.way().through) {
        (Wire::Tls, _) => " over TLS",
        (Wire::Plain, Through::Console) => ", in clear",
        (Wire::Plain, Through::Agent | Through::Network | Through::Disk) => {
            ", sealed but without TLS"
        }
    }
}

fn spoken(channel: &str) -> &str {
    match channel {
        "winrm" => "WinRM",
        "rdp" => "a log-on at Remote Desktop",
        other => other,
    }
}

fn place(account: &Account) -> String {
    let at = account.endpoint.as_ref().map_or_else(String::new, |url| format!(" at {url}"));
    if account.id.is_empty() {
        format!("in whatever account of {} the credentials are for{at}", word(account.kind))
    } else {
        format!("in account {} of {}{at}", account.id, word(account.kind))
    }
}

fn picked(select: &Selected) -> String {
    let mut parts: Vec<String> =
        select.tags.iter().map(|(key, value)| format!("carries {key}={value}")).collect();
    if !select.names.is_empty() {
        parts.push(format!("is called {}", select.names.join(" or ")));
    }
    if let Some(group) = &select.resource_group {
        parts.push(format!("lies in the resource group {group}"));
    }
    if parts.is_empty() { "exists".to_owned() } else { parts.join(" and ") }
}
