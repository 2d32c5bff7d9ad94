//! `bcdedit`: the boot configuration. It writes where the registry shows it.

use super::Tool;
use crate::guest::defaults::boot_store::{BOOT_MANAGER, EMS_SETTINGS};
use crate::guest::files::Node;
use crate::guest::machine::Guest;
use crate::guest::registry::{KeyPath, Value};

/// How an element is written and shown.
#[derive(Clone, Copy)]
enum Form {
    Flag,
    Number,
    Text,
    Object,
    SafeBoot,
}

/// Element names, which are never translated, and their numbers.
const ELEMENTS: &[(&str, &str, Form)] = &[
    ("path", "12000002", Form::Text),
    ("description", "12000004", Form::Text),
    ("locale", "12000005", Form::Text),
    ("default", "23000003", Form::Object),
    ("displayorder", "24000001", Form::Object),
    ("timeout", "25000004", Form::Number),
    ("bootems", "16000020", Form::Flag),
    ("recoveryenabled", "16000009", Form::Flag),
    ("displaybootmenu", "26000020", Form::Flag),
    ("systemroot", "22000002", Form::Text),
    ("nx", "25000020", Form::Number),
    ("safeboot", "25000080", Form::SafeBoot),
    ("safebootalternateshell", "26000081", Form::Flag),
    ("ems", "260000b0", Form::Flag),
    ("bootstatuspolicy", "250000e0", Form::Number),
    ("emsport", "15000022", Form::Number),
    ("emsbaudrate", "15000023", Form::Number),
    ("testsigning", "16000049", Form::Flag),
];

pub(super) fn run(tool: &mut Tool<'_>) -> i32 {
    let mut words = tool.words();
    if let Some(at) = words.iter().position(|word| word.eq_ignore_ascii_case("/store")) {
        // Only the machine's own store exists; another file is not there.
        let other = words.get(at + 1).cloned().unwrap_or_default();
        if !other.is_empty() {
            let message = tool.texts().file_not_found;
            tool.error_line(message);
            return 1;
        }
        words.truncate(at);
    }
    let (verb, rest) = match words.split_first() {
        Some((verb, rest)) => (verb.to_ascii_lowercase(), rest.to_vec()),
        None => ("/enum".to_owned(), Vec::new()),
    };
    match verb.as_str() {
        "/enum" | "-enum" => enumerate(tool, &rest),
        "/set" | "-set" => set(tool, &rest),
        "/deletevalue" | "-deletevalue" => delete_value(tool, &rest),
        "/ems" | "-ems" => {
            let (object, state) = match &rest[..] {
                [object, state] => (object.clone(), state.clone()),
                [state] => ("{current}".to_owned(), state.clone()),
                _ => return bad(tool),
            };
            set(tool, &[object, "ems".to_owned(), state])
        }
        "/bootems" => {
            let state = rest.last().cloned().unwrap_or_default();
            set(tool, &["{bootmgr}".to_owned(), "bootems".to_owned(), state])
        }
        "/emssettings" | "-emssettings" => ems_settings(tool, &rest),
        "/timeout" => {
            let number = rest.first().cloned().unwrap_or_default();
            set(tool, &["{bootmgr}".to_owned(), "timeout".to_owned(), number])
        }
        "/export" | "-export" => export(tool, rest.first()),
        _ => bad(tool),
    }
}

fn bad(tool: &Tool<'_>) -> i32 {
    let message = tool.texts().bcd_bad_option;
    tool.error_line(message);
    1
}

fn done(tool: &Tool<'_>) -> i32 {
    let message = tool.texts().done;
    tool.line(message);
    0
}

/// The elements of an object by its id or alias.
fn elements(tool: &Tool<'_>, object: &str) -> Option<KeyPath> {
    let id = match object.to_ascii_lowercase().as_str() {
        "{current}" | "{default}" => tool.guest.default_loader()?,
        "{bootmgr}" => BOOT_MANAGER.to_owned(),
        "{emssettings}" => EMS_SETTINGS.to_owned(),
        _ => object.to_owned(),
    };
    let key = Guest::boot_object(&id)?;
    tool.guest.registry().exists(&key).then(|| key.join("Elements"))
}

fn element(name: &str) -> Option<(&'static str, &'static str, Form)> {
    ELEMENTS
        .iter()
        .find(|(known, id, _)| known.eq_ignore_ascii_case(name) || id.eq_ignore_ascii_case(name))
        .copied()
}

fn parse(form: Form, text: &str) -> Option<Value> {
    let lower = text.to_ascii_lowercase();
    Some(match form {
        Form::Flag => match lower.as_str() {
            "on" | "yes" | "true" | "1" => Value::binary(&[1]),
            "off" | "no" | "false" | "0" => Value::binary(&[0]),
            _ => return None,
        },
        Form::Number => Value::binary(&lower.parse::<u64>().ok()?.to_le_bytes()),
        Form::SafeBoot => {
            let number: u64 = match lower.as_str() {
                "minimal" => 0,
                "network" => 1,
                "dsrepair" => 2,
                _ => return None,
            };
            Value::binary(&number.to_le_bytes())
        }
        Form::Text | Form::Object => Value::text(text),
    })
}

