//! Sources become trees, trees one set of named tables, and those a declaration.

mod pieces;
mod sections;
mod syntax;

use std::path::PathBuf;

use toml::de::DeTable;

use crate::declaration::Declaration;
use crate::decode;
use crate::diagnostic::{Diagnostics, Problems};
use crate::source::{Place, Source};
use crate::value::Table;
#[cfg(test)]
pub(crate) use sections::SECTIONS;
pub(crate) use sections::{Entry, Named, Sections};

/// Understands texts as one declaration.
pub fn parse(sources: Vec<Source>) -> Result<Declaration, Diagnostics> {
    understand(sources, &[])
}

/// Like [`parse`]; `asked` are the paths to name when there is no declaration in them.
pub(crate) fn understand(
    sources: Vec<Source>,
    asked: &[PathBuf],
) -> Result<Declaration, Diagnostics> {
    let mut problems = Problems::default();
    let declaration = declare(&sources, asked, &mut problems);
    let failed = problems.any_error();
    let diagnostics = problems.into_diagnostics(sources);
    match declaration {
        Some(mut declaration) if !failed => {
            declaration.warnings = diagnostics;
            Ok(declaration)
        }
        Some(_) | None => Err(diagnostics),
    }
}

fn declare(sources: &[Source], asked: &[PathBuf], problems: &mut Problems) -> Option<Declaration> {
    let mut trees: Vec<(usize, Table<'_>)> = Vec::with_capacity(sources.len());
    let mut sound = true;
    for (index, source) in sources.iter().enumerate() {
        let (tables, errors) = pieces::read(source.text());
        let world = tables.iter().find_map(|tree| tree.get("world"));
        if let Some((_, at)) = world.filter(|(world, _)| world.is_table()) {
            if source.is_named() {
                let place = Place::new(index, at.range());
                problems.error(place, "this is a world of the simulator, not a declaration").help(
                    format!(
                        "give the declaration's path, and the world with `--sim {}`",
                        source.shown()
                    ),
                );
            }
            continue;
        }
        sound &= syntax::report(index, source, &errors, problems);
        trees.extend(tables.into_iter().map(|tree| (index, tree)));
    }
    if trees.is_empty() && !problems.any_error() {
        nothing_found(asked, problems);
    }
    // What a broken line was meant to declare would be missed everywhere else: one mistake, many messages.
    if !sound || trees.is_empty() {
        return None;
    }
    let sections = Sections::gather(&trees, problems);
    Some(decode::declaration(&sections, sources, problems))
}

/// Reports what keeps a text from being TOML.
pub(crate) fn check_syntax(source: &Source, problems: &mut Problems) {
    let (_, errors) = DeTable::parse_recoverable(source.text());
    syntax::report(0, source, &errors, problems);
}

fn nothing_found(asked: &[PathBuf], problems: &mut Problems) {
    let path = asked.first().cloned().unwrap_or_else(|| PathBuf::from("."));
    problems.file(path, "there is no declaration here").help(
        "write one (for example fleet.toml; `rdpctl schema` and `rdpctl explain` say what goes in), \
         let `rdpctl import` write one from what exists, or give the path of another folder",
    );
}
