//! `reg add` and `reg delete`.

use super::request::{closed, request, syntax};
use crate::guest::registry::{Data, KeyPath, Kind, Value};
use crate::guest::registry_access::Access;
use crate::guest::spec::parse_hex;
use crate::guest::tools::Tool;

/// The hive that lives in memory takes values, but no keys that last.
const VOLATILE: &str = "hklm\x01hardware";

fn protected(tool: &Tool<'_>, key: &KeyPath, access: Access) -> bool {
    let faults = &tool.guest.template.faults;
    let listed = faults
        .protected_keys
        .iter()
        .filter_map(|text| KeyPath::parse(text))
        .any(|protected| key.is_within(&protected.stored));
    closed(tool, key, access) || (listed && !tool.user.is_system())
}

/// A question whose input has ended: it is asked again without end, unless the answer is there.
fn confirmed(tool: &mut Tool<'_>, question: &str) -> bool {
    let answer = tool.input.first().copied();
    match answer {
        Some(b'y' | b'Y') => true,
        Some(b'n' | b'N') => false,
        _ => {
            // A kept output fills up; one that is thrown away would never end.
            while tool.out.has_room() {
                tool.text(question);
            }
            tool.hung = true;
            false
        }
    }
}

pub(super) fn add(tool: &mut Tool<'_>, words: Vec<String>) -> i32 {
    let request = request(tool, words);
    let Some(key) = request.key else {
        let message = tool.texts().reg_bad_key;
        return tool.refuse(message);
    };
    let mut name = None;
    let mut kind = None;
    let mut data = None;
    let mut separator = "\\0".to_owned();
    let mut force = false;
    let mut rest = request.rest.into_iter();
    while let Some(word) = rest.next() {
        let slot = match word.to_ascii_lowercase().as_str() {
            "/v" => &mut name,
            "/t" => &mut kind,
            "/d" => &mut data,
            "/s" => match rest.next() {
                Some(text) => {
                    separator = text;
                    continue;
                }
                None => return syntax(tool, "add"),
            },
            "/ve" => {
                name = Some(String::new());
                continue;
            }
            "/f" => {
                force = true;
                continue;
            }
            _ => return syntax(tool, "add"),
        };
        match rest.next() {
            Some(text) if slot.is_none() => *slot = Some(text),
            _ => return syntax(tool, "add"),
        }
    }
    if protected(tool, &key, Access::Change) {
        let message = tool.texts().access_denied;
        return tool.refuse(message);
    }
    let missing = !tool.guest.registry().exists(&key);
    if key.is_root() || (missing && key.is_within(VOLATILE)) {
        let message = tool.texts().access_denied;
        return tool.refuse(message);
    }
    // Without a name it is the default value, without data an empty one: a new key gets that.
    let name = name.unwrap_or_default();
    let kind = match kind {
        None => Kind::Sz,
        Some(text) => match Kind::parse(&text) {
            Some(kind) => kind,
            None => return syntax(tool, "add"),
        },
    };
    let Some(value) = parse_data(kind, data.as_deref(), &separator) else {
        let message = tool.texts().reg_bad_data;
        return tool.refuse(message);
    };
    if !force && tool.guest.registry().value(&key, &name).is_some() {
        let question = crate::guest::text::fill(tool.texts().reg_overwrite, &[name.as_str()]);
        if !confirmed(tool, &question) {
            return 1;
        }
    }
    tool.guest.remember_firewall_value(&key, &name);
    tool.guest.set_value(&key, &name, value);
    let message = tool.texts().reg_done;
    tool.line(message);
    0
}

/// A number: decimal, or hexadecimal with its prefix.
fn number(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    match lower.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => lower.parse().ok(),
    }
}

fn parse_data(kind: Kind, text: Option<&str>, separator: &str) -> Option<Value> {
    Some(match kind {
        Kind::Sz | Kind::Link => Value { kind, data: Data::Text(text.unwrap_or_default().into()) },
        Kind::ExpandSz => Value::expandable(text.unwrap_or_default()),
        Kind::MultiSz => {
            let text = text.unwrap_or_default();
            Value::many(text.split(separator).filter(|item| !item.is_empty()))
        }
        Kind::Dword | Kind::DwordBigEndian => {
            let number = text.map_or(Some(0), number)?;
            Value { kind, data: Data::Number(u32::try_from(number).ok()?) }
        }
        Kind::Qword => Value { kind, data: Data::Long(text.map_or(Some(0), number)?) },
        // Data without a type is kept as the text that was given.
        Kind::None => {
            let text = Value::text(text.unwrap_or_default());
            Value::from_bytes(kind, &text.to_bytes())
        }
        Kind::Binary | Kind::ResourceList | Kind::Other(_) => {
            Value::from_bytes(kind, &parse_hex(text.unwrap_or_default())?)
        }
    })
}

pub(super) fn delete(tool: &mut Tool<'_>, words: Vec<String>) -> i32 {
    let request = request(tool, words);
    let Some(key) = request.key else {
        let message = tool.texts().reg_bad_key;
        return tool.refuse(message);
    };
    let mut name = None;
    let mut all = false;
    let mut force = false;
    let mut rest = request.rest.into_iter();
    while let Some(word) = rest.next() {
        match word.to_ascii_lowercase().as_str() {
            "/v" => match rest.next() {
                Some(text) => name = Some(text),
                None => return syntax(tool, "delete"),
            },
            "/ve" => name = Some(String::new()),
            "/va" => all = true,
            "/f" => force = true,
            _ => return syntax(tool, "delete"),
        }
    }
    let access = if name.is_some() || all { Access::Change } else { Access::Delete };
    if protected(tool, &key, access) || key.is_root() {
        let message = tool.texts().access_denied;
        return tool.refuse(message);
    }
    let registry = tool.guest.registry();
    let found = match &name {
        Some(name) => registry.value(&key, name).is_some(),
        None => registry.exists(&key),
    };
    if !found {
        let message = tool.texts().reg_not_found;
        return tool.refuse(message);
    }
    if !force {
        let texts = tool.texts();
        let (text, what) = match &name {
            Some(name) => (texts.reg_delete_value, name.clone()),
            None => (texts.reg_delete_key, key.shown.clone()),
        };
        let question = crate::guest::text::fill(text, &[&what]);
        if !confirmed(tool, &question) {
            return 1;
        }
    }
    match name {
        Some(name) => {
            tool.guest.remember_firewall_value(&key, &name);
            tool.guest.remove_value(&key, &name);
        }
        None if all => {
            let names: Vec<String> = tool
                .guest
                .registry()
                .values(&key)
                .into_iter()
                .map(|(name, _)| name.to_owned())
                .collect();
            for name in names {
                tool.guest.remember_firewall_value(&key, &name);
                tool.guest.remove_value(&key, &name);
            }
        }
        None => tool.guest.remove_key(&key),
    }
    let message = tool.texts().reg_done;
    tool.line(message);
    0
}
