//! `icacls`: lists, saves, grants, denies, removes, restores, changes owners.

mod act;
mod rights;

use super::Tool;
use crate::guest::acl::{Inheritance, Sid};
use crate::guest::text::fill;

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
    Grant {
        sid: Sid,
        mask: u32,
        inheritance: Inheritance,
        replace: bool,
    },
    Deny {
        sid: Sid,
        mask: u32,
        inheritance: Inheritance,
    },
    Remove {
        sid: Sid,
        denials: bool,
        grants: bool,
    },
    Inherit,
    /// What was inherited stays as the object's own.
    KeepInherited,
    DropInherited,
}

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
                if let Verb::Change(edits) = &mut verb {
                    edits.extend(more);
                } else {
                    verb = Verb::Change(more);
                }
            }
        }
    }
    let full = tool.path(path);
    act::act(tool, &full, &verb, recursive, quiet)
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
        ("/inheritance", "e") => edits.push(Edit::Inherit),
        ("/inheritance", "d") => edits.push(Edit::KeepInherited),
        ("/inheritance", "r") => edits.push(Edit::DropInherited),
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
                let Some((mask, inheritance)) = rights::rights_of(rights) else {
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
