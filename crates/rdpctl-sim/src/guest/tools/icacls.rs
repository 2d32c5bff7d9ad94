//! `icacls`: lists, saves, grants, denies, removes, restores, changes owners.

use std::sync::Arc;

use super::super::acl::{
    Acl, Entry, FULL, Inheritance, MODIFY, READ, READ_CONTROL, READ_EXECUTE, Sid, WRITE, WRITE_DAC,
};
use super::super::code_page;
use super::super::files::Node;
use super::super::text::fill;
use super::Tool;

/// What is to be done to each object.
enum Verb {
    List,
    Save(String),
    Restore(String),
    Owner(Sid),
    Change(Vec<Edit>),
    Reset,
}

/// One change of a list.
enum Edit {
    Grant { sid: Sid, mask: u32, inheritance: Inheritance, replace: bool },
    Deny { sid: Sid, mask: u32, inheritance: Inheritance },
    Remove { sid: Sid, denials: bool, grants: bool },
    Inheritance(bool),
}

/// Specific rights in a list of their own, in the order of printing.
const SPECIFIC: [(&str, u32); 17] = [
    ("DE", 0x0001_0000),
    ("RC", 0x0002_0000),
    ("WDAC", 0x0004_0000),
    ("WO", 0x0008_0000),
    ("S", 0x0010_0000),
    ("AS", 0x0100_0000),
    ("GR", READ),
    ("GW", WRITE),
    ("RD", 1),
    ("WD", 2),
    ("AD", 4),
    ("REA", 8),
    ("WEA", 16),
    ("X", 32),
    ("DC", 64),
    ("RA", 128),
    ("WA", 256),
];

const SIMPLE: [(&str, u32); 6] = [
    ("F", FULL),
    ("M", MODIFY),
    ("RX", READ_EXECUTE),
    ("R", READ),
    ("W", WRITE),
    ("D", 0x0011_0000),
];

pub(super) fn run(tool: &mut Tool<'_>) -> i32 {
    let words = tool.words();
    let Some((path, rest)) = words.split_first() else { return 1 };
    let mut recursive = false;
    let mut quiet = false;
    let mut verb = Verb::List;
    let mut rest = rest.iter().peekable();
    while let Some(word) = rest.next() {
        let lower = word.to_ascii_lowercase();
        let mut operands = || {
            let mut found = Vec::new();
            while let Some(word) = rest.next_if(|word| !word.starts_with('/')) {
                found.push(word.clone());
            }
            found
        };
        match lower.as_str() {
            "/t" => recursive = true,
            "/c" | "/l" => {}
            "/q" => quiet = true,
            "/reset" => verb = Verb::Reset,
            "/save" => match operands().pop() {
                Some(file) => verb = Verb::Save(file),
                None => return usage(tool),
            },
            "/restore" => match operands().pop() {
                Some(file) => verb = Verb::Restore(file),
                None => return usage(tool),
            },
            "/setowner" => match operands().pop() {
                Some(name) => match account(tool, &name) {
                    Ok(sid) => verb = Verb::Owner(sid),
                    Err(code) => return code,
                },
                None => return usage(tool),
            },
            _ => {
                let more = match edits(tool, &lower, &operands()) {
                    Ok(edits) => edits,
                    Err(code) => return code,
                };
                match &mut verb {
                    Verb::Change(edits) => edits.extend(more),
                    _ => verb = Verb::Change(more),
                }
            }
        }
    }
    let full = tool.path(path);
    act(tool, &full, &verb, recursive, quiet)
}

fn usage(tool: &Tool<'_>) -> i32 {
    tool.error_line("Invalid parameter");
    87
}

/// `*S-1-...` or a name.
fn account(tool: &Tool<'_>, text: &str) -> Result<Sid, i32> {
    let sid = match text.strip_prefix('*') {
        Some(sid) => Sid::parse(sid),
        None => Sid::of_account(text, tool.texts()),
    };
    sid.ok_or_else(|| {
        tool.error_line(&fill(tool.texts().icacls_no_sid, &[text.trim_start_matches('*')]));
        1332
    })
}

fn edits(tool: &Tool<'_>, switch: &str, operands: &[String]) -> Result<Vec<Edit>, i32> {
    let (name, option) = switch.split_once(':').unwrap_or((switch, ""));
    let mut edits = Vec::new();
    match (name, option) {
        ("/inheritance", "e") => edits.push(Edit::Inheritance(true)),
        ("/inheritance", "d" | "r") => edits.push(Edit::Inheritance(false)),
        ("/remove", "" | "g" | "d") => {
            for operand in operands {
                edits.push(Edit::Remove {
                    sid: account(tool, operand)?,
                    denials: option != "g",
                    grants: option != "d",
                });
            }
        }
        ("/grant" | "/deny", "" | "r") => {
            for operand in operands {
                let Some((name, rights)) = operand.rsplit_once(':') else {
                    return Err(usage(tool));
                };
                let sid = account(tool, name)?;
                let Some((mask, inheritance)) = rights_of(rights) else {
                    return Err(usage(tool));
                };
                edits.push(if name.is_empty() || switch.starts_with("/deny") {
                    Edit::Deny { sid, mask, inheritance }
                } else {
                    Edit::Grant { sid, mask, inheritance, replace: option == "r" }
                });
            }
        }
        _ => return Err(usage(tool)),
    }
    Ok(edits)
}

