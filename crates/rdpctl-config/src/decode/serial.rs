//! `guest.serial`: where the serial port of a machine without a cloud leads to.

use std::path::PathBuf;

use rdpctl_model::declaration::{GuestAccess, ProviderKind, SerialLine};
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::vendor::SerialPort;

use crate::diagnostic::Problems;
use crate::tree::{Fields, Node};

use super::scalar::line;

pub(crate) const KEYS: &[&str] = &["unix", "device", "tcp"];

const EXAMPLE: &str = "for example `serial = { unix = \"/run/vm/db-02.sock\" }`";

pub(super) fn decode(node: Node<'_>, problems: &mut Problems) -> Option<SerialLine> {
    let fields = Fields::open(node, node.place, "`serial`".to_owned(), KEYS, problems)?;
    let path = |key: &str, problems: &mut Problems| {
        fields.optional(key, |node| absolute(node, key, problems))
    };
    let unix = path("unix", problems).ok()?;
    let device = path("device", problems).ok()?;
    let tcp = fields.optional("tcp", |node| tcp(node, problems)).ok()?;
    let mut named =
        [unix.map(SerialLine::Unix), device.map(SerialLine::Device), tcp].into_iter().flatten();
    let only = named.next().filter(|_| named.next().is_none());
    if only.is_none() && !fields.misspells(KEYS) {
        problems
            .error(node.place, "`serial` names one line: `unix`, `device` or `tcp`")
            .help(EXAMPLE);
    }
    only
}

/// A path that means the same wherever rdpctl is started.
fn absolute(node: Node<'_>, key: &str, problems: &mut Problems) -> Option<PathBuf> {
    let path = PathBuf::from(line(node, key, problems)?);
    if path.is_absolute() {
        return Some(path);
    }
    problems.error(node.place, format!("`{key}` is not a whole path")).help(EXAMPLE);
    None
}

fn tcp(node: Node<'_>, problems: &mut Problems) -> Option<SerialLine> {
    let text = line(node, "tcp", problems)?;
    let parted = text.rsplit_once(':').and_then(|(host, port)| {
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let port = port.parse::<u16>().ok().filter(|port| *port > 0)?;
        let fits = |c: char| c.is_ascii_alphanumeric() || "-.:_".contains(c);
        (!host.is_empty() && host.chars().all(fits)).then(|| (host.to_ascii_lowercase(), port))
    });
    let Some((host, port)) = parted else {
        problems
            .error(node.place, format!("`{text}` is not a host with a port"))
            .help("for example `tcp = \"127.0.0.1:4555\"`");
        return None;
    };
    Some(SerialLine::Tcp { host, port })
}

/// Whether the channel and its line fit each other and the provider.
pub(super) fn check(
    access: &GuestAccess,
    fields: &Fields<'_>,
    kind: Option<ProviderKind>,
    problems: &mut Problems,
) {
    let asked = access.via.contains(&ChannelKind::Serial);
    let at = |key: &str| fields.get(key).map_or(fields.place, |node| node.place);
    match kind.map(|kind| kind.vendor().serial) {
        Some(SerialPort::Declared) if asked && fields.lacks("serial") => {
            problems
                .error(at("via"), "`serial` goes over a line, and none is named")
                .help(format!("add it: {EXAMPLE}"));
        }
        Some(SerialPort::Elsewhere { says, help }) if access.serial.is_some() => {
            problems.error(at("serial"), says).help(help);
        }
        Some(SerialPort::Declared | SerialPort::Elsewhere { .. }) | None => {}
    }
}
