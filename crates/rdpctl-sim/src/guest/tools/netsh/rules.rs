//! `netsh advfirewall firewall ... rule`.

use super::reply::{invalid, ok};
use crate::guest::defaults::firewall::rule_version;
use crate::guest::firewall::Rule;
use crate::guest::machine::Guest;
use crate::guest::registry::{KeyPath, Value};
use crate::guest::text::fill;
use crate::guest::tools::Tool;

/// Rules that one command may touch.
struct Selected {
    id: String,
    rule: Rule,
}

/// `key=value` pairs; the keys in lower case.
fn pairs(words: &[String]) -> Option<Vec<(String, String)>> {
    words
        .iter()
        .map(|word| {
            let (key, value) = word.split_once('=')?;
            Some((key.to_ascii_lowercase(), value.to_owned()))
        })
        .collect()
}

fn rules_key() -> Option<KeyPath> {
    Some(Guest::firewall_key()?.join("FirewallRules"))
}

pub(super) fn run(tool: &mut Tool<'_>, verb: &str, words: &[String]) -> i32 {
    match verb {
        "add" => match pairs(words) {
            Some(pairs) => add(tool, &pairs),
            None => invalid(tool),
        },
        "delete" => match pairs(words) {
            Some(pairs) => delete(tool, &pairs),
            None => invalid(tool),
        },
        "set" => {
            let Some(at) = words.iter().position(|word| word.eq_ignore_ascii_case("new")) else {
                return invalid(tool);
            };
            match (pairs(&words[..at]), pairs(&words[at + 1..])) {
                (Some(which), Some(new)) if !new.is_empty() => set(tool, &which, &new),
                _ => invalid(tool),
            }
        }
        "show" => {
            let words: Vec<String> = words
                .iter()
                .filter(|word| !word.eq_ignore_ascii_case("verbose"))
                .cloned()
                .collect();
            match pairs(&words) {
                Some(pairs) => show(tool, &pairs),
                None => invalid(tool),
            }
        }
        _ => invalid(tool),
    }
}

/// The rules that a description names.
fn select(tool: &Tool<'_>, which: &[(String, String)]) -> Vec<Selected> {
    let Some(key) = rules_key() else { return Vec::new() };
    tool.guest
        .registry()
        .values(&key)
        .into_iter()
        .filter_map(|(id, value)| {
            Some(Selected { id: id.to_owned(), rule: Rule::parse(value.as_text()?)? })
        })
        .filter(|selected| which.iter().all(|(key, value)| fits(&selected.rule, key, value)))
        .collect()
}

fn fits(rule: &Rule, key: &str, value: &str) -> bool {
    let is = |field: &str| rule.get(field).is_some_and(|known| known.eq_ignore_ascii_case(value));
    match key {
        "name" => value.eq_ignore_ascii_case("all") || is("Name"),
        // A translated group name would be looked up in its library; only the id is known here.
        "group" => is("EmbedCtxt"),
        "dir" => is("Dir"),
        "profile" => value.eq_ignore_ascii_case("any") || is("Profile"),
        "protocol" => {
            value.eq_ignore_ascii_case("any")
                || protocol(value).is_some_and(|number| rule.get("Protocol") == Some(&number))
        }
        "localport" => {
            value.eq_ignore_ascii_case("any") || rule.all("LPort").any(|port| port == value)
        }
        "program" => is("App"),
        "service" => is("Svc"),
        _ => true,
    }
}

fn protocol(text: &str) -> Option<String> {
    Some(match text.to_ascii_lowercase().as_str() {
        "tcp" => "6".to_owned(),
        "udp" => "17".to_owned(),
        "icmpv4" => "1".to_owned(),
        "icmpv6" => "58".to_owned(),
        number => number.parse::<u8>().ok()?.to_string(),
    })
}

