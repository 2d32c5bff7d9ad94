//! Logs of hives, of both kinds: the state that a power cut leaves.

/// Puts the sum behind a base block's fields.
pub(super) fn seal(base: &mut [u8]) {
    let sum = base[..508]
        .chunks(4)
        .fold(0, |sum, word| sum ^ u32::from_le_bytes(word.try_into().expect("four bytes")));
    let sum = match sum {
        0 => 1,
        u32::MAX => 0xffff_fffe,
        sum => sum,
    };
    base[508..512].copy_from_slice(&sum.to_le_bytes());
}

/// A hive with other sequence numbers: unequal ones are a write that did not end.
#[must_use]
pub fn with_numbers(mut hive: Vec<u8>, primary: u32, secondary: u32) -> Vec<u8> {
    hive[4..8].copy_from_slice(&primary.to_le_bytes());
    hive[8..12].copy_from_slice(&secondary.to_le_bytes());
    seal(&mut hive);
    hive
}

/// A hive's first sector as a log of a kind repeats it, under a number.
#[must_use]
pub fn base_of(hive: &[u8], kind: u32, number: u32) -> Vec<u8> {
    let mut base = hive[..512].to_vec();
    base[28..32].copy_from_slice(&kind.to_le_bytes());
    with_numbers(base, number, number)
}

fn word(number: usize) -> u32 {
    u32::try_from(number).expect("no log of these is as long")
}

fn bins(hive: &[u8]) -> &[u8] {
    let length = u32::from_le_bytes(hive[40..44].try_into().expect("four bytes"));
    &hive[4096..4096 + usize::try_from(length).expect("a length in memory")]
}

/// The pages of 4,096 bytes in which two states of a hive differ.
fn pages<'a>(before: &[u8], after: &'a [u8]) -> Vec<(usize, &'a [u8])> {
    let (before, after) = (bins(before), bins(after));
    let differs =
        |(at, page): &(usize, &[u8])| before.get(at * 4096..at * 4096 + 4096) != Some(page);
    after.chunks(4096).enumerate().filter(differs).map(|(at, page)| (at * 4096, page)).collect()
}

/// A log since Windows 8.1: an entry for each step from one state to the next, from a number on.
#[must_use]
pub fn new_log(states: &[&[u8]], first: u32) -> Vec<u8> {
    let mut log = base_of(states[0], 6, first);
    for (step, pair) in states.windows(2).enumerate() {
        let pages = pages(pair[0], pair[1]);
        let length: usize = pages.iter().map(|(_, page)| page.len() + 8).sum::<usize>() + 40;
        let mut entry = Vec::from(*b"HvLE");
        for number in [
            word(length.next_multiple_of(512)),
            0,
            first + word(step),
            word(bins(pair[1]).len()),
            word(pages.len()),
        ] {
            entry.extend(number.to_le_bytes());
        }
        entry.extend([0; 16]);
        for (at, page) in &pages {
            entry.extend(word(*at).to_le_bytes());
            entry.extend(word(page.len()).to_le_bytes());
        }
        for (_, page) in &pages {
            entry.extend(*page);
        }
        entry.resize(length.next_multiple_of(512), 0);
        let body = marvin(&entry[40..]);
        entry[24..32].copy_from_slice(&body.to_le_bytes());
        let head = marvin(&entry[..32]);
        entry[32..40].copy_from_slice(&head.to_le_bytes());
        log.extend(entry);
    }
    log
}

/// A log before Windows 8.1: a map of sectors and the sectors.
#[must_use]
pub fn old_log(before: &[u8], after: &[u8], number: u32) -> Vec<u8> {
    let mut log = base_of(after, 1, number);
    log.extend(b"DIRT");
    let pages = pages(before, after);
    let mut map = vec![0_u8; bins(after).len() / 4096];
    for (at, _) in &pages {
        map[at / 4096] = 0xff;
    }
    log.extend(map);
    log.resize(log.len().next_multiple_of(512), 0);
    for (_, page) in &pages {
        log.extend(*page);
    }
    log
}

/// Marvin32 with the seed of all hives, as Microsoft's patent describes it: a block function over two words.
pub(super) fn marvin(bytes: &[u8]) -> u64 {
    let mut state = (0x7a4e_55c5_u32, 0x82ef_4d88_u32);
    let block = |(mut a, mut b): (u32, u32), word: u32| {
        a = a.wrapping_add(word);
        b ^= a;
        a = a.rotate_left(20).wrapping_add(b);
        b = b.rotate_left(9) ^ a;
        a = a.rotate_left(27).wrapping_add(b);
        (a, b.rotate_left(19))
    };
    // Whole words alone: every length here is a multiple of four.
    for word in bytes.chunks(4) {
        state = block(state, u32::from_le_bytes(word.try_into().expect("four bytes")));
    }
    state = block(state, 0x80);
    state = block(state, 0);
    (u64::from(state.1) << 32) | u64::from(state.0)
}
