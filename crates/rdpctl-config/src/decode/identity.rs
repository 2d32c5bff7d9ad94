//! What a vendor's ids look like, and what other things look like that are written in their place.

use rdpctl_model::declaration::ProviderKind;
use rdpctl_model::{ResourceId, declaration};

use crate::diagnostic::Problems;
use crate::tree::Node;

/// Prefixes of Tencent's other ids, with what they name.
const OTHERS: [(&str, &str); 9] = [
    ("eip-", "an elastic address"),
    ("sg-", "a security group"),
    ("disk-", "a disk"),
    ("vpc-", "a network"),
    ("subnet-", "a subnet"),
    ("eni-", "a network interface"),
    ("img-", "an image"),
    ("snap-", "a snapshot"),
    ("lhins-", "a Lighthouse instance, which rdpctl does not manage"),
];

/// The id of a VM of that vendor, or the address of a host.
pub(super) fn id(
    node: Node<'_>,
    kind: declaration::ProviderKind,
    problems: &mut Problems,
) -> Option<ResourceId> {
    let text = node.text("id", problems)?;
    match kind {
        ProviderKind::Tencent => tencent(text, node, problems),
        ProviderKind::Azure => azure(text, node, problems),
        ProviderKind::Static => host(text, node, problems),
    }
}

fn tencent(text: &str, node: Node<'_>, problems: &mut Problems) -> Option<ResourceId> {
    let tail = |digits: &str| {
        digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    if text.strip_prefix("ins-").is_some_and(tail) {
        return Some(ResourceId::new(text));
    }
    let other = OTHERS.iter().find(|(prefix, _)| text.starts_with(prefix));
    let help = match other {
        Some((_, what)) => format!("that is the id of {what}"),
        None if text.starts_with("/subscriptions/") => {
            "that is an Azure id, and this provider's kind is \"tencent\"".to_owned()
        }
        None => "it is `ins-` and eight lower-case letters and digits, as the console shows it"
            .to_owned(),
    };
    problems
        .error(node.place, format!("`{text}` cannot be the id of a Tencent Cloud instance"))
        .help(help);
    None
}

fn azure(text: &str, node: Node<'_>, problems: &mut Problems) -> Option<ResourceId> {
    let parts: Vec<&str> = text.split('/').collect();
    // ARM compares without case.
    let is = |index: usize, word: &str| {
        parts.get(index).is_some_and(|part| part.eq_ignore_ascii_case(word))
    };
    let named = |index: usize| parts.get(index).is_some_and(|part| !part.is_empty());
    let plain = text.bytes().all(|b| b.is_ascii_graphic() && !b"?#%\\\"'<>".contains(&b));
    let vm = parts.len() == 9
        && is(0, "")
        && is(1, "subscriptions")
        && named(2)
        && is(3, "resourceGroups")
        && named(4)
        && is(5, "providers")
        && is(6, "Microsoft.Compute")
        && is(7, "virtualMachines")
        && named(8);
    if vm && plain {
        return Some(ResourceId::new(text));
    }
    let help = if text.starts_with("ins-") {
        "that is a Tencent Cloud id, and this provider's kind is \"azure\""
    } else {
        "write the whole resource id: /subscriptions/…/resourceGroups/…/providers/Microsoft.Compute/virtualMachines/NAME"
    };
    problems
        .error(node.place, format!("`{text}` cannot be the id of an Azure virtual machine"))
        .help(help);
    None
}

fn host(text: &str, node: Node<'_>, problems: &mut Problems) -> Option<ResourceId> {
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
