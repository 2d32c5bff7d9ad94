//! The ways into guests.

pub mod dialect;
pub mod serial;
pub mod winrm;
