//! `guest = { … }`: the way into Windows.

use rdpctl_model::declaration::{GuestAccess, ProviderKind, Winrm, WinrmAuth};
use rdpctl_model::guest::{ChannelKind, LogOn, Through};

use crate::diagnostic::Problems;
use crate::tree::{Fields, Node};

use super::scalar::{line, secret};
use super::{serial, winrm};

pub(crate) const KEYS: &[&str] = &["via", "user", "password", "winrm", "serial"];
pub(crate) const CHANNELS: [(&str, ChannelKind); ChannelKind::ALL.len()] = {
    let mut channels = [("", ChannelKind::ALL[0]); ChannelKind::ALL.len()];
    let mut place = 0;
    while place < channels.len() {
        let kind = ChannelKind::ALL[place];
        channels[place] = (kind.name(), kind);
        place += 1;
    }
    channels
};

/// The way into a guest of which nothing is said: the cloud's agent, where there is a cloud.
pub(super) fn unsaid(kind: Option<ProviderKind>) -> GuestAccess {
    if kind.is_none_or(ProviderKind::is_cloud) {
        GuestAccess::default()
    } else {
        GuestAccess { via: Vec::new(), ..GuestAccess::default() }
    }
}

pub(super) fn decode(
    node: Node<'_>,
    of: &str,
    kind: Option<ProviderKind>,
    problems: &mut Problems,
) -> Option<GuestAccess> {
    let what = format!("`guest` of {of}");
    let fields = Fields::open(node, node.place, what, KEYS, problems)?;
    let via = fields.optional("via", |node| channels(node, kind, problems));
    let user = fields.optional("user", |node| line(node, "user", problems));
    let password = fields.optional("password", |node| secret(node, "password", problems));
    let winrm = fields.optional("winrm", |node| winrm::decode(node, problems));
    let serial = fields.optional("serial", |node| serial::decode(node, problems));

    if let (true, Some(node)) = (fields.lacks("user"), fields.get("password")) {
        problems
            .error(node.place, "there is a password, but no user")
            .help("add `user = \"Administrator\"`, or whichever account the password is of");
    }
    let via = match via.ok()? {
        Some(via) => via,
        // Who gives an account for a host without a cloud means the channel that logs on with it.
        None if kind == Some(ProviderKind::Static) && fields.get("user").is_some() => {
            vec![ChannelKind::Winrm]
        }
        None => unsaid(kind).via,
    };
    let (user, password) = (user.ok()?, password.ok()?);
    let winrm = winrm.ok()?.unwrap_or_else(Winrm::default);
    let serial = serial.ok()?;
    let access = GuestAccess { via, user, password, winrm, serial, ..GuestAccess::default() };
    log_on(&access, &fields, problems);
    serial::check(&access, &fields, kind, problems);
    Some(access)
}

fn channels(
    node: Node<'_>,
    kind: Option<ProviderKind>,
    problems: &mut Problems,
) -> Option<Vec<ChannelKind>> {
    let mut via = Vec::new();
    let mut sound = true;
    for one in node.list("via", problems)? {
        let Some(channel) = one.choice("via", &CHANNELS, problems) else {
            sound = false;
            continue;
        };
        if channel.way().through == Through::Disk {
            problems
                .error(one.place, "`via` lists ways into a running Windows, and `offline` is none")
                .help("leave it out: a disk is repaired where nothing in `via` answered, after a yes to the guard `offline-repair`");
            sound = false;
            continue;
        }
        if kind == Some(ProviderKind::Static) && channel.way().through == Through::Agent {
            problems
                .error(
                    one.place,
                    format!(
                        "`{}` goes through a cloud, and this provider has none",
                        channel.name()
                    ),
                )
                .help("hosts without a cloud API are reached through `winrm` or `serial`");
        }
        if via.contains(&channel) {
            problems.error(one.place, format!("`{}` is in the list twice", channel.name()));
        }
        via.push(channel);
    }
    sound.then_some(via)
}

/// Channels that log on need somebody to log on as.
fn log_on(access: &GuestAccess, fields: &Fields<'_>, problems: &mut Problems) {
    let place = fields.get("via").map_or(fields.place, |node| node.place);
    for channel in &access.via {
        let needs = match channel.way().log_on {
            LogOn::Nobody => false,
            LogOn::Account => true,
            LogOn::AsDeclared => match access.winrm.auth {
                WinrmAuth::Ntlm | WinrmAuth::Basic => true,
                WinrmAuth::Certificate | WinrmAuth::Kerberos => false,
            },
        };
        let missing = match (fields.lacks("user"), fields.lacks("password")) {
            // A password without a user has been told already, at the password.
            (_, false) => continue,
            (false, true) => "password",
            (true, true) => "user",
        };
        if needs {
            let example = if missing == "user" {
                "`user = \"Administrator\", password = \"env:NAME\"`"
            } else {
                "`password = \"env:NAME\"`"
            };
            problems
                .error(
                    place,
                    format!("`{}` logs on to the guest, and there is no {missing}", channel.name()),
                )
                .help(format!("add {example}"));
            return;
        }
    }
}
