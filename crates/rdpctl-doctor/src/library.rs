//! All data of the doctor, read once and checked.

use rdpctl_model::guest::GuestSurvey;

use crate::diagnosis::Unusual;
use crate::message::Messages;
use crate::suspects::Suspects;
use crate::texts::{Language, Texts};
use crate::tree::Tree;
use crate::unusual::Usual;

/// The trees with their texts in one language.
#[derive(Clone, Debug)]
pub struct Library {
    /// In the order in which they are walked.
    pub(crate) trees: Vec<Tree>,
    pub(crate) suspects: Suspects,
    pub(crate) messages: Messages,
    pub(crate) usual: Usual,
    pub(crate) texts: Texts,
}

/// A data file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the doctor's file {file} cannot be read")]
pub struct DataError {
    /// Which.
    pub file: &'static str,
    source: toml::de::Error,
}

impl Library {
    /// The library in a language.
    pub fn read(language: Language) -> Result<Self, DataError> {
        let bad = |file| move |source| DataError { file, source };
        let trees = [
            ("tencent-cvm-rdp.toml", include_str!("../trees/tencent-cvm-rdp.toml")),
            (
                "azure-rdp-internal-error.toml",
                include_str!("../trees/azure-rdp-internal-error.toml"),
            ),
            ("after-the-handshake.toml", include_str!("../trees/after-the-handshake.toml")),
        ]
        .into_iter()
        .map(|(file, text)| toml::from_str(text).map_err(bad(file)))
        .collect::<Result<Vec<Tree>, _>>()?;
        Ok(Self {
            trees,
            suspects: toml::from_str(include_str!("../trees/suspects.toml"))
                .map_err(bad("suspects.toml"))?,
            messages: Messages::read().map_err(|(file, source)| DataError { file, source })?,
            usual: Usual::read().map_err(bad("unusual/values.toml"))?,
            texts: Texts::parse(language).map_err(bad("the texts"))?,
        })
    }

    /// What is unusual in a guest, whatever facets make of it.
    #[must_use]
    pub fn unusual(&self, guest: &GuestSurvey) -> Vec<Unusual> {
        self.usual.unusual(guest, &[], &self.texts)
    }

    /// The texts.
    #[must_use]
    pub const fn texts(&self) -> &Texts {
        &self.texts
    }
}

#[cfg(test)]
mod tests;
