//! The sum by which Windows tells whole log entries from torn ones.

/// The one seed of all hives' logs.
const SEED: (u32, u32) = (0x7a4e_55c5, 0x82ef_4d88);

/// Marvin32 in 64 bits.
pub(super) fn sum(bytes: &[u8]) -> u64 {
    let (mut low, mut high) = SEED;
    let (words, rest) = bytes.as_chunks::<4>();
    for word in words {
        low = low.wrapping_add(u32::from_le_bytes(*word));
        mix(&mut low, &mut high);
    }
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 0x80;
    low = low.wrapping_add(u32::from_le_bytes(last));
    mix(&mut low, &mut high);
    mix(&mut low, &mut high);
    (u64::from(high) << 32) | u64::from(low)
}

fn mix(low: &mut u32, high: &mut u32) {
    *high ^= *low;
    *low = low.rotate_left(20).wrapping_add(*high);
    *high = high.rotate_left(9) ^ *low;
    *low = low.rotate_left(27).wrapping_add(*high);
    *high = high.rotate_left(19);
}