/// `(OI)(CI)F`, `R`, `(R,W)`.
fn rights_of(text: &str) -> Option<(u32, Inheritance)> {
    let mut inheritance = 0;
    let mut rest = text;
    while let Some(inner) = rest.strip_prefix('(') {
        let (word, more) = inner.split_once(')')?;
        let flag = match word.to_ascii_uppercase().as_str() {
            "OI" => Inheritance::OBJECT,
            "CI" => Inheritance::CONTAINER,
            "IO" => Inheritance::INHERIT_ONLY,
            "NP" => Inheritance::NO_PROPAGATE,
            "I" => Inheritance::INHERITED,
            _ => {
                rest = word;
                break;
            }
        };
        inheritance |= flag;
        rest = more;
    }
    let mut mask = 0;
    for word in rest.split(',').filter(|word| !word.is_empty()) {
        let found = SIMPLE
            .iter()
            .chain(&SPECIFIC)
            .find(|(name, _)| name.eq_ignore_ascii_case(word.trim()))?;
        mask |= found.1;
    }
    (mask != 0).then_some((mask, Inheritance(inheritance)))
}

fn act(tool: &mut Tool<'_>, path: &str, verb: &Verb, recursive: bool, quiet: bool) -> i32 {
    if let Verb::Restore(file) = verb {
        return restore(tool, path, file);
    }
    let objects: Vec<(String, Node)> = {
        let files = tool.guest.files();
        let found = if recursive { files.tree(path) } else { files.matching(path) };
        found.into_iter().map(|(path, node)| (path, node.clone())).collect()
    };
    if objects.is_empty() {
        let code = if path.contains(['*', '?']) { 2 } else { 2 };
        tool.error_line(&format!("{path}: {}", tool.texts().error(code)));
        summary(tool, 0, 1);
        return code;
    }
    let root = path.rsplit_once('\\').map_or("", |(folder, _)| folder);
    let mut saved = String::new();
    let (mut good, mut bad) = (0_u32, 0_u32);
    let mut code = 0;
    for (path, node) in objects {
        match one(tool, &path, node, verb, root, &mut saved) {
            Ok(()) => {
                good += 1;
                if !quiet && !matches!(verb, Verb::List) {
                    tool.say(tool.texts().icacls_processed, &[&path]);
                }
            }
            Err(error) => {
                bad += 1;
                code = error;
                tool.error_line(&format!("{path}: {}", tool.texts().error(error)));
            }
        }
    }
    if let Verb::Save(file) = verb {
        let path = tool.path(file);
        let name = path.rsplit('\\').next().unwrap_or(&path).to_owned();
        tool.guest.put_file(&path, Node::file(&name, &code_page::to_utf16_file(&saved)));
    }
    summary(tool, good, bad);
    code
}

fn summary(tool: &Tool<'_>, good: u32, bad: u32) {
    tool.say(tool.texts().icacls_done, &[&good.to_string(), &bad.to_string()]);
}

/// Whether the caller may do this to the object. Administrators read every list that does not
/// turn them away: they hold the backup privilege; to write one they need the right or ownership.
fn admitted(tool: &Tool<'_>, node: &Node, right: u32) -> bool {
    let holder = tool.user.sids();
    let acl = node.effective_acl();
    if holder.contains(&node.owner) || acl.allows(&holder, right) {
        return true;
    }
    let turned_away = acl
        .entries
        .iter()
        .any(|entry| entry.deny && entry.mask & READ_CONTROL != 0 && holder.contains(&entry.sid));
    right == READ_CONTROL && !turned_away
}

