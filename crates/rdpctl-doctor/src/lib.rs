//! Why can't I connect? The founding documents' decision trees as data, walked over what was seen.
//!
//! Trees, suspects, known error messages and all texts are TOML files beside this source, so that neither a translator
//! nor somebody who corrects a tree needs Rust. The crate is pure: a [`Case`] goes in, a [`Diagnosis`] comes out.

mod case;
mod cause;
mod diagnosis;
mod evidence;
mod examine;
mod guess;
mod library;
mod message;
mod question;
mod suspects;
mod texts;
mod tree;
mod unseen;
mod unusual;
mod walk;

pub use case::{Case, Repair};
pub use diagnosis::{
    Answer, Complaint, Conclusion, Diagnosis, FacetLine, Finding, Guess, Health, NodeLine, Quote,
    Reference, Screen, Unseen, Unusual, Walk,
};
pub use library::{DataError, Library};
pub use texts::{Language, Texts};
