//! Windows' firewall: the group for Remote Desktop by its resource id, our own rules by name, profiles.

use std::fmt::Write as _;

use ipnet::IpNet;
use rdpctl_model::step::{FirewallProfile, Switch};

use super::command::{DONE, DONE_OR_NONE, NativeCommand};

/// Where the rules stand as strings.
pub(super) const RULES: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules";

/// The group of Remote Desktop in every language.
const GROUP: &str = "@FirewallAPI.dll,-28752";

/// Addresses in one rule at most, by characters; more take another rule of the same name.
const ADDRESSES_LIMIT: usize = 5_000;

/// The name of our rule for a port and a protocol.
pub(super) fn rule_name(protocol: &str, port: u16) -> String {
    format!("rdpctl-rdp-{}-{port}", protocol.to_ascii_lowercase())
}

/// Enables the group. An active block under a built-in rule is turned around as well, where Windows lets us; that one of
/// the rules lets TCP in is read back.
pub(super) fn enable_group() -> Vec<NativeCommand> {
    let set = format!(
        "%SystemRoot%\\System32\\netsh.exe advfirewall firewall set rule group=\"{GROUP}\" new"
    );
    vec![
        NativeCommand::one(format!("{set} enable=yes"), DONE),
        NativeCommand::one(format!("{set} action=allow"), DONE_OR_NONE),
    ]
}

/// Adds our rules for a port, twins removed first, because `add` never replaces.
pub(super) fn add(port: u16, sources: &[IpNet]) -> Vec<NativeCommand> {
    let mut commands = Vec::new();
    for protocol in ["TCP", "UDP"] {
        let name = rule_name(protocol, port);
        commands.push(delete_named(&name));
        for addresses in addresses(sources) {
            commands.push(NativeCommand::one(
                format!(
                    "%SystemRoot%\\System32\\netsh.exe advfirewall firewall add rule name=\"{name}\" dir=in action=allow enable=yes profile=any \
                     protocol={protocol} localport={port} program=^%SystemRoot^%\\system32\\svchost.exe \
                     service=termservice remoteip={addresses}"
                ),
                DONE,
            ));
        }
    }
    commands
}

/// Deletes our rules for a port.
pub(super) fn delete(port: u16) -> Vec<NativeCommand> {
    ["TCP", "UDP"].map(|protocol| delete_named(&rule_name(protocol, port))).to_vec()
}

pub(super) fn delete_named(name: &str) -> NativeCommand {
    NativeCommand::one(
        format!(
            "%SystemRoot%\\System32\\netsh.exe advfirewall firewall delete rule name=\"{name}\""
        ),
        DONE_OR_NONE,
    )
}

/// Turns a profile on or off.
pub(super) fn set_profile(profile: FirewallProfile, state: Switch) -> NativeCommand {
    let state = match state {
        Switch::On => "on",
        Switch::Off => "off",
    };
    NativeCommand::one(
        format!(
            "%SystemRoot%\\System32\\netsh.exe advfirewall set {}profile state {state}",
            profile_word(profile)
        ),
        DONE,
    )
}

const fn profile_word(profile: FirewallProfile) -> &'static str {
    match profile {
        FirewallProfile::Domain => "domain",
        FirewallProfile::Private => "private",
        FirewallProfile::Public => "public",
    }
}

/// A profile's key in the registry, where the private one has its old name.
pub(super) const fn profile_key(profile: FirewallProfile) -> &'static str {
    match profile {
        FirewallProfile::Domain => {
            r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\DomainProfile"
        }
        FirewallProfile::Private => {
            r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\StandardProfile"
        }
        FirewallProfile::Public => {
            r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\PublicProfile"
        }
    }
}

/// Lists of addresses as `netsh` takes them.
pub(super) fn addresses(sources: &[IpNet]) -> Vec<String> {
    if sources.is_empty() {
        return vec!["any".to_owned()];
    }
    let mut lists = vec![String::new()];
    for source in sources {
        let text = spelled(*source);
        if lists.last().is_some_and(|list| list.len() + text.len() > ADDRESSES_LIMIT) {
            lists.push(String::new());
        }
        if let Some(list) = lists.last_mut() {
            let comma = if list.is_empty() { "" } else { "," };
            // Writing to a string cannot fail.
            let _ = write!(list, "{comma}{text}");
        }
    }
    lists
}

/// The whole internet has no spelling with a mask of zero bits.
fn spelled(source: IpNet) -> String {
    match source {
        IpNet::V4(net) if net.prefix_len() == 0 => "0.0.0.0-255.255.255.255".to_owned(),
        IpNet::V6(net) if net.prefix_len() == 0 => {
            "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff".to_owned()
        }
        IpNet::V4(_) | IpNet::V6(_) => source.trunc().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_spelled_as_netsh_takes_them() {
        let nets = ["203.0.113.7/24", "0.0.0.0/0", "2001:db8::/32"].map(str::parse::<IpNet>);
        let nets: Vec<IpNet> = nets.into_iter().flatten().collect();
        assert_eq!(addresses(&nets), ["203.0.113.0/24,0.0.0.0-255.255.255.255,2001:db8::/32"]);
        assert_eq!(addresses(&[]), ["any"]);
    }

    #[test]
    fn a_long_list_becomes_several_rules_of_one_name() {
        let nets: Vec<IpNet> = (0..=u8::MAX)
            .flat_map(|high| [0, 64].map(|low| format!("2001:db8:{high:x}:{low:x}::/64")))
            .filter_map(|text| text.parse().ok())
            .collect();
        let lists = addresses(&nets);
        assert_eq!(lists.len(), 2);
        assert_eq!(lists.iter().map(|list| list.split(',').count()).sum::<usize>(), 512);
    }
}
