//! What a shell may complete: names of the declaration and the state, facets and guards. Nothing else is looked at, nothing
//! is made, and what cannot be read has no names.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap_complete::CompletionCandidate;
use rdpctl_model::FacetId;
use rdpctl_model::step::Guarded;

/// A list of more names than these helps nobody, and a shell would draw all of them.
const MOST: usize = 1_000;

/// Names of instances, fleets, and members of fleets that were seen.
pub(crate) fn instances(current: &OsStr) -> Vec<CompletionCandidate> {
    let typed = current.to_string_lossy();
    offered(&typed, names())
}

/// The same, and behind a name and a slash its facets.
pub(crate) fn targets(current: &OsStr) -> Vec<CompletionCandidate> {
    let typed = current.to_string_lossy();
    let names = names();
    let facets = typed.rsplit_once('/').filter(|(head, _)| names.contains(*head));
    let with_facets: Vec<String> = facets.map_or_else(Vec::new, |(head, _)| {
        FacetId::ALL.into_iter().map(|facet| format!("{head}/{facet}")).collect()
    });
    offered(&typed, with_facets.into_iter().chain(names))
}

/// Names of guards, behind those that stand there already.
pub(crate) fn guards(current: &OsStr) -> Vec<CompletionCandidate> {
    let typed = current.to_string_lossy();
    let before = typed.rsplit_once(',').map_or("", |(before, _)| before);
    let prefix = if before.is_empty() { String::new() } else { format!("{before},") };
    let given: BTreeSet<&str> = before.split(',').collect();
    let left = Guarded::ALL.into_iter().map(Guarded::name).filter(|name| !given.contains(name));
    offered(&typed, left.map(|name| format!("{prefix}{name}")))
}

fn offered(typed: &str, all: impl IntoIterator<Item = String>) -> Vec<CompletionCandidate> {
    all.into_iter()
        .filter(|name| name.starts_with(typed) && is_plain(name))
        .take(MOST)
        .map(CompletionCandidate::new)
        .collect()
}

/// A shell reads what is offered: ids come from clouds, and nothing but letters, digits and these is let through.
fn is_plain(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || "-_./,".contains(c))
}

fn names() -> BTreeSet<String> {
    let paths = paths();
    let Declared { mut names, has_fleets } = declared(&paths).unwrap_or_default();
    if has_fleets {
        names.extend(members(&paths));
    }
    names
}

/// Names of instances and fleets.
#[derive(Default)]
struct Declared {
    names: BTreeSet<String>,
    has_fleets: bool,
}

/// A person waits for the names: a declaration larger than this is not read but for the heads of its tables.
const READ_WHOLE: usize = 512 * 1024;

fn declared(paths: &[PathBuf]) -> Option<Declared> {
    let sources = rdpctl_config::gather(paths).ok()?;
    if sources.iter().map(|source| source.text().len()).sum::<usize>() > READ_WHOLE {
        let mut declared = Declared::default();
        for (kind, name) in sources.iter().flat_map(|it| it.text().lines()).filter_map(head) {
            declared.has_fleets |= kind == "fleet";
            declared.names.insert(name.to_owned());
        }
        return Some(declared);
    }
    let declaration = rdpctl_config::load(paths).ok()?;
    let mut names: BTreeSet<String> =
        declaration.instances.keys().map(ToString::to_string).collect();
    names.extend(declaration.fleets.keys().map(ToString::to_string));
    Some(Declared { names, has_fleets: !declaration.fleets.is_empty() })
}

/// Whose table a line begins, if it is that of an instance or a fleet, or of a part of one.
fn head(line: &str) -> Option<(&str, &str)> {
    let (kind, rest) = line.trim_start().strip_prefix('[')?.split_once('.')?;
    let name = match rest.trim_start().strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split(['.', ']']).next()?.trim(),
    };
    matches!(kind.trim(), "instance" | "fleet").then_some((kind.trim(), name))
}

/// Members of fleets by what people call them, as far as the state remembers them.
fn members(paths: &[PathBuf]) -> Vec<String> {
    let Ok(runtime) = crate::runtime::runtime() else { return Vec::new() };
    let members = runtime.block_on(crate::members::remembered(paths)).into_iter();
    members.map(|member| member.called.unwrap_or_else(|| member.name.to_string())).collect()
}

/// The declarations that stand on the line, else those of the folder: a completer is told one word, and the line is its
/// own arguments.
fn paths() -> Vec<PathBuf> {
    let words: Vec<String> = std::env::args().skip_while(|word| word != "--").skip(1).collect();
    let is_declaration = |place: usize, word: &str| {
        let before = place.checked_sub(1).and_then(|at| words.get(at));
        let path = Path::new(word);
        before.is_none_or(|before| !before.starts_with("--"))
            && (path.is_dir()
                || path.extension().is_some_and(|ext| ext == "toml") && path.is_file())
    };
    let given: Vec<PathBuf> = words
        .iter()
        .enumerate()
        .skip(1)
        .filter(|(place, word)| is_declaration(*place, word))
        .map(|(_, word)| PathBuf::from(word))
        .collect();
    if given.is_empty() { vec![PathBuf::from(".")] } else { given }
}

#[cfg(test)]
mod tests {
    use super::head;

    #[test]
    fn the_head_of_a_table_names_an_instance_or_a_fleet() {
        assert_eq!(head("[instance.web-01]"), Some(("instance", "web-01")));
        assert_eq!(head("  [instance.web-01.guest] # its way in"), Some(("instance", "web-01")));
        assert_eq!(head("[fleet.\"kiosks\"]"), Some(("fleet", "kiosks")));
        assert_eq!(head("[provider.gz]"), None);
        assert_eq!(head("id = \"[instance.x]\""), None);
    }
}