fn one(
    tool: &mut Tool<'_>,
    path: &str,
    node: Node,
    verb: &Verb,
    root: &str,
    saved: &mut String,
) -> Result<(), i32> {
    let acl = node.effective_acl();
    match verb {
        Verb::List | Verb::Save(_) => {
            if !admitted(tool, &node, READ_CONTROL) {
                return Err(5);
            }
            if matches!(verb, Verb::List) {
                list(tool, path, &acl);
            } else {
                let relative = path.strip_prefix(root).unwrap_or(path).trim_start_matches('\\');
                saved.push_str(&format!("{relative}\r\n{}\r\n", acl.to_sddl()));
            }
            Ok(())
        }
        Verb::Owner(sid) => {
            // The restore privilege lets an administrator name any owner.
            let node = Node { owner: sid.clone(), ..node };
            tool.guest.put_file(path, node);
            Ok(())
        }
        Verb::Reset | Verb::Change(_) => {
            if !admitted(tool, &node, WRITE_DAC) {
                return Err(5);
            }
            let acl = match verb {
                Verb::Change(edits) => Some(Arc::new(edited(&acl, edits))),
                Verb::List | Verb::Save(_) | Verb::Restore(_) | Verb::Owner(_) | Verb::Reset => {
                    None
                }
            };
            tool.guest.put_file(path, Node { acl, ..node });
            Ok(())
        }
        Verb::Restore(_) => Ok(()),
    }
}

fn edited(acl: &Acl, edits: &[Edit]) -> Acl {
    let mut acl = acl.clone();
    for edit in edits {
        match edit {
            Edit::Grant { sid, mask, inheritance, replace } => {
                if *replace {
                    acl.remove(sid, false, true);
                }
                acl.grant(sid, *mask, *inheritance);
            }
            Edit::Deny { sid, mask, inheritance } => acl.deny(sid, *mask, *inheritance),
            Edit::Remove { sid, denials, grants } => acl.remove(sid, *denials, *grants),
            Edit::Inheritance(on) => acl.protected = !on,
        }
    }
    acl
}

fn list(tool: &Tool<'_>, path: &str, acl: &Acl) {
    let hostname = tool.guest.hostname().to_owned();
    let indent = " ".repeat(path.chars().count() + 1);
    for (at, entry) in acl.entries.iter().enumerate() {
        let name = entry.sid.account_name(tool.texts(), &hostname);
        let start = if at == 0 { format!("{path} ") } else { indent.clone() };
        tool.line(&format!("{start}{name}:{}", shown(entry)));
    }
    tool.line("");
}

fn shown(entry: &Entry) -> String {
    let mut text = String::new();
    for (name, flag) in [
        ("(I)", Inheritance::INHERITED),
        ("(OI)", Inheritance::OBJECT),
        ("(CI)", Inheritance::CONTAINER),
        ("(IO)", Inheritance::INHERIT_ONLY),
        ("(NP)", Inheritance::NO_PROPAGATE),
    ] {
        if entry.inheritance.has(flag) {
            text.push_str(name);
        }
    }
    if entry.deny {
        text.push_str(if entry.mask == FULL { "(N)" } else { "(DENY)" });
        if entry.mask == FULL {
            return text;
        }
    }
    if let Some((name, _)) = SIMPLE.iter().find(|(_, mask)| *mask == entry.mask) {
        text.push_str(&format!("({name})"));
        return text;
    }
    if entry.mask == READ | WRITE {
        text.push_str("(R,W)");
        return text;
    }
    let parts: Vec<&str> = SPECIFIC
        .iter()
        .filter(|(name, mask)| !name.starts_with('G') && entry.mask & mask == *mask)
        .map(|(name, _)| *name)
        .collect();
    text.push_str(&format!("({})", parts.join(",")));
    text
}

/// Puts saved lists back; the folder is the parent of what was saved.
fn restore(tool: &mut Tool<'_>, folder: &str, file: &str) -> i32 {
    let saved = {
        let files = tool.guest.files();
        files.get(&tool.path(file)).map(|node| Arc::clone(&node.data))
    };
    let Some(saved) = saved else {
        tool.error_line(&format!("{file}: {}", tool.texts().error(2)));
        summary(tool, 0, 1);
        return 2;
    };
    let text = code_page::from_utf16_file(&saved)
        .unwrap_or_else(|| code_page::decode(tool.page, &saved).replace('\0', ""));
    let lines: Vec<&str> = text.lines().collect();
    let (mut good, mut bad) = (0_u32, 0_u32);
    let mut code = 0;
    for pair in lines.chunks_exact(2) {
        let path = format!("{}\\{}", folder.trim_end_matches('\\'), pair[0]);
        let node = tool.guest.files().get(&path).cloned();
        let result = match (node, Acl::parse_sddl(pair[1])) {
            (Some(node), Some(acl)) if admitted(tool, &node, WRITE_DAC) => {
                tool.guest.put_file(&path, Node { acl: Some(Arc::new(acl)), ..node });
                Ok(())
            }
            (Some(_), Some(_)) => Err(5),
            (Some(_), None) => Err(87),
            (None, _) => Err(2),
        };
        match result {
            Ok(()) => good += 1,
            Err(error) => {
                bad += 1;
                code = error;
                tool.error_line(&format!("{path}: {}", tool.texts().error(error)));
            }
        }
    }
    summary(tool, good, bad);
    code
}
