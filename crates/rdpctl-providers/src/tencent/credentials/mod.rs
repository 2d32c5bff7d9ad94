//! Whose key signs the calls: where it is found, how long it lasts, and how it is renewed.

mod keychain;
mod metadata;
mod profile;
mod source;
mod sts;

pub use keychain::Keychain;
pub use source::{Credential, CredentialError, Miss, Source, Surroundings};
