//! When somebody looked, fine enough to tell which of two looks came later.

use jiff::Timestamp;

/// A moment by the clock, in thousandths of a second since 1970: of two looks within one second, too, one is the later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(u64);

impl Stamp {
    /// Nobody ever looked.
    pub const NEVER: Self = Self(0);

    /// So many seconds and thousandths after the beginning of 1970.
    #[must_use]
    pub const fn new(seconds: u32, thousandths: u32) -> Self {
        Self(seconds as u64 * 1000 + thousandths as u64)
    }

    /// The moment of a clock; before 1970 nobody looked.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        Self(u64::try_from(at.as_millisecond()).unwrap_or(0))
    }

    /// Whether anybody looked.
    #[must_use]
    pub const fn is_never(self) -> bool {
        self.0 == 0
    }

    /// So many thousandths of a second after the beginning of 1970.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// The thousandths of a second since 1970.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// The seconds since 1970.
    #[must_use]
    pub fn seconds(self) -> u32 {
        u32::try_from(self.0 / 1000).unwrap_or(u32::MAX)
    }

    /// The thousandths beyond them.
    #[must_use]
    pub fn thousandths(self) -> u32 {
        u32::try_from(self.0 % 1000).unwrap_or(0)
    }

    /// As people are told: to the second; none where nobody looked.
    #[must_use]
    pub fn second(self) -> Option<Timestamp> {
        let at = Timestamp::from_second(i64::from(self.seconds())).ok();
        at.filter(|_| !self.is_never())
    }

    /// Whether it lies after another by no more than these seconds.
    #[must_use]
    pub const fn is_after(self, other: Self, by_at_most: u32) -> bool {
        self.0 > other.0 && self.0 - other.0 <= by_at_most as u64 * 1000
    }
}
