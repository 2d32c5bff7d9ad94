//! Readers of what the native tools print, by structure alone.

pub mod acl;
pub mod events;
pub(crate) mod policy_file;
pub mod registry;
pub mod service;
pub mod sockets;

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}
