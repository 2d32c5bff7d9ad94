//! A short digest by which things are told apart that nobody forges: files in addresses, groups in links.

/// FNV-1a, 64 bits.
#[must_use]
pub(crate) const fn digest(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut at = 0;
    while at < bytes.len() {
        hash ^= bytes[at] as u64;
        hash = hash.wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}
