//! Why a text is not a grants file.

/// Why a text is not a grants file.
#[derive(Debug, thiserror::Error)]
pub enum GrantsError {
    /// It is not TOML of this form; the message shows the place.
    #[error("{0}")]
    Form(#[from] Box<toml::de::Error>),
    /// A pattern grants more than patterns may.
    #[error("`{pattern}` grants too much: {why}")]
    TooMuch {
        /// The pattern.
        pattern: String,
        /// Why.
        why: &'static str,
    },
    /// A token is none.
    #[error("the token `{name}` cannot be used: {why}")]
    Token {
        /// Its name.
        name: String,
        /// Why.
        why: &'static str,
    },
    /// It cannot be written.
    #[error("grants cannot be written")]
    Write(#[from] toml::ser::Error),
}
