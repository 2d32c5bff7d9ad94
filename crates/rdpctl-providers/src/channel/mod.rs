//! The ways into guests.

pub mod dialect;
pub mod winrm;
