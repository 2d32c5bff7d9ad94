//! The files of messages: what they mean, and what clients show.

use std::collections::BTreeMap;

use rdpctl_model::{FacetId, Stage};
use serde::Deserialize;

use super::alike::normal;

/// All that is known of messages.
#[derive(Clone, Debug)]
pub(crate) struct Messages {
    pub(crate) meanings: Vec<Meaning>,
    /// Words beside which a number is a code, in the languages of the clients.
    pub(super) code_words: Vec<String>,
    pub(crate) clients: Vec<Client>,
}

/// What a message means.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Meaning {
    /// Its name, under which its words are found.
    pub(crate) id: String,
    /// The stage at which it arises.
    pub(crate) stage: Stage,
    /// The node at which the walk begins.
    #[serde(default)]
    pub(crate) entry: Option<String>,
    /// What it usually comes from, most likely first.
    pub(crate) suspects: Vec<FacetId>,
    /// Whether it gives way to any other meaning that fits as well.
    #[serde(default)]
    pub(crate) vague: bool,
}

/// The file of meanings.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Meanings {
    code_words: Vec<String>,
    meaning: Vec<Meaning>,
}

/// What one kind of client shows.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Client {
    #[serde(default)]
    pub(crate) text: Vec<Said>,
    #[serde(default)]
    pub(crate) code: Vec<Code>,
    #[serde(default)]
    pub(crate) extended: Vec<Code>,
    #[serde(default)]
    pub(crate) name: Vec<Name>,
    /// Where rows were found, by the short names that they give.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "what the data says of itself, held by tests")
    )]
    pub(crate) sources: BTreeMap<String, String>,
}

/// A text, or a telling part of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Said {
    pub(crate) means: String,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "what the data says of itself, held by tests")
    )]
    pub(crate) lang: String,
    pub(crate) says: String,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "what the data says of itself, held by tests")
    )]
    pub(crate) source: String,
    /// What is compared of it.
    #[serde(skip)]
    pub(super) plain: String,
}

/// A number, or a range of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Code {
    pub(crate) means: String,
    pub(crate) is: u32,
    #[serde(default)]
    pub(crate) up_to: Option<u32>,
    /// The number beside it that must explain it so.
    #[serde(default)]
    pub(crate) extended: Option<u32>,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "what the data says of itself, held by tests")
    )]
    pub(crate) source: String,
}

/// The name of an error.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Name {
    pub(crate) means: String,
    pub(crate) is: String,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "what the data says of itself, held by tests")
    )]
    pub(crate) source: String,
}

impl Client {
    fn prepared(mut self) -> Self {
        for said in &mut self.text {
            said.plain = normal(&said.says);
        }
        self
    }
}

impl Code {
    /// Whether it is this number.
    pub(super) fn holds(&self, code: u32) -> bool {
        (self.is..=self.up_to.unwrap_or(self.is)).contains(&code)
    }
}

/// The files of clients, by name.
const CLIENTS: [(&str, &str); 5] = [
    ("mstsc.toml", include_str!("../../messages/mstsc.toml")),
    ("codes.toml", include_str!("../../messages/codes.toml")),
    ("freerdp.toml", include_str!("../../messages/freerdp.toml")),
    ("remmina.toml", include_str!("../../messages/remmina.toml")),
    ("web.toml", include_str!("../../messages/web.toml")),
];

impl Messages {
    /// Reads the files; the name of the one that cannot be read stands in the error.
    pub(crate) fn read() -> Result<Self, (&'static str, toml::de::Error)> {
        let meanings: Meanings = toml::from_str(include_str!("../../messages/meanings.toml"))
            .map_err(|error| ("meanings.toml", error))?;
        let clients = CLIENTS
            .into_iter()
            .map(|(file, text)| toml::from_str(text).map_err(|error| (file, error)))
            .collect::<Result<Vec<Client>, _>>()?;
        let clients = clients.into_iter().map(Client::prepared).collect();
        Ok(Self { meanings: meanings.meaning, code_words: meanings.code_words, clients })
    }

    /// The meaning of that name.
    pub(crate) fn meaning(&self, id: &str) -> Option<&Meaning> {
        self.meanings.iter().find(|meaning| meaning.id == id)
    }

    /// All texts.
    pub(super) fn said(&self) -> impl Iterator<Item = &Said> {
        self.clients.iter().flat_map(|client| &client.text)
    }

    /// All numbers.
    pub(super) fn codes(&self) -> impl Iterator<Item = &Code> {
        self.clients.iter().flat_map(|client| &client.code)
    }

    /// All numbers that explain another.
    pub(super) fn extended(&self) -> impl Iterator<Item = &Code> {
        self.clients.iter().flat_map(|client| &client.extended)
    }

    /// All names of errors.
    pub(super) fn names(&self) -> impl Iterator<Item = &Name> {
        self.clients.iter().flat_map(|client| &client.name)
    }
}
