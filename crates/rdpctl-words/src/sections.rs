//! The files of texts: one a facet and language, and those of what several say. A file that is missing does not compile.

use crate::language::Language;

/// A section and its file in each language, in the order of [`Language::ALL`].
pub(crate) struct Section {
    pub(crate) name: &'static str,
    files: [&'static str; 2],
}

impl Section {
    pub(crate) const fn file(&self, language: Language) -> &'static str {
        match language {
            Language::English => self.files[0],
            Language::Korean => self.files[1],
        }
    }
}

macro_rules! section {
    ($name:literal) => {
        Section {
            name: $name,
            files: [
                include_str!(concat!("../texts/en/", $name, ".toml")),
                include_str!(concat!("../texts/ko/", $name, ".toml")),
            ],
        }
    };
}

macro_rules! facets {
    ($($(#[$doc:meta])* $module:ident $facet:ident $name:literal $number:literal $world:ident $stage:ident;)*) => {
        /// One a facet.
        pub(crate) const FACETS: &[Section] = &[$(section!($name),)*];
    };
}
rdpctl_model::facets!(facets);

/// What several say.
pub(crate) const SHARED: &[Section] = &[
    section!("common"),
    section!("step"),
    section!("engine"),
    section!("plan"),
    section!("cloud"),
    section!("gap"),
    section!("guest"),
    section!("guest-advice"),
    section!("channel"),
    section!("cloud-error"),
    section!("run"),
    section!("done"),
    section!("azure-advice"),
    section!("tencent-advice"),
    section!("evidence"),
    section!("grant"),
    section!("credentials"),
    section!("secret"),
    section!("call"),
    section!("serial"),
    section!("console"),
    section!("disk"),
    section!("disk-refusal"),
    section!("outside"),
    section!("title"),
    section!("banner"),
    section!("repair"),
    section!("log-on"),
    section!("moved"),
    section!("why"),
    section!("verdict"),
    section!("order"),
    section!("store"),
];

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Section> {
    FACETS.iter().chain(SHARED)
}
