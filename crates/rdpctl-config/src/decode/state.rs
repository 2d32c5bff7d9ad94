//! `[state]`: where the state is kept.

use crate::diagnostic::Problems;
use crate::parse::Named;
use crate::tree::unknown_key;

pub(crate) const KEYS: &[&str] = &["url"];
const SCHEMES: [&str; 3] = ["sqlite:", "postgres://", "postgresql://"];

pub(super) fn decode(entries: &Named<'_>, problems: &mut Problems) -> Option<String> {
    for (name, entry) in entries {
        if !KEYS.contains(name) {
            unknown_key(entry.key, "`[state]`", KEYS.iter().copied(), problems);
        }
    }
    let node = entries.get("url")?.node;
    let text = node.text("url", problems)?;
    if !SCHEMES.iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme)) {
        problems
            .error(node.place, "the state is kept in SQLite or in Postgres")
            .help("write \"sqlite:PATH\" or \"postgres://HOST/DATABASE\"");
        return None;
    }
    let authority = text.split_once("://").map_or("", |(_, rest)| rest);
    let authority = authority.split(['/', '?']).next().unwrap_or_default();
    let password = authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
    if password || text.contains("password=") {
        problems.hide(node.place);
        problems
            .error(node.place, "the URL of the state holds a password")
            .help("leave it out here and set PGPASSWORD, or give the whole URL with `--state`");
        return None;
    }
    Some(text.to_owned())
}
