//! SDDL, as far as `icacls` writes and reads it: the discretionary list.

use std::fmt::Write as _;

use super::sid::Sid;
use super::{Acl, Entry, FULL, Inheritance, READ, WRITE};

const RIGHTS: [(&str, u32); 4] = [("FA", FULL), ("FR", READ), ("FW", WRITE), ("FX", 0x0012_00a0)];

/// Single rights that SDDL can add up.
const PARTS: [(&str, u32); 13] = [
    ("SD", 0x0001_0000),
    ("RC", 0x0002_0000),
    ("WD", 0x0004_0000),
    ("WO", 0x0008_0000),
    ("CC", 1),
    ("DC", 2),
    ("LC", 4),
    ("SW", 8),
    ("RP", 16),
    ("WP", 32),
    ("DT", 64),
    ("LO", 128),
    ("CR", 256),
];

const FLAGS: [(&str, u8); 5] = [
    ("OI", Inheritance::OBJECT),
    ("CI", Inheritance::CONTAINER),
    ("NP", Inheritance::NO_PROPAGATE),
    ("IO", Inheritance::INHERIT_ONLY),
    ("ID", Inheritance::INHERITED),
];

pub(super) fn write(acl: &Acl) -> String {
    let mut out = "D:".to_owned();
    if acl.protected {
        out.push('P');
    }
    if acl.auto_inherited {
        out.push_str("AI");
    }
    for entry in &acl.entries {
        out.push_str(if entry.deny { "(D;" } else { "(A;" });
        for (name, flag) in FLAGS {
            if entry.inheritance.has(flag) {
                out.push_str(name);
            }
        }
        out.push(';');
        match RIGHTS.iter().find(|(_, mask)| *mask == entry.mask) {
            Some((name, _)) => out.push_str(name),
            None => {
                let _ = write!(out, "0x{:x}", entry.mask);
            }
        }
        let _ = write!(out, ";;;{})", entry.sid.sddl());
    }
    out
}

pub(super) fn parse(text: &str) -> Option<Acl> {
    let text = text.trim();
    let body = &text[text.find("D:")? + 2..];
    let body =
        body.find("S:").filter(|at| body[..*at].ends_with(')')).map_or(body, |at| &body[..at]);
    let (control, mut rest) = body.split_at(body.find('(').unwrap_or(body.len()));
    let mut acl = Acl {
        protected: control.starts_with('P'),
        auto_inherited: control.contains("AI"),
        entries: Vec::new(),
    };
    while !rest.is_empty() {
        let (entry, more) = rest.strip_prefix('(')?.split_once(')')?;
        acl.entries.push(parse_entry(entry)?);
        rest = more;
    }
    Some(acl)
}

fn parse_entry(text: &str) -> Option<Entry> {
    let fields: Vec<&str> = text.split(';').collect();
    let [kind, flags, rights, _, _, sid] = fields[..] else { return None };
    let deny = match kind {
        "A" => false,
        "D" => true,
        _ => return None,
    };
    let mut inheritance = 0;
    for at in (0..flags.len()).step_by(2) {
        let flag = flags.get(at..at + 2)?;
        inheritance |= FLAGS.iter().find(|(name, _)| *name == flag)?.1;
    }
    let mask = if let Some(hex) = rights.strip_prefix("0x") {
        u32::from_str_radix(hex, 16).ok()?
    } else {
        let mut mask = 0;
        for at in (0..rights.len()).step_by(2) {
            let right = rights.get(at..at + 2)?;
            mask |= RIGHTS.iter().chain(&PARTS).find(|(name, _)| *name == right)?.1;
        }
        mask
    };
    Some(Entry { deny, inheritance: Inheritance(inheritance), mask, sid: Sid::from_sddl(sid)? })
}
