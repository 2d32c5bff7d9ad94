//! What a transport is asked to run: command lines or a command file, rendered and complete.

use sha2::{Digest as _, Sha256};

use crate::read::hexadecimal;

/// The beginning of a text's digest, by which one that is always the same is named.
#[must_use]
pub fn digest(text: &str) -> String {
    hexadecimal(&Sha256::digest(text))[..12].to_owned()
}

/// Commands in the one form that a transport wants.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Script {
    /// Command lines, `%SystemRoot%\System32\cmd.exe /v:on /d /q /s /c "…"`, of at most [`LINE_LIMIT`] characters each,
    /// for whoever puts the variable's value in. One shell runs them in order, whatever their exit codes are; their
    /// outputs follow one another.
    Lines(Vec<String>),
    /// One command file, plain ASCII with CRLF, to be stored under a name that ends in `.cmd` or `.bat` and run.
    File(String),
    /// The same, of a text that is always the same, so that a vendor can hold it ready and whoever may run it can run
    /// nothing else. It is never sent.
    Registered(String),
}

/// The longest line that `cmd` takes.
pub const LINE_LIMIT: usize = 8_191;

/// How a transport wants its scripts, and what it does to replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// [`Script::Lines`]; replies come back whole.
    Lines,
    /// [`Script::File`]; replies come back whole.
    File,
    /// [`Script::File`]; replies are cut at so many bytes, so that they are packed and fetched in slices.
    Packed {
        /// How many bytes of a reply survive.
        reply: usize,
    },
}
