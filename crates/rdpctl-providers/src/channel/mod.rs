//! The ways into guests.

pub mod dialect;