/// Fields of a rule string for one `key=value`; `None` when it is not understood.
fn fields(key: &str, value: &str) -> Option<Vec<(String, String)>> {
    let field = |key: &str, value: &str| vec![(key.to_owned(), value.to_owned())];
    let lower = value.to_ascii_lowercase();
    // What is not restricted has no field.
    let open = ["protocol", "profile", "localport", "remoteport", "remoteip", "localip"];
    let open_too = ["program", "service", "interfacetype"];
    if lower == "any" && (open.contains(&key) || open_too.contains(&key)) {
        return Some(Vec::new());
    }
    Some(match key {
        "name" => field("Name", value),
        "description" => field("Desc", value),
        "group" => field("EmbedCtxt", value),
        "dir" => match lower.as_str() {
            "in" => field("Dir", "In"),
            "out" => field("Dir", "Out"),
            _ => return None,
        },
        "action" => match lower.as_str() {
            "allow" => field("Action", "Allow"),
            "block" => field("Action", "Block"),
            "bypass" => field("Action", "ByPass"),
            _ => return None,
        },
        "enable" => match lower.as_str() {
            "yes" => field("Active", "TRUE"),
            "no" => field("Active", "FALSE"),
            _ => return None,
        },
        "protocol" => field("Protocol", &protocol(value)?),
        "profile" => {
            let mut fields = Vec::new();
            for name in lower.split(',') {
                let name = match name {
                    "domain" => "Domain",
                    "private" => "Private",
                    "public" => "Public",
                    _ => return None,
                };
                fields.push(("Profile".to_owned(), name.to_owned()));
            }
            fields
        }
        "localport" | "remoteport" => {
            let (single, range) =
                if key == "localport" { ("LPort", "LPort2_10") } else { ("RPort", "RPort2_10") };
            let mut fields = Vec::new();
            for part in value.split(',') {
                let valid = part.split('-').all(|number| number.parse::<u16>().is_ok());
                let keyword = part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
                let named = keyword && part.parse::<u32>().is_err();
                if !valid && !named {
                    return None;
                }
                let name = if part.contains('-') && valid { range } else { single };
                fields.push((name.to_owned(), part.to_owned()));
            }
            fields
        }
        "remoteip" | "localip" => {
            let side = if key == "remoteip" { "RA" } else { "LA" };
            let mut fields = Vec::new();
            for part in value.split(',') {
                if part.eq_ignore_ascii_case("localsubnet") {
                    fields.push((format!("{side}4"), "LocalSubnet".to_owned()));
                    fields.push((format!("{side}6"), "LocalSubnet".to_owned()));
                    continue;
                }
                let first = part.split(['-', '/']).next().unwrap_or(part);
                let family = match first.parse::<std::net::IpAddr>().ok()? {
                    std::net::IpAddr::V4(_) => 4,
                    std::net::IpAddr::V6(_) => 6,
                };
                fields.push((format!("{side}{family}"), stored_address(part)?));
            }
            fields
        }
        "program" => field("App", value),
        "service" => field("Svc", value),
        "edge" => match lower.as_str() {
            "yes" => field("Edge", "TRUE"),
            "no" => Vec::new(),
            _ => return None,
        },
        _ => return None,
    })
}

/// A network is stored with its mask, one address by itself.
fn stored_address(text: &str) -> Option<String> {
    let Some((address, prefix)) = text.split_once('/') else { return Some(text.to_owned()) };
    if prefix.contains('.') {
        return Some(text.to_owned());
    }
    let network: ipnet::IpNet = text.parse().ok()?;
    Some(match network {
        ipnet::IpNet::V4(net) if net.prefix_len() == 32 => address.to_owned(),
        ipnet::IpNet::V4(net) => format!("{}/{}", net.network(), net.netmask()),
        ipnet::IpNet::V6(net) => format!("{}/{}", net.network(), net.prefix_len()),
    })
}

/// The registry fields that a key replaces.
fn replaced(key: &str) -> &'static [&'static str] {
    match key {
        "name" => &["Name"],
        "description" => &["Desc"],
        "dir" => &["Dir"],
        "action" => &["Action"],
        "enable" => &["Active"],
        "protocol" => &["Protocol"],
        "profile" => &["Profile"],
        "localport" => &["LPort", "LPort2_10"],
        "remoteport" => &["RPort", "RPort2_10"],
        "remoteip" => &["RA4", "RA6", "RA42", "RA62"],
        "localip" => &["LA4", "LA6"],
        "program" => &["App"],
        "service" => &["Svc"],
        "edge" => &["Edge", "Defer"],
        _ => &[],
    }
}

/// The order in which Windows writes the fields of a new rule.
const ORDER: [&str; 14] = [
    "protocol",
    "profile",
    "localport",
    "remoteport",
    "localip",
    "remoteip",
    "program",
    "service",
    "interfacetype",
    "name",
    "description",
    "group",
    "edge",
    "security",
];

