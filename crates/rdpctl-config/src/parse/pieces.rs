//! A large text is parsed piece by piece: the parser holds some fifty bytes for each byte of what it has in hand.
//!
//! Pieces begin at headers of named tables, which files share anyway. Wherever pieces might mean something else than the
//! whole, the whole is parsed: what is wrong is told as it is of any text.

use std::collections::HashSet;

use toml::de::{DeTable, Error};

use crate::value::Table;

/// A text that is not longer is parsed at once.
const SMALL: usize = 128 * 1024;
/// So much at least is a piece.
const PIECE: usize = 32 * 1024;
/// Sections whose tables have names.
const NAMED: [&str; 4] = ["provider", "profile", "instance", "fleet"];

/// The tables of a text, and what the parser dislikes of it.
pub(super) fn read(text: &str) -> (Vec<Table<'_>>, Vec<Error>) {
    if text.len() > SMALL
        && let Some(tables) = in_pieces(text)
    {
        return (tables, Vec::new());
    }
    let (tree, errors) = DeTable::parse_recoverable(text);
    (vec![Table::of(tree.into_inner(), 0)], errors)
}

/// The tables of all pieces, where together they say what the whole does.
fn in_pieces(text: &str) -> Option<Vec<Table<'_>>> {
    let starts = starts(text);
    let mut tables = Vec::with_capacity(starts.len());
    let mut seen = HashSet::new();
    for (number, begins) in starts.iter().enumerate() {
        let ends = starts.get(number + 1).copied().unwrap_or(text.len());
        let (tree, errors) = DeTable::parse_recoverable(text.get(*begins..ends)?);
        if !errors.is_empty() {
            return None;
        }
        let table = Table::of(tree.into_inner(), *begins);
        if !is_apart(&table, number, &mut seen) {
            return None;
        }
        tables.push(table);
    }
    Some(tables)
}

/// Whether nothing of a piece stands in an earlier one as well, where TOML would have a word to say.
fn is_apart(table: &Table<'_>, number: usize, seen: &mut HashSet<(String, String)>) -> bool {
    table.iter().all(|(section, _, value, _)| {
        if !NAMED.contains(&section) {
            return seen.insert((section.to_owned(), String::new()));
        }
        // Before the first header of a named table such a section was opened in another way.
        let names = value.as_table().filter(|_| number > 0);
        names.is_some_and(|names| {
            names.iter().all(|(name, _, _, _)| seen.insert((section.to_owned(), name.to_owned())))
        })
    })
}

/// Where pieces begin: at the first byte, and at headers of named tables. A line that looks like one in the middle of a
/// string or an array leaves a piece that is no TOML.
fn starts(text: &str) -> Vec<usize> {
    let mut starts = vec![0];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let is_header = line
            .strip_prefix('[')
            .and_then(|rest| rest.split_once('.'))
            .is_some_and(|(section, _)| NAMED.contains(&section));
        let last = starts.last().copied().unwrap_or(0);
        // The first header ends what stands before all of them, however short that is.
        if is_header && (starts.len() == 1 || at - last >= PIECE) {
            starts.push(at);
        }
        at += line.len();
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many profiles, and something behind them.
    fn text(behind: &str) -> String {
        let profile =
            |n: usize| format!("[profile.p{n}]\nbandwidth = {{ at-least = \"{n}Mbps\" }}\n");
        (0..4_000).map(profile).collect::<String>() + behind
    }

    /// What stands where, whatever the pieces.
    fn said(tables: &[Table<'_>]) -> Vec<String> {
        let mut all = Vec::new();
        for table in tables {
            tell(table, "", &mut all);
        }
        all.sort();
        all
    }

    fn tell(table: &Table<'_>, before: &str, all: &mut Vec<String>) {
        for (key, key_at, value, at) in table.iter() {
            // The span of a section itself is that of its first header.
            if !before.is_empty() {
                all.push(format!("{before}.{key} {:?} {:?}", key_at.range(), at.range()));
            }
            if let Some(table) = value.as_table() {
                tell(table, &format!("{before}.{key}"), all);
            }
        }
    }

    #[test]
    fn pieces_say_what_the_whole_says_at_the_same_places() {
        let text =
            text("[guard]\nreboot = \"allow\"\n[[accept]]\non = \"a\"\n[[accept]]\non = \"b\"\n");
        let (pieces, errors) = read(&text);
        assert!(errors.is_empty() && pieces.len() > 2, "{}", pieces.len());
        let whole = Table::of(DeTable::parse(&text).unwrap().into_inner(), 0);
        assert_eq!(said(&pieces), said(&[whole]));
    }

    #[test]
    fn what_toml_would_object_to_is_parsed_as_a_whole() {
        for behind in [
            "[profile.p1]\nnla = true\n",
            "[profile.p1.tls]\nmin = \"1.2\"\n",
            "[guard]\na = 1\n[profile.x]\n[guard]\nb = 1\n",
            "[profile.x]\ntext = \"\"\"\n[profile.y]\n\"\"\"\nno toml\n",
            "[profile.x\n",
        ] {
            let text = text(behind);
            assert_eq!(read(&text).0.len(), 1, "{behind}");
        }
        let before = "provider = { gz = {} }\n".to_owned() + &text("");
        assert_eq!(read(&before).0.len(), 1);
    }
}
