//! What `icacls` does to the objects.

use std::fmt::Write as _;
use std::sync::Arc;

use super::rights::shown;
use super::{Edit, Verb};
use crate::guest::acl::{Acl, Inheritance, READ_CONTROL, WRITE_DAC};
use crate::guest::code_page;
use crate::guest::files::Node;
use crate::guest::tools::Tool;

/// Does to each object what was asked; the exit code is the last failure.
pub(super) fn act(
    tool: &mut Tool<'_>,
    path: &str,
    verb: &Verb,
    recursive: bool,
    quiet: bool,
) -> i32 {
    if let Verb::Restore(file) = verb {
        return restore(tool, path, file);
    }
    let objects: Vec<(String, Node)> = {
        let files = tool.guest.files();
        let found = if recursive { files.tree(path) } else { files.matching(path) };
        found.into_iter().map(|(path, node)| (path, node.clone())).collect()
    };
    if objects.is_empty() {
        let code = 2;
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
        let mut file = code_page::to_utf16_file(&saved);
        if tool.guest.template.faults.lists_without_mark {
            file.drain(..2);
        }
        let name = path.rsplit('\\').next().unwrap_or(&path).to_owned();
        tool.guest.put_file(&path, Node::file(&name, &file));
    }
    summary(tool, good, bad);
    code
}

fn summary(tool: &Tool<'_>, good: u32, bad: u32) {
    tool.say(tool.texts().icacls_done, &[&good.to_string(), &bad.to_string()]);
}

/// Whether the caller may do this to the object. Administrators read every list that does not
/// turn them away: they hold the backup privilege; to write one they need the right or ownership.
fn admitted(tool: &Tool<'_>, path: &str, node: &Node, right: u32) -> bool {
    let holder = tool.user.sids();
    let acl = tool.guest.files().acl(path);
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
    let acl = tool.guest.files().acl(path);
    match verb {
        Verb::List | Verb::Save(_) => {
            if !admitted(tool, path, &node, READ_CONTROL) {
                return Err(5);
            }
            if matches!(verb, Verb::List) {
                list(tool, path, &acl);
            } else {
                let relative = path.strip_prefix(root).unwrap_or(path).trim_start_matches('\\');
                let _ = write!(saved, "{relative}\r\n{}\r\n", acl.to_sddl());
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
            if !admitted(tool, path, &node, WRITE_DAC) {
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
            Edit::Inherit => acl.protected = false,
            Edit::KeepInherited => {
                acl.protected = true;
                for entry in &mut acl.entries {
                    entry.inheritance.0 &= !Inheritance::INHERITED;
                }
            }
            Edit::DropInherited => {
                acl.protected = true;
                acl.entries.retain(|entry| !entry.inheritance.has(Inheritance::INHERITED));
            }
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
            (Some(node), Some(acl)) if admitted(tool, &path, &node, WRITE_DAC) => {
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
