//! `reg export`, `reg import`, `reg copy`.

use super::request::{closed, request, syntax};
use crate::guest::code_page;
use crate::guest::files::Node;
use crate::guest::registry::{KeyPath, RegOperation, Value, export_section, parse_reg_text};
use crate::guest::registry_access::Access;
use crate::guest::tools::Tool;

pub(super) fn export(tool: &mut Tool<'_>, words: Vec<String>) -> i32 {
    let request = request(tool, words);
    let Some(key) = request.key else {
        let message = tool.texts().reg_bad_key;
        return tool.refuse(message);
    };
    let mut rest = request.rest.iter();
    let Some(file) = rest.next() else { return syntax(tool, "export") };
    if closed(tool, &key, Access::Read) {
        let message = tool.texts().access_denied;
        return tool.refuse(message);
    }
    let overwrite = rest.any(|word| word.eq_ignore_ascii_case("/y"));
    if !tool.guest.registry().exists(&key) {
        let message = tool.texts().reg_not_found;
        return tool.refuse(message);
    }
    let path = tool.path(file);
    if tool.guest.files().get(&path).is_some() && !overwrite {
        tool.hung = true;
        return 1;
    }
    let registry = tool.guest.registry();
    let mut text = "Windows Registry Editor Version 5.00\r\n\r\n".to_owned();
    let mut keys = vec![key];
    while let Some(key) = keys.pop() {
        let values = registry.values(&key);
        let values = values.iter().map(|(name, value)| (*name, &**value));
        export_section(&mut text, &key.shown, values);
        keys.extend(registry.children(&key).into_iter().rev());
    }
    let name = path.rsplit('\\').next().unwrap_or(&path).to_owned();
    let folder = path.rsplit_once('\\').map_or("", |(folder, _)| folder);
    if !tool.guest.files().get(folder).is_some_and(|node| node.folder) {
        let message = tool.texts().path_not_found;
        return tool.refuse(message);
    }
    tool.guest.put_file(&path, Node::file(&name, &code_page::to_utf16_file(&text)));
    let message = tool.texts().reg_done;
    tool.line(message);
    0
}

pub(super) fn import(tool: &mut Tool<'_>, words: &[String]) -> i32 {
    let Some(file) = words.first() else { return syntax(tool, "import") };
    let path = tool.path(file);
    let Some(node) = tool.guest.files().get(&path) else {
        let message = tool.texts().file_not_found;
        return tool.refuse(message);
    };
    let text = code_page::from_utf16_file(&node.data)
        .unwrap_or_else(|| code_page::decode(tool.page, &node.data));
    let Ok(operations) = parse_reg_text(&text) else {
        let message = tool.texts().reg_bad_data;
        return tool.refuse(message);
    };
    let (key, delete) = (Access::Change, Access::Delete);
    let shut = operations.iter().any(|operation| match operation {
        RegOperation::Delete(path) => closed(tool, path, delete),
        RegOperation::Create(path)
        | RegOperation::Set(path, ..)
        | RegOperation::DeleteValue(path, _) => closed(tool, path, key),
    });
    if shut {
        let message = tool.texts().access_denied;
        return tool.refuse(message);
    }
    for operation in operations {
        match operation {
            RegOperation::Create(key) => tool.guest.create_key(&key),
            RegOperation::Delete(key) => tool.guest.remove_key(&key),
            RegOperation::Set(key, name, value) => {
                tool.guest.remember_firewall_value(&key, &name);
                tool.guest.set_value(&key, &name, value);
            }
            RegOperation::DeleteValue(key, name) => {
                tool.guest.remember_firewall_value(&key, &name);
                tool.guest.remove_value(&key, &name);
            }
        }
    }
    // The real tool says so on standard error.
    let message = tool.texts().reg_done;
    tool.error_line(message);
    0
}

pub(super) fn copy(tool: &mut Tool<'_>, words: Vec<String>) -> i32 {
    let request = request(tool, words);
    let (Some(from), Some(to)) =
        (request.key, request.rest.first().and_then(|text| KeyPath::parse(text)))
    else {
        return syntax(tool, "copy");
    };
    let recursive = request.rest.iter().any(|word| word.eq_ignore_ascii_case("/s"));
    let registry = tool.guest.registry();
    if !registry.exists(&from) {
        let message = tool.texts().reg_not_found;
        return tool.refuse(message);
    }
    let mut copies: Vec<(KeyPath, Vec<(String, Value)>)> = Vec::new();
    let mut keys = vec![(from, to)];
    while let Some((from, to)) = keys.pop() {
        let values = registry.values(&from);
        let values =
            values.into_iter().map(|(name, value)| (name.to_owned(), value.into_owned())).collect();
        if recursive {
            let below = registry.children(&from);
            keys.extend(below.into_iter().map(|child| {
                let target = to.join(child.name());
                (child, target)
            }));
        }
        copies.push((to, values));
    }
    for (key, values) in copies {
        tool.guest.create_key(&key);
        for (name, value) in values {
            tool.guest.set_value(&key, &name, value);
        }
    }
    let message = tool.texts().reg_done;
    tool.line(message);
    0
}
