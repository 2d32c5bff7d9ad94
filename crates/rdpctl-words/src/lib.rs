//! Every sentence people read, as keys with arguments, per language: the texts are data, and words come at the edge.
//!
//! Pure: from a key to a text. What is said is decided elsewhere (`rdpctl_model::says!`), and is escaped where it leaves.

pub mod json;
mod language;
mod sections;
mod text;
pub mod title;
mod words;

pub use language::Language;
pub use words::{Words, english, words};
