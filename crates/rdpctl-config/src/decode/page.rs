//! `[page]`: how the page of the loop is reached by others than this machine.

use ipnet::IpNet;
use rdpctl_model::declaration::PageAt;

use crate::diagnostic::Problems;
use crate::parse::Named;
use crate::tree::{Node, unknown_key};

use super::scalar::{line, url};

pub(crate) const KEYS: &[&str] = &["url", "proxies", "user-header", "timezone"];

/// So many networks of proxies at most.
const MOST: usize = 16;

pub(super) fn decode(entries: &Named<'_>, problems: &mut Problems) -> PageAt {
    for (name, entry) in entries {
        if !KEYS.contains(name) {
            unknown_key(entry.key, "`[page]`", KEYS.iter().copied(), problems);
        }
    }
    for (key, without, remedy) in [
        ("proxies", "url", "add `url = \"https://rdp.example.com\"`, under which it is reached"),
        ("user-header", "proxies", "add `proxies = [\"10.0.0.5\"]`, from where it comes"),
    ] {
        if let (Some(entry), None) = (entries.get(key), entries.get(without)) {
            problems
                .error(entry.key.place, format!("`{key}` means nothing without `{without}`"))
                .help(remedy);
        }
    }
    let url = entries.get("url").and_then(|entry| address(entry.node, problems));
    let found = entries.get("proxies").and_then(|entry| proxies(entry.node, problems));
    let user_header = entries.get("user-header").and_then(|entry| header(entry.node, problems));
    let timezone = entries.get("timezone").and_then(|entry| timezone(entry.node, problems));
    PageAt { url, proxies: found.unwrap_or_default(), user_header, timezone, closed: None }
}

fn timezone(node: Node<'_>, problems: &mut Problems) -> Option<String> {
    let text = line(node, "timezone", problems)?;
    if jiff::tz::TimeZone::get(&text).is_err() {
        problems
            .error(node.place, format!("`{text}` is no timezone that is known here"))
            .help("write it like \"Asia/Seoul\"");
        return None;
    }
    Some(text)
}

fn address(node: Node<'_>, problems: &mut Problems) -> Option<String> {
    let text = url(node, "url", problems)?;
    let host = text.strip_prefix("https://").map(|rest| rest.strip_suffix('/').unwrap_or(rest));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@']) => {
            Some(format!("https://{}", host.to_ascii_lowercase()))
        }
        Some(_) | None => {
            problems
                .error(node.place, "the page lies at the root of a host, over https")
                .help("write it like \"https://rdp.example.com\"");
            None
        }
    }
}

fn proxies(node: Node<'_>, problems: &mut Problems) -> Option<Vec<IpNet>> {
    let nodes = node.list("proxies", problems)?;
    if nodes.len() > MOST {
        problems.error(node.place, format!("at most {MOST} networks of proxies"));
        return None;
    }
    let mut found = Vec::new();
    for node in nodes {
        let text = node.text("proxies", problems)?;
        let net = text.parse::<IpNet>().ok();
        let net = net.or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from));
        match net {
            Some(net) if net.prefix_len() > 0 => found.push(net.trunc()),
            Some(_) => {
                problems
                    .error(node.place, "that is everybody, and everybody could be anybody then")
                    .help("name the proxy's own address");
                return None;
            }
            None => {
                problems
                    .error(node.place, format!("`{text}` is no address and no network"))
                    .help("write it like \"10.0.0.5\" or \"10.0.0.0/28\"");
                return None;
            }
        }
    }
    Some(found)
}

fn header(node: Node<'_>, problems: &mut Problems) -> Option<String> {
    let text = line(node, "user-header", problems)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let taken = ["host", "cookie", "origin", "authorization", "set-cookie"];
    let name = text.to_ascii_lowercase();
    if name.is_empty() || name.len() > 64 || !name.chars().all(fits) || taken.contains(&&*name) {
        problems
            .error(node.place, format!("`{text}` cannot name a user"))
            .help("write it like \"x-forwarded-user\"");
        return None;
    }
    Some(name)
}
