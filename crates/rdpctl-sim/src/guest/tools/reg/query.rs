//! `reg query`.

use super::request::{closed, request, syntax};
use crate::guest::certificate::upper_hex;
use crate::guest::code_page;
use crate::guest::files::wildcard;
use crate::guest::registry::{Data, KeyPath, Kind, Value};
use crate::guest::registry_access::Access;
use crate::guest::tools::Tool;

/// What a search looks at.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Scope {
    #[default]
    Everything,
    Keys,
    Data,
}

#[derive(Default)]
struct Wanted {
    value: Option<String>,
    recursive: bool,
    pattern: Option<String>,
    scope: Scope,
    exact: bool,
    case: bool,
    kind: Option<Kind>,
    separator: Option<String>,
}

pub(super) fn run(tool: &mut Tool<'_>, words: Vec<String>) -> i32 {
    let request = request(tool, words);
    let Some(key) = request.key else {
        let message = tool.texts().reg_bad_key;
        return tool.refuse(message);
    };
    let Some(wanted) = parse(&request.rest) else { return syntax(tool, "query") };
    let registry = tool.guest.registry();
    if closed(tool, &key, Access::Read) {
        let message = tool.texts().access_denied;
        return tool.refuse(message);
    }
    if !key.is_root() && !registry.exists(&key) {
        let message = tool.texts().reg_not_found;
        return tool.refuse(message);
    }
    let mut out = Vec::with_capacity(1024);
    let code = if wanted.pattern.is_some() {
        search(tool, &key, &wanted, &mut out)
    } else if let Some(name) = &wanted.value {
        one_value(tool, &key, name, &wanted, &mut out)
    } else {
        whole_key(tool, &key, &wanted, &mut out);
        0
    };
    if code == 0 {
        tool.out.write(&out);
        return 0;
    }
    let message = tool.texts().reg_not_found;
    tool.refuse(message)
}

fn parse(words: &[String]) -> Option<Wanted> {
    let mut wanted = Wanted::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.to_ascii_lowercase().as_str() {
            "/v" => match words.clone().next() {
                Some(next) if !next.starts_with('/') => {
                    wanted.value = Some(words.next()?.clone());
                }
                _ => {}
            },
            "/ve" => wanted.value = Some(String::new()),
            "/s" => wanted.recursive = true,
            "/f" => wanted.pattern = Some(words.next()?.clone()),
            "/k" => wanted.scope = Scope::Keys,
            "/d" => wanted.scope = Scope::Data,
            "/e" => wanted.exact = true,
            "/c" => wanted.case = true,
            "/t" => wanted.kind = Some(Kind::parse(words.next()?)?),
            "/se" => wanted.separator = Some(words.next()?.clone()),
            _ => return None,
        }
    }
    Some(wanted)
}

/// The data as it is printed.
pub(super) fn shown_data(value: &Value, separator: &str) -> String {
    match (&value.kind, &value.data) {
        (_, Data::Number(number)) => format!("0x{number:x}"),
        (_, Data::Long(number)) => format!("0x{number:x}"),
        (_, Data::Text(text)) => text.to_string(),
        (_, Data::Many(items)) => {
            items.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(separator)
        }
        (_, Data::Bytes(bytes)) => upper_hex(bytes),
        (_, Data::Computed(_)) => String::new(),
    }
}

struct Printer<'t> {
    default_name: &'t str,
    page: u32,
    separator: &'t str,
}

impl<'t> Printer<'t> {
    fn new(tool: &Tool<'_>, wanted: &'t Wanted) -> Self {
        Self {
            default_name: tool.texts().default_value,
            page: tool.page,
            separator: wanted.separator.as_deref().unwrap_or("\\0"),
        }
    }

    fn section(&self, out: &mut Vec<u8>, key: &KeyPath) {
        out.extend_from_slice(b"\r\n");
        self.key(out, key);
    }

    fn key(&self, out: &mut Vec<u8>, key: &KeyPath) {
        code_page::encode(self.page, &key.shown, out);
        out.extend_from_slice(b"\r\n");
    }

    fn value(&self, out: &mut Vec<u8>, name: &str, value: &Value) {
        let name = if name.is_empty() { self.default_name } else { name };
        let mut line = format!("    {name}    {}", value.kind.name());
        line.push_str("    ");
        line.push_str(&shown_data(value, self.separator));
        line.push_str("\r\n");
        code_page::encode(self.page, &line, out);
    }
}

