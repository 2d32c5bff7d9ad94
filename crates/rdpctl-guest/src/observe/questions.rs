//! What is asked of a registry, for a guest that cannot run commands: its disk answers the same questions.

use super::lists::{
    BCD_TREES, Extent, LOADER_ELEMENTS, SINGLES, SOFTWARE_KEYS, SOFTWARE_TREES, STARTS,
    SYSTEM_KEYS, SYSTEM_TREES, Tree,
};

/// One question about one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The key, `hklm\…` in lower case.
    pub path: String,
    /// How much of it.
    pub asked: Asked,
}

/// How much of a key is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The key with its values.
    Key,
    /// One value.
    Value(&'static str),
    /// All below it; these keys' absence is a fact as well.
    Tree(&'static [&'static str]),
}

fn question(path: String, asked: Asked) -> Question {
    Question { path: path.to_ascii_lowercase(), asked }
}

/// The questions that every observation asks. A fuller one stands before the smaller ones about the same key.
#[must_use]
pub fn all() -> Vec<Question> {
    const SYSTEM: &str = r"hklm\system\currentcontrolset";
    const SOFTWARE: &str = r"hklm\software";
    let mut all = Vec::new();
    for (root, keys) in [(SYSTEM, SYSTEM_KEYS), (SOFTWARE, SOFTWARE_KEYS)] {
        all.extend(keys.iter().map(|key| question(format!(r"{root}\{key}"), Asked::Key)));
    }
    let tree = |root: &str, tree: &Tree| {
        question(format!(r"{root}\{}", tree.path), Asked::Tree(tree.below))
    };
    all.extend(SYSTEM_TREES.iter().map(|one| tree(SYSTEM, one)));
    all.extend(SOFTWARE_TREES.iter().map(|one| tree(SOFTWARE, one)));
    all.extend(BCD_TREES.iter().map(|(_, one)| tree("hklm", one)));
    all.extend(SINGLES.iter().map(|single| {
        let asked = match single.extent {
            Extent::Key => Asked::Key,
            Extent::Value(name) => Asked::Value(name),
        };
        question(format!(r"hklm\{}", single.path), asked)
    }));
    let starts = STARTS
        .iter()
        .map(|name| question(format!(r"{SYSTEM}\services\{name}"), Asked::Value("Start")));
    all.extend(starts);
    all
}

/// The question about a declared certificate, by its thumbprint.
#[must_use]
pub fn of_pin(thumbprint: &str) -> Question {
    let path = format!(r"hklm\software\microsoft\systemcertificates\my\certificates\{thumbprint}");
    question(path, Asked::Value("Blob"))
}

/// The questions about the default loader, by its object's name.
#[must_use]
pub fn of_loader(loader: &str) -> Vec<Question> {
    let path = |element: &&str| format!(r"hklm\bcd00000000\objects\{loader}\elements\{element}");
    LOADER_ELEMENTS.iter().map(|element| question(path(element), Asked::Key)).collect()
}