fn add(tool: &mut Tool<'_>, pairs: &[(String, String)]) -> i32 {
    let get = |key: &str| pairs.iter().find(|(known, _)| known == key).map(|(_, value)| value);
    let (Some(name), Some(_), Some(_)) = (get("name"), get("dir"), get("action")) else {
        return invalid(tool);
    };
    if name.eq_ignore_ascii_case("all") || (get("localport").is_some() && get("protocol").is_none())
    {
        return invalid(tool);
    }
    let active = get("enable").map_or("yes", String::as_str);
    let mut all = Vec::new();
    for (key, value) in [("action", get("action")), ("dir", get("dir"))] {
        let Some(found) = value.and_then(|value| fields(key, value)) else { return invalid(tool) };
        all.extend(found);
        if key == "action" {
            let Some(found) = fields("enable", active) else { return invalid(tool) };
            all.extend(found);
        }
    }
    for key in ORDER {
        if let Some(value) = get(key) {
            let Some(found) = fields(key, value) else { return invalid(tool) };
            all.extend(found);
        }
    }
    let known = |key: &str| ORDER.contains(&key) || matches!(key, "action" | "dir" | "enable");
    if pairs.iter().any(|(key, _)| !known(key)) {
        return invalid(tool);
    }
    let version = rule_version(tool.guest.template.os);
    let text = all
        .iter()
        .fold(format!("{version}|"), |text, (key, value)| format!("{text}{key}={value}|"));
    let Some(key) = rules_key() else { return 1 };
    let id = fresh_id(tool, &key);
    tool.guest.set_value(&key, &id, Value::text(&text));
    ok(tool)
}

/// A new rule's value name: a GUID, the same in the same world.
fn fresh_id(tool: &Tool<'_>, key: &KeyPath) -> String {
    let count = tool.guest.registry().values(key).len();
    let guid = tool.guest.machine_guid().to_ascii_uppercase();
    let tail = guid.get(8..).unwrap_or("");
    (0..=count)
        .map(|more| format!("{{{:08X}{tail}}}", 0xA5A0_0000_usize + count + more))
        .find(|id| tool.guest.registry().value(key, id).is_none())
        .unwrap_or_default()
}

fn none(tool: &Tool<'_>) -> i32 {
    let message = tool.texts().netsh_none;
    tool.line(&format!("\r\n{message}\r\n"));
    1
}

fn delete(tool: &mut Tool<'_>, which: &[(String, String)]) -> i32 {
    let selected = select(tool, which);
    let Some(key) = rules_key().filter(|_| !selected.is_empty()) else { return none(tool) };
    for rule in &selected {
        tool.guest.forget_firewall_value(&key, &rule.id);
        tool.guest.remove_value(&key, &rule.id);
    }
    let text = fill(tool.texts().netsh_deleted, &[&selected.len().to_string()]);
    tool.line(&format!("\r\n{text}"));
    ok(tool)
}

fn set(tool: &mut Tool<'_>, which: &[(String, String)], new: &[(String, String)]) -> i32 {
    let selected = select(tool, which);
    let Some(key) = rules_key().filter(|_| !selected.is_empty()) else { return none(tool) };
    let total = selected.len().to_string();
    for Selected { id, mut rule } in selected {
        for (name, value) in new {
            let Some(found) = fields(name, value) else { return invalid(tool) };
            rule.replace(replaced(name), found);
        }
        tool.guest.forget_firewall_value(&key, &id);
        tool.guest.set_value(&key, &id, Value::text(&rule.to_text()));
    }
    let text = fill(tool.texts().netsh_updated, &[&total]);
    tool.line(&format!("\r\n{text}"));
    ok(tool)
}

fn show(tool: &mut Tool<'_>, which: &[(String, String)]) -> i32 {
    let selected = select(tool, which);
    if selected.is_empty() {
        return none(tool);
    }
    let texts = tool.texts();
    let any = |value: Option<&str>| value.unwrap_or("Any").to_owned();
    for Selected { rule, .. } in &selected {
        let name = rule.get("Name").unwrap_or_default();
        let profiles: Vec<&str> = rule.all("Profile").collect();
        let profiles = if profiles.is_empty() {
            "Domain,Private,Public".to_owned()
        } else {
            profiles.join(",")
        };
        tool.line(&format!("\r\nRule Name:                            {name}"));
        tool.line(&"-".repeat(70));
        let enabled = if rule.active() { texts.yes } else { texts.no };
        tool.line(&format!("Enabled:                              {enabled}"));
        let direction = if rule.inbound() { "In" } else { "Out" };
        tool.line(&format!("Direction:                            {direction}"));
        tool.line(&format!("Profiles:                             {profiles}"));
        tool.line(&format!("LocalIP:                              {}", any(rule.get("LA4"))));
        tool.line(&format!("RemoteIP:                             {}", any(rule.get("RA4"))));
        tool.line(&format!("Protocol:                             {}", any(rule.get("Protocol"))));
        tool.line(&format!("LocalPort:                            {}", any(rule.get("LPort"))));
        tool.line(&format!("Action:                               {}", any(rule.get("Action"))));
    }
    ok(tool)
}
