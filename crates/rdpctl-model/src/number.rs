//! The number by which people know a step: given once by the planner, in the order of execution.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// `3` is a plan's third step; `6.2` is the second of those that the look at step 6 revealed. The default is what a
/// step has before the planner numbers it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StepNumber(Vec<u32>);

impl StepNumber {
    /// The number of a step that was planned from the start; the first is 1.
    #[must_use]
    pub fn first_level(number: u32) -> Self {
        Self(vec![number])
    }

    /// The number of a step that the look at this one revealed; the first is 1.
    #[must_use]
    pub fn revealed(&self, number: u32) -> Self {
        let mut parts = self.0.clone();
        parts.push(number);
        Self(parts)
    }

    /// The step whose look revealed this one, if any did.
    #[must_use]
    pub fn revealed_by(&self) -> Option<Self> {
        match self.0.as_slice() {
            [before @ .., _] if !before.is_empty() => Some(Self(before.to_vec())),
            _ => None,
        }
    }

    /// Its place among its own kind; the first is 1.
    #[must_use]
    pub fn last(&self) -> u32 {
        self.0.last().copied().unwrap_or(0)
    }
}

impl fmt::Display for StepNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(u32::to_string).collect();
        f.pad(&parts.join("."))
    }
}

/// A text that is no step's number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotANumber(String);

impl fmt::Display for NotANumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a step's number, such as 6 or 6.2", self.0.escape_debug())
    }
}

impl std::error::Error for NotANumber {}

impl FromStr for StepNumber {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let part = |part: &str| part.parse().ok().filter(|number| *number > 0);
        let parts: Option<Vec<u32>> = text.split('.').map(part).collect();
        // `+6` and `06` would be second spellings of the same number.
        parts
            .map(Self)
            .filter(|number| number.to_string() == text)
            .ok_or_else(|| NotANumber(text.to_owned()))
    }
}

impl TryFrom<String> for StepNumber {
    type Error = NotANumber;

    fn try_from(text: String) -> Result<Self, NotANumber> {
        text.parse()
    }
}

impl From<StepNumber> for String {
    fn from(number: StepNumber) -> Self {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_look_reveals_is_numbered_below_it() {
        let look = StepNumber::first_level(6);
        let revealed = look.revealed(12);
        assert_eq!(revealed.to_string(), "6.12");
        assert_eq!(revealed.revealed_by(), Some(look.clone()));
        assert_eq!(revealed.last(), 12);
        assert_eq!(look.revealed_by(), None);
        assert!(look.revealed(2) < revealed && look < revealed, "10 comes after 9");
    }

    #[test]
    fn a_number_is_read_as_it_is_written_and_in_no_other_spelling() {
        assert_eq!("6.12".parse(), Ok(StepNumber::first_level(6).revealed(12)));
        for wrong in ["", "0", "6.", "06", "+6", "6.0", "a", "6 ", "4294967296"] {
            assert!(wrong.parse::<StepNumber>().is_err(), "{wrong}");
        }
    }
}
