//! What a shell may complete: names of the declaration and the state, facets and guards. Nothing else is looked at, nothing
//! is made, and what cannot be read has no names.

mod remembered;

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
    offered(&typed, Names::read().beginning(&typed))
}

/// The same, and behind a name and a slash its facets.
pub(crate) fn targets(current: &OsStr) -> Vec<CompletionCandidate> {
    let typed = current.to_string_lossy();
    let names = Names::read();
    let facets = typed.rsplit_once('/').filter(|(head, _)| names.has(head));
    let with_facets: Vec<String> = facets.map_or_else(Vec::new, |(head, _)| {
        FacetId::ALL.into_iter().map(|facet| format!("{head}/{facet}")).collect()
    });
    offered(&typed, with_facets.into_iter().chain(names.beginning(&typed)))
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

/// What can be named.
struct Names {
    declared: Declared,
    /// Members of fleets, one a line.
    members: String,
}

impl Names {
    fn read() -> Self {
        let paths = paths();
        let declared = Declared::read(&paths);
        let members = if declared.has_fleets { remembered::members(&paths) } else { String::new() };
        Self { declared, members }
    }

    /// As many as anybody reads of those that begin so, in their order.
    fn beginning(&self, typed: &str) -> BTreeSet<String> {
        let begins = |name: &&str| name.starts_with(typed) && is_plain(name);
        // Of declarations in any order, the first of all that begin so.
        let declared: BTreeSet<&str> = self.declared.names().filter(begins).collect();
        let members = self.members.lines().filter(begins).take(MOST);
        declared.into_iter().take(MOST).chain(members).map(str::to_owned).collect()
    }

    fn has(&self, name: &str) -> bool {
        self.declared.names().chain(self.members.lines()).any(|known| known == name)
    }
}

/// Names of instances and fleets: those of a hundred thousand are not all kept for the few that somebody is offered.
#[derive(Default)]
struct Declared {
    /// Texts in which every name stands in the head of a table.
    sources: Vec<rdpctl_config::Source>,
    /// Names of a declaration that names somebody in another way.
    judged: BTreeSet<String>,
    has_fleets: bool,
}

impl Declared {
    /// A person waits for the names: of a declaration the heads of its tables are read, and it is judged only where it
    /// names somebody in another way.
    fn read(paths: &[PathBuf]) -> Self {
        let Ok(sources) = rdpctl_config::gather(paths) else { return Self::default() };
        let mut has_fleets = false;
        for line in sources.iter().flat_map(telling) {
            if names_otherwise(line) {
                return Self::judged(paths).unwrap_or_default();
            }
            has_fleets |= head(line).is_some_and(|(kind, _)| kind == "fleet");
        }
        Self { sources, judged: BTreeSet::new(), has_fleets }
    }

    fn judged(paths: &[PathBuf]) -> Option<Self> {
        let declaration = rdpctl_config::load(paths).ok()?;
        let mut judged: BTreeSet<String> =
            declaration.instances.keys().map(ToString::to_string).collect();
        judged.extend(declaration.fleets.keys().map(ToString::to_string));
        let has_fleets = !declaration.fleets.is_empty();
        Some(Self { sources: Vec::new(), judged, has_fleets })
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let heads = self.sources.iter().flat_map(telling).filter_map(head);
        heads.map(|(_, name)| name).chain(self.judged.iter().map(String::as_str))
    }
}

/// Lines that may name somebody: the others begin with a letter that no such line begins with.
fn telling(source: &rdpctl_config::Source) -> impl Iterator<Item = &str> {
    let begins = |line: &&str| {
        let first = line.bytes().find(|byte| !byte.is_ascii_whitespace());
        first.is_none_or(|byte| matches!(byte, b'[' | b'i' | b'f' | b'"' | b'\'') || byte >= 0x80)
    };
    source.text().lines().filter(begins)
}

/// Whether a line may name an instance or a fleet without being the head of its table: dotted, quoted, or as a table within
/// braces.
fn names_otherwise(line: &str) -> bool {
    let line = line.trim_start();
    let (is_head, text) = match line.strip_prefix('[') {
        Some(inside) => (true, inside.trim_start()),
        None => (false, line),
    };
    let text = text.trim_start_matches(['"', '\'']);
    let rest = ["instance", "fleet"].iter().find_map(|kind| text.strip_prefix(kind));
    let rest = rest.map(|rest| rest.trim_start_matches(['"', '\'']).trim_start());
    rest.is_some_and(|rest| match rest.strip_prefix('=') {
        Some(value) => value.trim_start().starts_with('{'),
        None if is_head => head(line).is_none(),
        None => rest.starts_with('.'),
    })
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
    use super::{head, names_otherwise};

    #[test]
    fn whoever_is_named_in_another_way_is_not_missed() {
        for line in [
            "instance.web-01.id = \"ins-1\"",
            "[instance]",
            "[ \"instance\".web-01]",
            "instance = { web-01 = { id = \"ins-1\" } }",
            "\"fleet\".kiosks.provider = \"gz\"",
        ] {
            assert!(names_otherwise(line), "{line}");
        }
        for line in [
            "[instance.web-01]",
            "[fleet.kiosks.select]",
            "id = \"instance\"",
            "# instance",
            "instance = \"web-01\"",
        ] {
            assert!(!names_otherwise(line), "{line}");
        }
    }

    #[test]
    fn the_head_of_a_table_names_an_instance_or_a_fleet() {
        assert_eq!(head("[instance.web-01]"), Some(("instance", "web-01")));
        assert_eq!(head("  [instance.web-01.guest] # its way in"), Some(("instance", "web-01")));
        assert_eq!(head("[fleet.\"kiosks\"]"), Some(("fleet", "kiosks")));
        assert_eq!(head("[provider.gz]"), None);
        assert_eq!(head("id = \"[instance.x]\""), None);
    }
}
