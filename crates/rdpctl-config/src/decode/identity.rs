//! What the address of a host looks like, and what other things look like that are written in its place.

use rdpctl_model::ResourceId;

use crate::diagnostic::Problems;
use crate::tree::Node;

/// The address of a host.
pub(super) fn host(node: Node<'_>, problems: &mut Problems) -> Option<ResourceId> {
    let text = node.text("id", problems)?;
    let (name, port) = match text.rsplit_once(':') {
        // More than one colon without brackets is an IPv6 address without a port.
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, Some(port)),
        Some(_) | None => (text, None),
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let is_name = !bare.is_empty()
        && bare.len() <= 253
        && bare.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
        });
    let is_address = bare.parse::<std::net::IpAddr>().is_ok();
    if (is_name || is_address) && port.is_none() {
        return Some(ResourceId::new(text));
    }
    if is_name || is_address {
        problems
            .error(node.place, format!("`{text}` has a port, which is no part of where a host is"))
            .help("Remote Desktop's is `port` in its profile, WinRM's is guest = { winrm = { port = 5986 } }");
        return None;
    }
    problems
        .error(node.place, format!("`{text}` cannot be the address of a host"))
        .help("write a name or an IP address, for example \"10.0.0.5\" or \"web.example.com\"");
    None
}
