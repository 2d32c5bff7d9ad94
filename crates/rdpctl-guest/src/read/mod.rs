//! Readers of what the native tools print, by structure alone.

pub mod acl;
pub mod events;
pub mod registry;
pub mod service;
pub mod sockets;
