//! Keys and texts are held together: what any crate says has a text in every language with the same places, and no text
//! stands that nobody says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rdpctl_words::{Language, words};

type Keys = BTreeMap<String, BTreeSet<String>>;

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|ends| ends == "rs") {
            into.push(path);
        }
    }
}

/// What the declarations in a file say: `says! { "section": name(arg); }`, from a line's beginning to a brace alone.
fn declared(text: &str, keys: &mut Keys) {
    let mut section: Option<&str> = None;
    for line in text.lines() {
        if let Some((_, opened)) = line.split_once("says! {")
            && (line.starts_with("rdpctl_model::says!") || line.starts_with("crate::said::says!"))
        {
            section = opened.split('"').nth(1);
        } else if line == "}" {
            section = None;
        } else if let Some(section) = section {
            let (name, args) = line.trim().split_once('(').unwrap_or_else(|| panic!("{line}"));
            let args = args.strip_suffix(");").unwrap_or_else(|| panic!("{line}"));
            let args = args.split(',').map(|arg| arg.trim().to_owned());
            let args: BTreeSet<String> = args.filter(|arg| !arg.is_empty()).collect();
            let key = format!("{section}.{}", name.replace('_', "-"));
            assert!(keys.insert(key.clone(), args).is_none(), "{key} is declared twice");
        }
    }
}

#[test]
fn what_any_crate_says_has_words_in_every_language_and_no_words_are_idle() {
    let mut files = Vec::new();
    for crates in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap() {
        sources(&crates.unwrap().path().join("src"), &mut files);
    }
    let mut said = Keys::new();
    for file in files {
        declared(&std::fs::read_to_string(file).unwrap(), &mut said);
    }
    assert!(said.len() > 300, "the declarations were not found: {}", said.len());
    for language in Language::ALL {
        let worded: Keys = words(language)
            .keys()
            .map(|(key, places)| (key.to_owned(), places.into_iter().map(str::to_owned).collect()))
            .collect();
        let wordless: Vec<_> = said.iter().filter(|(key, _)| !worded.contains_key(*key)).collect();
        assert!(wordless.is_empty(), "{}: said without words: {wordless:?}", language.code());
        let idle: Vec<_> = worded.keys().filter(|key| !said.contains_key(*key)).collect();
        assert!(idle.is_empty(), "{}: nobody says {idle:?}", language.code());
        assert_eq!(worded, said, "{}: places", language.code());
    }
}

/// What a text says itself, without its places and what is typed as it stands.
fn own_words(text: &str) -> String {
    let mut own = String::new();
    let (mut inside, mut typed) = (false, false);
    for letter in text.chars() {
        match letter {
            '{' => inside = true,
            '}' => inside = false,
            '`' => typed = !typed,
            _ if inside || typed => {}
            letter => own.push(letter),
        }
    }
    own
}

#[test]
fn no_korean_text_is_an_english_sentence() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("texts/ko");
    let mut left = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let table: toml::Table = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for (key, value) in table {
            let texts: Vec<&str> = match value.as_table() {
                Some(forms) => {
                    ["one", "other"].iter().filter_map(|form| forms[*form].as_str()).collect()
                }
                None => value.as_str().into_iter().collect(),
            };
            for text in texts {
                let own = own_words(text);
                let hangul = own.chars().any(|letter| ('가'..='힣').contains(&letter));
                let english = own
                    .split_whitespace()
                    .filter(|word| word.len() > 1 && word.bytes().all(|b| b.is_ascii_lowercase()))
                    .count();
                if !hangul && english > 1 {
                    left.push(format!("{}: {key}: {text}", path.display()));
                }
            }
        }
    }
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn no_text_shows_a_backslash_twice() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for language in ["en", "ko"] {
        for file in std::fs::read_dir(root.join("texts").join(language)).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let table: toml::Table = toml::from_str(&text).unwrap();
            let doubled =
                table.iter().find(|(_, it)| it.as_str().is_some_and(|it| it.contains(r"\\")));
            assert_eq!(doubled, None, "{}", path.display());
        }
    }
}
