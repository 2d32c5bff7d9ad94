//! Rights as `icacls` writes them.

use std::fmt::Write as _;

use crate::guest::acl::{Entry, FULL, Inheritance, MODIFY, READ, READ_EXECUTE, WRITE};

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

/// `(OI)(CI)F`, `R`, `(R,W)`.
pub(super) fn rights_of(text: &str) -> Option<(u32, Inheritance)> {
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

/// An entry's flags and rights.
pub(super) fn shown(entry: &Entry) -> String {
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
        let _ = write!(text, "({name})");
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
    let _ = write!(text, "({})", parts.join(","));
    text
}