fn one_value(
    tool: &Tool<'_>,
    key: &KeyPath,
    name: &str,
    wanted: &Wanted,
    out: &mut Vec<u8>,
) -> i32 {
    let registry = tool.guest.registry();
    let printer = Printer::new(tool, wanted);
    let mut found = 0_u32;
    let mut keys = vec![key.clone()];
    while let Some(key) = keys.pop() {
        if let Some(value) = registry.value(&key, name) {
            found += 1;
            printer.section(out, &key);
            printer.value(out, name, &value);
        } else if !wanted.recursive && name.is_empty() {
            // An unset default value is printed as such.
            found += 1;
            printer.section(out, &key);
            let unset = tool.texts().value_not_set;
            printer.value(out, "", &Value::text(unset));
        }
        if wanted.recursive {
            keys.extend(registry.children(&key).into_iter().rev());
        }
    }
    if wanted.recursive {
        let text = crate::guest::text::fill(tool.texts().reg_search_end, &[&found.to_string()]);
        out.extend_from_slice(b"\r\n");
        code_page::encode(tool.page, &text, out);
        out.extend_from_slice(b"\r\n");
        return i32::from(found == 0);
    }
    out.extend_from_slice(b"\r\n");
    i32::from(found == 0)
}

fn whole_key(tool: &Tool<'_>, root: &KeyPath, wanted: &Wanted, out: &mut Vec<u8>) {
    let registry = tool.guest.registry();
    let printer = Printer::new(tool, wanted);
    let mut keys = vec![root.clone()];
    while let Some(key) = keys.pop() {
        // What is kept from the caller is passed over.
        if closed(tool, &key, Access::Read) {
            continue;
        }
        let mut values = registry.values(&key);
        values.sort_by_cached_key(|(name, _)| name.to_lowercase());
        let children = registry.children(&key);
        // A key without values is named when it is come across, not when it was asked for.
        if !values.is_empty() || (wanted.recursive && key.stored != root.stored) {
            printer.section(out, &key);
            for (name, value) in values {
                printer.value(out, name, &value);
            }
        }
        if wanted.recursive {
            keys.extend(children.into_iter().rev());
            continue;
        }
        out.extend_from_slice(b"\r\n");
        for child in &children {
            printer.key(out, child);
        }
        return;
    }
    out.extend_from_slice(b"\r\n");
}

fn search(tool: &Tool<'_>, key: &KeyPath, wanted: &Wanted, out: &mut Vec<u8>) -> i32 {
    let registry = tool.guest.registry();
    let printer = Printer::new(tool, wanted);
    let pattern = wanted.pattern.as_deref().unwrap_or("*");
    let hit = |text: &str| {
        if wanted.exact {
            return if wanted.case { text == pattern } else { text.eq_ignore_ascii_case(pattern) };
        }
        if wanted.case && !pattern.contains(['*', '?']) {
            return text.contains(pattern);
        }
        wildcard(&format!("*{pattern}*"), text)
    };
    let both = wanted.scope == Scope::Everything && wanted.value.is_none();
    let mut found = 0_u32;
    let mut keys = vec![key.clone()];
    while let Some(at) = keys.pop() {
        let children = registry.children(&at);
        let values: Vec<_> = registry
            .values(&at)
            .into_iter()
            .filter(|(name, value)| {
                wanted.kind.is_none_or(|kind| kind == value.kind)
                    && (((both || wanted.value.is_some()) && hit(name))
                        || ((both || wanted.scope == Scope::Data)
                            && hit(&shown_data(value, "\\0"))))
            })
            .collect();
        let named =
            at.stored != key.stored && (both || wanted.scope == Scope::Keys) && hit(at.name());
        if !values.is_empty() || named {
            printer.section(out, &at);
            found += u32::from(named);
        }
        for (name, value) in values {
            found += 1;
            printer.value(out, name, &value);
        }
        if wanted.recursive || at.stored == key.stored {
            keys.extend(children.into_iter().rev());
        }
    }
    let text = crate::guest::text::fill(tool.texts().reg_search_end, &[&found.to_string()]);
    out.extend_from_slice(b"\r\n");
    code_page::encode(tool.page, &text, out);
    out.extend_from_slice(b"\r\n");
    i32::from(found == 0)
}
