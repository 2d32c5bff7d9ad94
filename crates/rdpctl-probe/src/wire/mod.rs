//! The protocols of a probe as functions over bytes: nothing here opens a socket or knows the time.

pub mod credssp;
pub mod flight;
pub mod hello;
pub mod ntlm;
pub mod x224;

mod tls_version;

pub use tls_version::{code_of, version_of};
