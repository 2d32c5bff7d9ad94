//! What people read, by key and language. The files are flat enough for a translator, and checked against each other.

use std::collections::BTreeMap;

pub use rdpctl_words::Language;

pub(crate) const fn file(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../texts/en.toml"),
        Language::Korean => include_str!("../texts/ko.toml"),
    }
}

/// The texts of one language.
#[derive(Clone, Debug)]
pub struct Texts {
    language: Language,
    by_key: BTreeMap<String, String>,
}

impl Texts {
    pub(crate) fn parse(language: Language) -> Result<Self, toml::de::Error> {
        let table: toml::Table = toml::from_str(file(language))?;
        let mut by_key = BTreeMap::new();
        flatten(String::new(), &toml::Value::Table(table), &mut by_key);
        Ok(Self { language, by_key })
    }

    /// Whose texts they are.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// The text under a key; a question mark where there is none, which a test rules out.
    #[must_use]
    pub fn get(&self, key: &str) -> &str {
        self.by_key.get(key).map_or("?", String::as_str)
    }

    /// The text under a key, if there is one.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&str> {
        self.by_key.get(key).map(String::as_str)
    }

    /// The text under a key with its placeholders filled. What is filled in is not looked at again.
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
            match values.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => filled.push_str(value),
                None => filled.push_str(&format!("{{{name}}}")),
            }
            rest = left;
        }
        filled.push_str(rest);
        filled
    }

    /// All keys with their texts.
    #[cfg(test)]
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_key.iter().map(|(key, text)| (key.as_str(), text.as_str()))
    }
}

fn flatten(key: String, value: &toml::Value, into: &mut BTreeMap<String, String>) {
    match value {
        toml::Value::Table(table) => {
            for (name, value) in table {
                let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                flatten(key, value, into);
            }
        }
        toml::Value::String(text) => {
            into.insert(key, text.clone());
        }
        // Nothing else is a text; a test sees to it that the files hold nothing else.
        toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Datetime(_)
        | toml::Value::Array(_) => {}
    }
}
