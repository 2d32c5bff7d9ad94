//! The display languages, each with its OEM code page.

use serde::Deserialize;

/// A display language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Language {
    /// English, code page 437.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Korean, code page 949.
    #[serde(rename = "ko")]
    Korean,
    /// Simplified Chinese, code page 936.
    #[serde(rename = "zh")]
    Chinese,
    /// German, code page 850.
    #[serde(rename = "de")]
    German,
    /// Japanese, code page 932.
    #[serde(rename = "ja")]
    Japanese,
    /// Russian, code page 866.
    #[serde(rename = "ru")]
    Russian,
    /// French, code page 850.
    #[serde(rename = "fr")]
    French,
    /// Spanish, code page 850.
    #[serde(rename = "es")]
    Spanish,
}

impl Language {
    /// The OEM code page, in which console tools write.
    #[must_use]
    pub fn oem_code_page(self) -> u32 {
        match self {
            Self::English => 437,
            Self::Korean => 949,
            Self::Chinese => 936,
            Self::German | Self::French | Self::Spanish => 850,
            Self::Japanese => 932,
            Self::Russian => 866,
        }
    }
}
