//! The ways into guests.

pub mod dialect;
pub(crate) mod each;
pub mod reported;
pub mod serial;
pub(crate) mod why;
pub mod winrm;
