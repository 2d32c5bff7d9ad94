//! Readers of what the native tools print, by structure alone.

pub mod acl;
pub mod events;
pub(crate) mod policy_file;
pub mod registry;
pub mod service;
pub mod sockets;

/// The lines of a reply. Of thousands of guests they are most of what is looked through, so that no byte is looked at alone.
pub(crate) fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = memchr::memchr_iter(b'\n', bytes).chain(std::iter::once(bytes.len()));
    ends.scan(0, |from, end| {
        let line = bytes.get(*from..end);
        *from = end + 1;
        line
    })
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}
