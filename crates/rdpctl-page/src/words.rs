//! What people read, by key and language: two files with the same keys and the same places to fill.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rdpctl_model::facet::World;
use rdpctl_model::{FacetId, Said};
pub use rdpctl_words::Language;

const fn file(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../texts/en.toml"),
        Language::Korean => include_str!("../texts/ko.toml"),
    }
}

/// The texts of one language.
#[derive(Debug)]
pub struct Words {
    language: Language,
    by_key: BTreeMap<String, String>,
}

static WORDS: LazyLock<[Words; 2]> = LazyLock::new(|| Language::ALL.map(Words::read));

/// The texts of a language.
#[must_use]
pub fn words(language: Language) -> &'static Words {
    &WORDS[language as usize]
}

impl Words {
    fn read(language: Language) -> Self {
        let mut by_key = BTreeMap::new();
        // A file that is no TOML has no texts, which a test rules out.
        let table: toml::Table = toml::from_str(file(language)).unwrap_or_default();
        for (section, texts) in &table {
            for (key, text) in texts.as_table().into_iter().flatten() {
                if let Some(text) = text.as_str() {
                    by_key.insert(format!("{section}.{key}"), text.to_owned());
                }
            }
        }
        Self { language, by_key }
    }

    /// Whose they are.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// The text under a key; the key itself where there is none, which a test rules out.
    #[must_use]
    pub fn get<'a>(&'a self, key: &'a str) -> &'a str {
        self.by_key.get(key).map_or(key, String::as_str)
    }

    /// The text under a key with its places filled. What is filled in is not looked at again.
    #[must_use]
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut filled = String::new();
        let mut rest = self.get(key);
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, left)) = after.split_once('}') else {
                filled.push('{');
                rest = after;
                continue;
            };
            if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
                filled.push_str(value);
            }
            rest = left;
        }
        filled.push_str(rest);
        filled
    }

    /// What is said, in words.
    #[must_use]
    pub fn say(&self, said: &Said) -> String {
        rdpctl_words::words(self.language).say(said)
    }

    /// A number with what it counts: `1 instance`, `10,000 instances`.
    #[must_use]
    pub fn count(&self, key: &str, number: usize) -> String {
        let form = if number == 1 { "one" } else { "many" };
        self.fill(&format!("{key}-{form}"), &[("n", &grouped(number))])
    }

    /// A facet's name.
    #[must_use]
    pub fn facet(&self, facet: FacetId) -> &str {
        match self.language {
            Language::English => facet.name(),
            Language::Korean => self
                .by_key
                .get(&format!("facet.{}", facet.name()))
                .map_or(facet.name(), String::as_str),
        }
    }

    /// A world's name.
    #[must_use]
    pub fn world(&self, world: World) -> &str {
        match world {
            World::Cloud => self.get("world.cloud"),
            World::Guest => self.get("world.guest"),
            World::Outside => self.get("world.outside"),
        }
    }
}

/// A number as people read it: `10,000`.
#[must_use]
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn places(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0)).collect()
    }

    #[test]
    fn both_languages_say_the_same_with_the_same_values() {
        let [english, korean] = Language::ALL.map(words);
        let keys = |words: &'static Words| words.by_key.keys().collect::<BTreeSet<_>>();
        assert!(!english.by_key.is_empty());
        assert_eq!(keys(english), keys(korean));
        for (key, text) in &english.by_key {
            assert_eq!(places(text), places(korean.get(key)), "{key}");
        }
    }

    #[test]
    fn no_korean_particle_stands_behind_a_value() {
        for (key, text) in &words(Language::Korean).by_key {
            for after in text.split('}').skip(1) {
                let first = after.chars().next().unwrap_or(' ');
                assert!(!"은는이가을를과와".contains(first), "{key}: {text}");
            }
        }
    }

    #[test]
    fn every_key_that_the_pages_ask_for_is_there_and_none_is_idle() {
        let mut sources = String::new();
        let mut folders = vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    sources.push_str(&std::fs::read_to_string(path).unwrap());
                }
            }
        }
        let quoted: BTreeSet<&str> = sources.split('"').collect();
        let idle: Vec<&String> = words(Language::English)
            .by_key
            .keys()
            .filter(|key| {
                let stem = key.trim_end_matches("-one").trim_end_matches("-many");
                !key.starts_with("facet.")
                    && !quoted.contains(stem)
                    && !quoted.contains(key.as_str())
            })
            .collect();
        assert_eq!(idle, Vec::<&String>::new());
        let sections: BTreeSet<&str> = words(Language::English)
            .by_key
            .keys()
            .filter_map(|key| Some(key.split_once('.')?.0))
            .collect();
        let missing: Vec<&&str> = quoted
            .iter()
            .filter(|text| {
                text.split_once('.').is_some_and(|(section, key)| {
                    sections.contains(section)
                        && !key.is_empty()
                        && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
                })
            })
            .filter(|key| {
                let all = &words(Language::English).by_key;
                !all.contains_key(**key) && !all.contains_key(&format!("{key}-many"))
            })
            .collect();
        assert_eq!(missing, Vec::<&&str>::new());
    }

    #[test]
    fn the_first_language_of_a_header_that_we_have_is_taken() {
        assert_eq!(Language::accepted("fr-FR,ko;q=0.8,en;q=0.5"), Some(Language::Korean));
        assert_eq!(Language::accepted("*"), None);
    }
}
