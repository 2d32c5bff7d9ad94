//! Ids that look drawn at random, yet are computed both ways.
//!
//! A world of a hundred thousand VMs keeps no table of their ids: an affine permutation of the numbers
//! below 36^8, different for each seed and kind, turns an index into eight letters and digits and back.

use std::fmt;

/// How many ids of eight base-36 digits there are.
const SPACE: u64 = 36_u64.pow(8);
const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// What an id names; it decides the prefix, and no two kinds share a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdKind {
    /// `ins-`, a VM.
    Instance,
    /// `eip-`, a public address of either sort.
    Address,
    /// `disk-`
    Disk,
    /// `snap-`
    Snapshot,
    /// `sg-`
    SecurityGroup,
    /// `cmd-`
    Command,
    /// `inv-`
    Invocation,
    /// `invt-`
    InvocationTask,
    /// `vpc-`
    Vpc,
    /// `subnet-`
    Subnet,
    /// `eni-`
    Interface,
}

impl IdKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Instance => "ins-",
            Self::Address => "eip-",
            Self::Disk => "disk-",
            Self::Snapshot => "snap-",
            Self::SecurityGroup => "sg-",
            Self::Command => "cmd-",
            Self::Invocation => "inv-",
            Self::InvocationTask => "invt-",
            Self::Vpc => "vpc-",
            Self::Subnet => "subnet-",
            Self::Interface => "eni-",
        }
    }

    /// Whether `text` has the form of such an id, whoever made it.
    #[must_use]
    pub(crate) fn is_form_of(self, text: &str) -> bool {
        text.strip_prefix(self.prefix()).is_some_and(|digits| {
            digits.len() == 8
                && digits.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
    }
}

/// One kind's sequence of ids in one world.
#[derive(Clone, Debug)]
pub(crate) struct IdSequence {
    kind: IdKind,
    factor: u64,
    inverse: u64,
    shift: u64,
}

impl IdSequence {
    /// The sequence of `kind` under `seed`.
    #[must_use]
    pub(crate) fn new(seed: u64, kind: IdKind) -> Self {
        let mut draw = Draw::new(seed ^ hash(kind.prefix().as_bytes()));
        // A factor is invertible below 36^8 when it shares neither of the space's primes, 2 and 3.
        let factor = loop {
            let candidate = draw.below(SPACE);
            if !candidate.is_multiple_of(2) && !candidate.is_multiple_of(3) {
                break candidate;
            }
        };
        Self { kind, factor, inverse: inverse(factor), shift: draw.below(SPACE) }
    }

    /// The id of `number`.
    #[must_use]
    pub(crate) fn encode(&self, number: u64) -> String {
        let mut value = (times(self.factor, number % SPACE) + self.shift) % SPACE;
        let mut digits = [b'0'; 8];
        for digit in digits.iter_mut().rev() {
            *digit = DIGITS[usize::try_from(value % 36).unwrap_or(0)];
            value /= 36;
        }
        let mut id = String::with_capacity(16);
        id.push_str(self.kind.prefix());
        id.extend(digits.map(char::from));
        id
    }

    /// The number whose id this would be; `None` when it has another form.
    #[must_use]
    pub(crate) fn decode(&self, id: &str) -> Option<u64> {
        if !self.kind.is_form_of(id) {
            return None;
        }
        let digits = id.strip_prefix(self.kind.prefix())?;
        let value = u64::from_str_radix(digits, 36).ok()?;
        Some(times(self.inverse, (value + SPACE - self.shift) % SPACE))
    }
}

fn times(left: u64, right: u64) -> u64 {
    let product = u128::from(left) * u128::from(right) % u128::from(SPACE);
    u64::try_from(product).unwrap_or(0)
}

/// The inverse by Euler: the group of units below 36^8 has 36^8 / 3 members.
fn inverse(factor: u64) -> u64 {
    let mut exponent = SPACE / 3 - 1;
    let (mut base, mut result) = (factor, 1);
    while exponent > 0 {
        if exponent % 2 == 1 {
            result = times(result, base);
        }
        base = times(base, base);
        exponent /= 2;
    }
    result
}

/// A small generator (splitmix64): the same seed draws the same numbers on every machine.
#[derive(Clone, Debug)]
pub(crate) struct Draw(u64);

impl Draw {
    /// Starts at `seed`.
    #[must_use]
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; slightly uneven, which no one here can notice.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.bits() % bound.max(1)
    }

    /// `length` characters of `[A-Za-z0-9]`.
    pub(crate) fn letters(&mut self, length: usize) -> String {
        const LETTERS: &[u8; 62] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..length)
            .map(|_| char::from(LETTERS[usize::try_from(self.below(62)).unwrap_or(0)]))
            .collect()
    }

    /// Text in the form of a random UUID.
    pub(crate) fn uuid(&mut self) -> Uuid {
        Uuid((u128::from(self.bits()) << 64) | u128::from(self.bits()))
    }
}

/// 128 bits shown as a version 4 UUID.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Uuid(u128);

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versioned = (self.0 & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
        let hex = format!("{versioned:032x}");
        write!(f, "{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

/// FNV-1a: a stable number for a name.
#[must_use]
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |state, byte| {
        (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|nibble| char::from(DIGITS[usize::from(nibble)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_back_to_its_number() {
        for seed in [0, 1, 7, u64::MAX] {
            let ids = IdSequence::new(seed, IdKind::Instance);
            for number in [0, 1, 99_999, SPACE - 1] {
                assert_eq!(
                    ids.decode(&ids.encode(number)),
                    Some(number),
                    "seed {seed}, number {number}"
                );
            }
        }
    }

    #[test]
    fn ids_of_a_seed_never_change() {
        let ids = IdSequence::new(7, IdKind::Instance);
        insta::assert_snapshot!([ids.encode(0), ids.encode(1), ids.encode(2)].join(" "), @"ins-oipxuxz8 ins-hmmk7wu1 ins-aqj6kvou");
    }

    #[test]
    fn only_the_vendors_form_is_an_id() {
        let cases = [
            ("ins-0abc1234", true),
            ("ins-0abc123", false),
            ("ins-0ABC1234", false),
            ("eip-0abc1234", false),
            ("ins-0abc12345", false),
            ("", false),
        ];
        for (text, expected) in cases {
            assert_eq!(IdKind::Instance.is_form_of(text), expected, "{text}");
        }
    }
}
