//! No circle of files: whoever reads one file must not need the other to understand it, and back.
//!
//! A file leans on another where it names something that is defined there, wherever it was re-exported. A child may
//! use its parents' types, constants and macros, for that is what a `mod.rs` is for; not their functions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::tool::root;

/// A module as the segments of its path inside its crate.
type Module = Vec<String>;

/// A crate's modules with the text of their files, tests and comments left out.
struct Sources {
    texts: BTreeMap<Module, String>,
    files: BTreeMap<Module, String>,
}

impl Sources {
    fn read(crate_folder: &Path) -> Self {
        let mut sources = Self { texts: BTreeMap::new(), files: BTreeMap::new() };
        sources.walk(&crate_folder.join("src"), &mut Vec::new());
        sources
    }

    fn walk(&mut self, folder: &Path, at: &mut Module) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                at.push(stem);
                self.walk(&path, at);
                at.pop();
            } else if path.extension().is_some_and(|extension| extension == "rs") && stem != "tests"
            {
                let mut module = at.clone();
                if !["lib", "main", "mod"].contains(&stem.as_str()) {
                    module.push(stem);
                }
                let text = std::fs::read_to_string(&path).unwrap();
                let shown = path.strip_prefix(root()).unwrap().display().to_string();
                self.texts.insert(module.clone(), without_tests(&text));
                self.files.insert(module, shown);
            }
        }
    }

    /// Where the item at a path is defined, with its name: the longest part that is a module, then re-exports.
    fn definition(&self, path: &[String], patience: u8) -> Option<(Module, String)> {
        let known = (0..=path.len()).rev().find(|end| self.texts.contains_key(&path[..*end]))?;
        let module = path[..known].to_vec();
        let name = path.get(known).cloned().unwrap_or_default();
        let exported = patience > 0 && !name.is_empty();
        let further = exported.then(|| self.exports(&module)).and_then(|exports| {
            exports.into_iter().find(|(exported, _)| *exported == name).map(|(_, path)| path)
        });
        match further {
            Some(further) => self.definition(&further, patience - 1),
            None => Some((module, name)),
        }
    }

    /// What a module re-exports from elsewhere in its crate, by the name under which it does.
    fn exports(&self, module: &Module) -> Vec<(String, Module)> {
        let text = &self.texts[module];
        let named = uses(text)
            .into_iter()
            .filter(|(public, _)| *public)
            .flat_map(|(_, tree)| leaves(tree))
            .filter_map(|path| Some((path.last()?.clone(), self.absolute(module, &path)?)));
        // What is re-exported from the very place would be looked for again and again.
        named.filter(|(_, path)| path.len() > 1 || path.first() != module.first()).collect()
    }

    /// A path as it stands in a module, counted from the crate; `None` when it leads into another crate.
    fn absolute(&self, module: &Module, path: &[String]) -> Option<Module> {
        let mut at = module.clone();
        let mut rest = path;
        let (first, further) = rest.split_first()?;
        match first.as_str() {
            "crate" => {
                at.clear();
                rest = further;
            }
            "self" => rest = further,
            "super" => {
                while let Some(("super", further)) =
                    rest.split_first().map(|(first, further)| (first.as_str(), further))
                {
                    at.pop();
                    rest = further;
                }
                // In a module inside the file, `super` is the file itself.
                let inside: Module = module.iter().chain(rest.first()).cloned().collect();
                if self.texts.contains_key(&inside) {
                    at.clone_from(module);
                }
            }
            child => {
                at.push(child.to_owned());
                if !self.texts.contains_key(&at) {
                    return None;
                }
                rest = further;
            }
        }
        at.extend_from_slice(rest);
        Some(at)
    }

    /// On which modules one leans, with one thing that it takes from each.
    fn leans_on(&self, module: &Module) -> BTreeMap<Module, String> {
        let text = &self.texts[module];
        let used = uses(text).into_iter().flat_map(|(_, tree)| leaves(tree));
        let mut on = BTreeMap::new();
        for path in used.chain(paths(text)) {
            let Some(path) = self.absolute(module, &path) else { continue };
            let Some((from, name)) = self.definition(&path, 5) else { continue };
            let of_a_parent = module.starts_with(&from);
            let is_a_function = name.starts_with(|letter: char| letter.is_ascii_lowercase());
            if from != *module && (!of_a_parent || is_a_function) {
                on.insert(from, name);
            }
        }
        on
    }
}

/// A source up to its tests, without comments.
fn without_tests(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..end]
        .lines()
        .map(|line| line.split_once("//").map_or(line, |(code, _)| code))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The trees of all `use` items, with whether they are public.
fn uses(text: &str) -> Vec<(bool, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("use ") {
        let line = rest[..at].rsplit('\n').next().unwrap_or_default().trim();
        rest = &rest[at + 4..];
        let is_item = line.is_empty() || (line.starts_with("pub") && !line.contains(' '));
        if let Some(end) = rest.find(';').filter(|_| is_item) {
            found.push((line.starts_with("pub"), &rest[..end]));
        }
    }
    found
}

/// The paths of a `use` tree.
fn leaves(tree: &str) -> Vec<Module> {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        return vec![path.split("::").map(|segment| segment.trim().to_owned()).collect()];
    };
    let stem: Module = tree[..open].split("::").map(|it| it.trim().to_owned()).collect();
    let stem = &stem[..stem.len() - 1];
    let inner = &tree[open + 1..tree.rfind('}').unwrap_or(tree.len())];
    let mut depth = 0;
    let branches = inner.split(|letter: char| {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        letter == ',' && depth == 0
    });
    branches
        .filter(|branch| !branch.trim().is_empty())
        .flat_map(leaves)
        .map(|leaf| {
            let leaf = if leaf == ["self"] { Vec::new() } else { leaf };
            stem.iter().cloned().chain(leaf).collect()
        })
        .collect()
}

/// Every path of two or more segments that stands in the text, wherever.
fn paths(text: &str) -> Vec<Module> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    text.split(|letter: char| !is_word(letter))
        .filter(|word| word.contains("::") && !word.ends_with("::"))
        .map(|word| word.split("::").map(str::to_owned).collect())
        .collect()
}

/// Files that can be reached from each other, as far as there are any.
fn circles(sources: &Sources) -> Vec<Vec<String>> {
    let on: BTreeMap<&Module, BTreeMap<Module, String>> =
        sources.texts.keys().map(|module| (module, sources.leans_on(module))).collect();
    let reached = |from: &Module| {
        let (mut seen, mut todo) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(module) = todo.pop() {
            for next in on[&module].keys() {
                if seen.insert(next.clone()) {
                    todo.push(next.clone());
                }
            }
        }
        seen
    };
    let reach: BTreeMap<&Module, BTreeSet<Module>> =
        sources.texts.keys().map(|module| (module, reached(module))).collect();
    let mut circles = BTreeSet::new();
    for (module, seen) in &reach {
        let circle: BTreeSet<&Module> =
            seen.iter().filter(|other| reach[other].contains(*module)).chain([*module]).collect();
        if circle.len() > 1 {
            let mut lines: Vec<String> = Vec::new();
            for module in &circle {
                for (from, name) in on[module].iter().filter(|(from, _)| circle.contains(from)) {
                    let (file, from) = (&sources.files[*module], &sources.files[from]);
                    lines.push(format!("{file} takes `{name}` from {from}"));
                }
            }
            circles.insert(lines);
        }
    }
    circles.into_iter().collect()
}

#[test]
fn no_two_files_need_each_other() {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        for circle in circles(&Sources::read(&folder)) {
            found.push(format!("{name}\n{}", circle.join("\n")));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n\n"));
}
