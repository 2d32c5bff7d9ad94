//! What a shell may complete: names of the declaration and the state, facets and guards. Nothing else is looked at, nothing
//! is made, and what cannot be read has no names.

mod remembered;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap_complete::CompletionCandidate;
use rdpctl_config::Spelled;
use rdpctl_model::FacetId;
use rdpctl_model::step::Guarded;

/// A list of more names than these helps nobody, and a shell would draw all of them.
const MOST: usize = 1_000;

/// Names of instances, fleets, and members of fleets that were seen.
pub(crate) fn instances(current: &OsStr) -> Vec<CompletionCandidate> {
    let typed = current.to_string_lossy();
    offered(&typed, Names::read(&typed).beginning(&typed))
}

/// The same, and behind a name and a slash its facets.
pub(crate) fn targets(current: &OsStr) -> Vec<CompletionCandidate> {
    let typed = current.to_string_lossy();
    let names = Names::read(&typed);
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
    /// Those that this may be the beginning of, or that stand before a slash in it.
    fn read(typed: &str) -> Self {
        let paths = paths();
        let declared = Declared::read(&paths, typed);
        let members = if declared.has_fleets { remembered::members(&paths) } else { String::new() };
        Self { declared, members }
    }

    /// As many as anybody reads of those that begin so, in their order.
    fn beginning(&self, typed: &str) -> BTreeSet<String> {
        let begins = |name: &&str| name.starts_with(typed) && is_plain(name);
        // Of declarations in any order, the first of all that begin so.
        let declared = self.declared.names.iter().map(String::as_str).filter(begins);
        let members = self.members.lines().filter(begins).take(MOST);
        declared.take(MOST).chain(members).map(str::to_owned).collect()
    }

    fn has(&self, name: &str) -> bool {
        self.declared.names.contains(name) || self.members.lines().any(|known| known == name)
    }
}

/// Names of instances and fleets, as far as they matter to what was typed: those of a hundred thousand are not all kept
/// for the few that somebody is offered.
#[derive(Default)]
struct Declared {
    names: BTreeSet<String>,
    has_fleets: bool,
}

impl Declared {
    /// A person waits for the names: of a declaration the heads of its tables are read, and it is judged only where it
    /// names somebody in another way.
    fn read(paths: &[PathBuf], typed: &str) -> Self {
        let Ok(sources) = rdpctl_config::gather(paths) else { return Self::default() };
        let matters = |name: &str| {
            name.starts_with(typed)
                || typed.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'))
        };
        let mut read = Self::default();
        for spelled in sources.iter().flat_map(rdpctl_config::spelled) {
            let name = match spelled {
                Spelled::Instance(name) => name,
                Spelled::Fleet(name) => {
                    read.has_fleets = true;
                    name
                }
                Spelled::Otherwise => return Self::judged(paths).unwrap_or_default(),
            };
            if matters(name) {
                read.names.insert(name.to_owned());
            }
        }
        read
    }

    fn judged(paths: &[PathBuf]) -> Option<Self> {
        let declaration = rdpctl_config::load(paths).ok()?;
        let mut names: BTreeSet<String> =
            declaration.instances.keys().map(ToString::to_string).collect();
        names.extend(declaration.fleets.keys().map(ToString::to_string));
        Some(Self { names, has_fleets: !declaration.fleets.is_empty() })
    }
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