fn set(tool: &mut Tool<'_>, rest: &[String]) -> i32 {
    let (object, name, data) = match rest {
        [object, name, data] if object.starts_with('{') => (object.as_str(), name, data),
        [name, data] => ("{current}", name, data),
        _ => return bad(tool),
    };
    let Some(elements) = elements(tool, object) else { return missing(tool) };
    let Some((_, id, form)) = element(name) else { return bad(tool) };
    let Some(value) = parse(form, data) else { return bad(tool) };
    tool.guest.set_value(&elements.join(id), "Element", value);
    done(tool)
}

fn missing(tool: &Tool<'_>) -> i32 {
    let message = tool.texts().file_not_found;
    tool.error_line(message);
    1
}

fn delete_value(tool: &mut Tool<'_>, rest: &[String]) -> i32 {
    let (object, name) = match rest {
        [object, name] => (object.as_str(), name),
        [name] => ("{current}", name),
        _ => return bad(tool),
    };
    let Some(elements) = elements(tool, object) else { return missing(tool) };
    let Some((_, id, _)) = element(name) else { return bad(tool) };
    let key = elements.join(id);
    if !tool.guest.registry().exists(&key) {
        let message = tool.texts().element_not_found;
        tool.error_line(message);
        return 1;
    }
    tool.guest.remove_key(&key);
    done(tool)
}

fn ems_settings(tool: &mut Tool<'_>, rest: &[String]) -> i32 {
    let Some(elements) = elements(tool, EMS_SETTINGS) else { return missing(tool) };
    for word in rest {
        let Some((name, number)) = word.split_once(':') else { return bad(tool) };
        let Some((_, id, form)) = element(name) else { return bad(tool) };
        let Some(value) = parse(form, number) else { return bad(tool) };
        tool.guest.set_value(&elements.join(id), "Element", value);
    }
    done(tool)
}

fn export(tool: &mut Tool<'_>, file: Option<&String>) -> i32 {
    let Some(file) = file else { return bad(tool) };
    let path = tool.path(file);
    let name = path.rsplit('\\').next().unwrap_or(&path).to_owned();
    tool.guest.put_file(&path, Node::file(&name, b"regf"));
    done(tool)
}

fn enumerate(tool: &mut Tool<'_>, rest: &[String]) -> i32 {
    let texts = tool.texts();
    let loader = tool.guest.default_loader().unwrap_or_default();
    let wanted = rest.first().map(|word| word.to_ascii_lowercase());
    let sections = [
        ("{bootmgr}", texts.bcd_manager, BOOT_MANAGER.to_owned()),
        ("{emssettings}", texts.bcd_ems, EMS_SETTINGS.to_owned()),
        ("{current}", texts.bcd_loader, loader.clone()),
    ];
    let mut shown = false;
    for (alias, heading, id) in sections {
        let chosen = match wanted.as_deref() {
            None | Some("active") => alias != "{emssettings}",
            Some("all") => true,
            Some("{default}") => alias == "{current}",
            Some(other) => other == alias || other.eq_ignore_ascii_case(&id),
        };
        if !chosen {
            continue;
        }
        let Some(elements) = elements(tool, &id) else { continue };
        shown = true;
        tool.line(&format!("\r\n{heading}\r\n{}", "-".repeat(heading.chars().count())));
        tool.line(&format!("{:<24}{alias}", texts.bcd_identifier));
        let registry = tool.guest.registry();
        for child in registry.children(&elements) {
            let Some((name, _, form)) = element(child.name()) else { continue };
            let Some(value) = registry.value(&child, "Element") else { continue };
            let bytes = value.as_bytes().unwrap_or_default().to_vec();
            let text = match form {
                Form::Flag if bytes.first() == Some(&1) => texts.yes.to_owned(),
                Form::Flag => texts.no.to_owned(),
                Form::Number => {
                    let mut raw = [0; 8];
                    raw[..bytes.len().min(8)].copy_from_slice(&bytes[..bytes.len().min(8)]);
                    u64::from_le_bytes(raw).to_string()
                }
                Form::SafeBoot => match bytes.first() {
                    Some(0) => "Minimal".to_owned(),
                    Some(1) => "Network".to_owned(),
                    _ => "DsRepair".to_owned(),
                },
                Form::Text => value.as_text().unwrap_or_default().to_owned(),
                Form::Object => "{current}".to_owned(),
            };
            tool.line(&format!("{name:<24}{text}"));
        }
    }
    if shown { 0 } else { missing(tool) }
}
