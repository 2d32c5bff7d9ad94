//! Firewall rules as they stand in the registry: one text each.

use ipnet::IpNet;
use rdpctl_disk::Error;
use rdpctl_disk::hive::{Editor, Kind};
use rdpctl_model::action::RulesOf;

pub(super) const POLICY: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy";
pub(super) const RULES: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules";
/// The group of Remote Desktop in every language.
const GROUP: &str = "EmbedCtxt=@FirewallAPI.dll,-28752|";

/// Enables the group's rules for what comes in, and turns an active block under one of them around.
pub(super) fn enable_group(editor: &mut Editor, path: &str) -> Result<(), Error> {
    let mut changed = Vec::new();
    if let Some(key) = editor.hive().key(path)? {
        for value in key.values()? {
            let Some(rule) =
                value.text().filter(|rule| rule.contains(GROUP) && rule.contains("|Dir=In|"))
            else {
                continue;
            };
            let enabled = rule
                .replace("|Active=FALSE|", "|Active=TRUE|")
                .replace("|Action=Block|", "|Action=Allow|");
            if enabled != rule {
                changed.push((value.name(), value.kind(), enabled));
            }
        }
    }
    changed
        .into_iter()
        .try_for_each(|(name, kind, rule)| editor.set(path, &name, kind, &wide(&rule)))
}

/// Our own rules for a port, under names by which they are found again.
pub(super) fn add(
    editor: &mut Editor,
    path: &str,
    port: u16,
    sources: &[IpNet],
) -> Result<(), Error> {
    delete(editor, path, port)?;
    let mut from = String::new();
    for source in sources {
        let field = if source.addr().is_ipv4() { "RA4" } else { "RA6" };
        from.push_str(&format!("{field}={source}|"));
    }
    editor.create(path)?;
    for (protocol, number) in [("tcp", 6), ("udp", 17)] {
        let name = name(protocol, port);
        let rule = format!(
            r"v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol={number}|LPort={port}|{from}App=%SystemRoot%\system32\svchost.exe|Svc=termservice|Name={name}|"
        );
        editor.set(path, &name, Kind::Sz, &wide(&rule))?;
    }
    Ok(())
}

/// Deletes our own rules for a port, whoever made them: `netsh` gives them another id, and the same name.
pub(super) fn delete(editor: &mut Editor, path: &str, port: u16) -> Result<(), Error> {
    let names = marks(RulesOf::Ours(port));
    let mut ours = Vec::new();
    if let Some(key) = editor.hive().key(path)? {
        for value in key.values()? {
            if value
                .text()
                .is_some_and(|rule| names.iter().any(|name| rule.contains(name.as_str())))
            {
                ours.push(value.name());
            }
        }
    }
    ours.into_iter().try_for_each(|name| editor.delete(path, &name))
}

/// What the texts of rules have in them by which they are found again.
pub(super) fn marks(of: RulesOf) -> Vec<String> {
    match of {
        RulesOf::RemoteDesktop => vec![GROUP.to_owned()],
        RulesOf::Ours(port) => {
            ["tcp", "udp"].map(|protocol| format!("|Name={}|", name(protocol, port))).to_vec()
        }
    }
}

fn name(protocol: &str, port: u16) -> String {
    format!("rdpctl-rdp-{protocol}-{port}")
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}
