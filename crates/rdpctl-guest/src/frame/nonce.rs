//! The mark that tells our frames from whatever else a guest prints.

use std::fmt;

/// Four to sixteen lower-case hexadecimal digits, new for every batch.
///
/// A value in the guest cannot fake a frame, because it was written before the nonce was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Nonce(String);

/// The variable that holds the digits where the guest draws them.
pub(crate) const DRAWN_THERE: &str = "!NONCE!";

impl Nonce {
    /// The nonce of these digits.
    #[must_use]
    pub fn new(digits: &str) -> Option<Self> {
        let fits = (4..=16).contains(&digits.len())
            && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        fits.then(|| Self(digits.to_owned()))
    }

    /// The nonce of a random number, eight digits long.
    #[must_use]
    pub fn from_number(number: u32) -> Self {
        Self(format!("{number:08x}"))
    }

    /// The mark of a command whose text never changes: the guest draws the digits when it begins. They are harder to
    /// guess than to be spared the trouble, and whoever guesses them gains gaps: an answer that comes twice, or out of its
    /// turn, is not believed.
    #[must_use]
    pub fn drawn_there() -> Self {
        Self(DRAWN_THERE.to_owned())
    }

    /// Whether the guest draws it.
    #[must_use]
    pub fn is_drawn_there(&self) -> bool {
        self.0 == DRAWN_THERE
    }

    /// The mark under which a guest answered: of one that it drew, that of the first line that bears one. Nothing but
    /// our own script can have printed by then.
    #[must_use]
    pub fn answering(&self, raw: &[u8]) -> Self {
        if !self.is_drawn_there() {
            return self.clone();
        }
        let marks = raw.split(|byte| *byte == b'\n').filter_map(|line| line.strip_prefix(b"#"));
        let digits = marks.filter_map(|mark| mark.split(|byte| *byte == b' ').next());
        let mut drawn = digits.filter_map(|digits| Self::new(std::str::from_utf8(digits).ok()?));
        drawn.next().unwrap_or_else(|| self.clone())
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_that_a_guest_drew_is_that_of_the_first_line_that_bears_one() {
        let drawn = Nonce::drawn_there();
        for (reply, mark) in [
            ("1:TVNDRg==\r\n#1234567890 H 1 cab 00\r\n#ffff Z\r\n", "1234567890"),
            ("#31415 X open\r\n", "31415"),
            ("#!NONCE! X open\r\n", DRAWN_THERE),
            ("# H\r\nnothing\r\n#not-digits H\r\n", DRAWN_THERE),
        ] {
            assert_eq!(drawn.answering(reply.as_bytes()).as_str(), mark, "{reply}");
        }
        let ours = Nonce::from_number(0x7f3a);
        assert_eq!(ours.answering(b"#31415 H 1 cab 00\r\n"), ours);
    }
}
