//! `guest.winrm`: how `WinRM` is spoken, where the defaults do not fit.

use std::path::PathBuf;

use rdpctl_model::declaration::{PlainHttp, Winrm, WinrmAuth};

use crate::diagnostic::Problems;
use crate::tree::{Fields, Node};

use super::scalar::{line, url};

pub(crate) const KEYS: &[&str] = &[
    "endpoint",
    "tls",
    "plain",
    "port",
    "auth",
    "ca-file",
    "pin-sha256",
    "client-certificate",
    "client-key",
    "bootstrap",
];
pub(crate) const AUTH: [(&str, WinrmAuth); 4] = [
    ("ntlm", WinrmAuth::Ntlm),
    ("basic", WinrmAuth::Basic),
    ("certificate", WinrmAuth::Certificate),
    ("kerberos", WinrmAuth::Kerberos),
];
pub(crate) const PLAIN: [(&str, PlainHttp); 3] = [
    ("private", PlainHttp::Private),
    ("anywhere", PlainHttp::Anywhere),
    ("never", PlainHttp::Never),
];

pub(super) fn decode(node: Node<'_>, problems: &mut Problems) -> Option<Winrm> {
    let fields = Fields::open(node, node.place, "`winrm`".to_owned(), KEYS, problems)?;
    let path = |key: &str, problems: &mut Problems| {
        fields.optional(key, |node| line(node, key, problems).map(PathBuf::from))
    };
    let certificate = path("client-certificate", problems);
    let key = path("client-key", problems);
    let ca_file = path("ca-file", problems);
    let endpoint = fields.optional("endpoint", |node| url(node, "endpoint", problems));
    let auth = fields.optional("auth", |node| node.choice("auth", &AUTH, problems));
    let tls = fields.optional("tls", |node| node.boolean("tls", problems));
    let plain = fields.optional("plain", |node| node.choice("plain", &PLAIN, problems));
    let bootstrap = fields.optional("bootstrap", |node| node.boolean("bootstrap", problems));
    let port = fields.optional("port", |node| port(node, problems));
    let pin = fields.optional("pin-sha256", |node| pin(node, problems));

    match (fields.get("client-certificate"), fields.get("client-key")) {
        (Some(_), None) => {
            fields.need("client-key", "\"client.key\"", problems);
        }
        (None, Some(_)) => {
            fields.need("client-certificate", "\"client.pem\"", problems);
        }
        (Some(_), Some(_)) | (None, None) => {}
    }
    let (endpoint, tls) = (endpoint.ok()?, tls.ok()?);
    let auth = auth.ok()?.unwrap_or_default();
    let encrypted = endpoint.as_ref().map(|endpoint| endpoint.starts_with("https://"));
    if let (Some(tls), Some(encrypted), Some(node)) = (tls, encrypted, fields.get("tls"))
        && tls != encrypted
    {
        problems
            .error(node.place, "`tls` and the scheme of `endpoint` contradict each other")
            .help("remove `tls`: the endpoint says it already");
    }
    let tls = tls.or(encrypted);
    if matches!(auth, WinrmAuth::Basic | WinrmAuth::Certificate) && tls != Some(true) {
        let place = fields.get("auth").map_or(node.place, |node| node.place);
        problems
            .error(place, "this way to log on needs TLS: without it the secret would cross the network in the clear")
            .help("add `tls = true`");
    }
    let client_certificate = certificate.ok()?.zip(key.ok()?);
    if auth == WinrmAuth::Certificate && fields.get("client-certificate").is_none() {
        fields.need("client-certificate", "\"client.pem\", client-key = \"client.key\"", problems);
    }
    Some(Winrm {
        endpoint,
        tls,
        plain: plain.ok()?.unwrap_or_default(),
        port: port.ok()?,
        auth,
        ca_file: ca_file.ok()?,
        pin_sha256: pin.ok()?,
        client_certificate,
        bootstrap: bootstrap.ok()?.unwrap_or(false),
    })
}

fn port(node: Node<'_>, problems: &mut Problems) -> Option<u16> {
    let port = node.integer().and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
    if port.is_none() {
        problems
            .error(node.place, "`port` is a number from 1 to 65535")
            .help("WinRM listens on 5985, with TLS on 5986, unless it was moved");
    }
    port
}

/// A fingerprint as people copy it, with or without colons, becomes plain lower-case hex.
fn pin(node: Node<'_>, problems: &mut Problems) -> Option<String> {
    let text = node.text("pin-sha256", problems)?;
    let hex: String = text.chars().filter(|c| *c != ':').map(|c| c.to_ascii_lowercase()).collect();
    if hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Some(hex);
    }
    let help = if hex.len() == 40 {
        "that is as long as a SHA-1 thumbprint, which Windows shows by default; the SHA-256 has 64 digits"
    } else {
        "the SHA-256 of the certificate has 64 hexadecimal digits"
    };
    problems.error(node.place, "this is not a SHA-256 fingerprint").help(help);
    None
}
