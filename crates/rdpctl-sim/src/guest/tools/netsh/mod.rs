//! `netsh`: the firewall, and the ports that the system keeps for itself.

mod reply;
mod rules;

use self::reply::{invalid, ok};
use super::Tool;
use crate::guest::machine::Guest;
use crate::guest::registry::Value;

pub(super) fn run(tool: &mut Tool<'_>) -> i32 {
    let words = tool.words();
    let lower: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
    let verbs: Vec<&str> = lower.iter().map(String::as_str).collect();
    tool.took += 80;
    match verbs[..] {
        ["advfirewall", "firewall", verb, "rule", ..] => {
            if !tool.guest.runs("mpssvc") {
                return service_stopped(tool);
            }
            rules::run(tool, verb, &words[4..])
        }
        ["advfirewall", "set", profile, "state", state] => set_state(tool, profile, state),
        ["advfirewall", "set", profile, "firewallpolicy", policy] => {
            set_policy(tool, profile, policy)
        }
        ["advfirewall", "show", profile, ..] => show(tool, profile),
        ["int" | "interface", "ipv4" | "ip", "show", "excludedportrange", ..] => excluded(tool),
        _ => {
            tool.line("The following command was not found: netsh.");
            1
        }
    }
}

fn service_stopped(tool: &Tool<'_>) -> i32 {
    tool.line("An error occurred while attempting to contact the  Windows Defender Firewall service. Make sure that the service is running and try your request again.\r\n");
    1
}

/// The registry names of a profile argument.
fn profiles(tool: &Tool<'_>, name: &str) -> Option<Vec<&'static str>> {
    use crate::guest::spec::NetworkProfile;
    Some(match name {
        "domainprofile" => vec!["DomainProfile"],
        "privateprofile" => vec!["StandardProfile"],
        "publicprofile" => vec!["PublicProfile"],
        "allprofiles" => vec!["DomainProfile", "StandardProfile", "PublicProfile"],
        "currentprofile" => match tool.guest.template.active_profile {
            NetworkProfile::Domain => vec!["DomainProfile"],
            NetworkProfile::Private => vec!["StandardProfile"],
            NetworkProfile::Public => vec!["PublicProfile"],
        },
        _ => return None,
    })
}

fn write(tool: &mut Tool<'_>, profiles: &[&str], name: &str, number: u32) -> i32 {
    if !tool.guest.runs("mpssvc") {
        return service_stopped(tool);
    }
    let Some(policy) = Guest::firewall_key() else { return 1 };
    for profile in profiles {
        let key = policy.join(profile);
        tool.guest.forget_firewall_value(&key, name);
        tool.guest.set_value(&key, name, Value::dword(number));
    }
    ok(tool)
}

fn set_state(tool: &mut Tool<'_>, profile: &str, state: &str) -> i32 {
    let number = match state {
        "on" => 1,
        "off" => 0,
        _ => return invalid(tool),
    };
    match profiles(tool, profile) {
        Some(profiles) => write(tool, &profiles, "EnableFirewall", number),
        None => invalid(tool),
    }
}

fn set_policy(tool: &mut Tool<'_>, profile: &str, policy: &str) -> i32 {
    let Some(profiles) = profiles(tool, profile) else { return invalid(tool) };

    match policy.split(',').next() {
        Some("blockinbound") => write(tool, &profiles, "DefaultInboundAction", 1),
        Some("allowinbound") => write(tool, &profiles, "DefaultInboundAction", 0),
        Some("blockinboundalways") => write(tool, &profiles, "DoNotAllowExceptions", 1),
        _ => invalid(tool),
    }
}

fn show(tool: &mut Tool<'_>, profile: &str) -> i32 {
    let Some(profiles) = profiles(tool, profile) else { return invalid(tool) };
    let Some(policy) = Guest::firewall_key() else { return 1 };
    for profile in profiles {
        let on = tool.guest.registry().dword(&policy.join(profile), "EnableFirewall") == Some(1);
        tool.line(&format!("\r\n{profile} Settings: \r\n{}", "-".repeat(70)));
        tool.line(&format!(
            "State                                 {}",
            if on { "ON" } else { "OFF" }
        ));
    }
    ok(tool)
}

fn excluded(tool: &mut Tool<'_>) -> i32 {
    let title = tool.texts().netsh_excluded;
    tool.line(&format!("\r\n{title}\r\n\r\nStart Port    End Port"));
    tool.line("----------    --------");
    tool.line("      5357        5357");
    tool.line("     47001       47001");
    tool.line("     50000       50059     *\r\n");
    tool.line("* - Administered port exclusions.\r\n");
    0
}
