//! From what is said to what is read.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rdpctl_model::Said;
use rdpctl_model::said::Arg;

use crate::language::Language;
use crate::sections;
use crate::text::{Piece, Text};

/// The texts of one language, by key.
#[derive(Debug)]
pub struct Words {
    language: Language,
    by_key: BTreeMap<String, Text>,
}

static WORDS: LazyLock<[Words; 2]> = LazyLock::new(|| Language::ALL.map(Words::read));

/// The words of a language.
#[must_use]
pub fn words(language: Language) -> &'static Words {
    &WORDS[language as usize]
}

/// What is said, in English.
#[must_use]
pub fn english(said: &Said) -> String {
    words(Language::English).say(said)
}

impl Words {
    fn read(language: Language) -> Self {
        let mut by_key = BTreeMap::new();
        for section in sections::all() {
            // A file that is no TOML has no texts, which a test rules out.
            let table: toml::Table = toml::from_str(section.file(language)).unwrap_or_default();
            for (name, value) in &table {
                if let Some(text) = Text::read(value) {
                    by_key.insert(format!("{}.{name}", section.name), text);
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

    /// What is said, in words. A key without a text (of a file that another version wrote) is shown with its arguments.
    #[must_use]
    pub fn say(&self, said: &Said) -> String {
        if let Some(quote) = said.quote() {
            return quote.to_owned();
        }
        let pieces = match self.by_key.get(said.key().as_str()) {
            None => return self.unworded(said),
            Some(Text::Plain(pieces)) => pieces,
            Some(Text::Counted { by, one, other }) => match said.arg(by) {
                Some(Arg::Number(1)) => one,
                Some(_) | None => other,
            },
        };
        let mut worded = String::new();
        for piece in pieces {
            match piece {
                Piece::Literal(text) => worded.push_str(text),
                Piece::Place(name) => {
                    worded.push_str(&said.arg(name).map_or_else(String::new, |arg| self.arg(arg)));
                }
            }
        }
        worded
    }

    /// What fills a place, in words.
    #[must_use]
    pub fn arg(&self, arg: &Arg) -> String {
        match arg {
            Arg::Number(number) => number.to_string(),
            Arg::Text(text) => text.clone(),
            Arg::List(list) => list.iter().map(|arg| self.arg(arg)).collect::<Vec<_>>().join(", "),
            Arg::Span { least, most } => match self.language {
                Language::English => format!("{least} to {most}"),
                Language::Korean => format!("{least}~{most}"),
            },
            Arg::Said(said) => self.say(said),
        }
    }

    fn unworded(&self, said: &Said) -> String {
        let args: Vec<String> =
            said.args().map(|(name, arg)| format!("{name}: {}", self.arg(arg))).collect();
        match args.as_slice() {
            [] => said.key().as_str().to_owned(),
            args => format!("{} ({})", said.key().as_str(), args.join(", ")),
        }
    }

    /// All keys, with the places of their texts.
    pub fn keys(&self) -> impl Iterator<Item = (&str, Vec<&str>)> {
        self.by_key.iter().map(|(key, text)| (key.as_str(), text.places().into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(language: Language) -> Vec<(String, Vec<String>)> {
        words(language)
            .keys()
            .map(|(key, places)| (key.to_owned(), places.into_iter().map(str::to_owned).collect()))
            .collect()
    }

    #[test]
    fn every_language_has_the_same_texts_with_the_same_places() {
        for language in Language::ALL {
            assert_eq!(texts(language), texts(Language::English), "{}", language.code());
        }
    }

    #[test]
    fn every_line_of_every_file_is_a_text() {
        for section in sections::all() {
            for language in Language::ALL {
                let place = format!("{}/{}", language.code(), section.name);
                let table: toml::Table = toml::from_str(section.file(language))
                    .unwrap_or_else(|error| panic!("{place}: {error}"));
                for (name, value) in &table {
                    assert!(Text::read(value).is_some(), "{place}: {name}");
                }
            }
        }
    }

    #[test]
    fn no_korean_particle_stands_behind_a_value() {
        for section in sections::all() {
            for line in section.file(Language::Korean).lines() {
                for after in line.split('}').skip(1) {
                    let first = after.chars().next().unwrap_or(' ');
                    assert!(!"은는이가을를과와".contains(first), "{}: {line}", section.name);
                }
            }
        }
    }

    #[test]
    fn what_a_newer_version_said_is_shown_by_its_key() {
        let newer: Said =
            serde_json::from_str(r#"{"key":"moon.phase","args":{"phase":"full","days":3}}"#)
                .unwrap();
        assert_eq!(english(&newer), "moon.phase (days: 3, phase: full)");
    }

    #[test]
    fn what_came_from_outside_is_never_a_text_with_places() {
        assert_eq!(english(&Said::quoted("{seen}")), "{seen}");
    }
}
