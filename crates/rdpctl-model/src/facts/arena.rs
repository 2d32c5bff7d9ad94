//! Many short texts in one piece of memory.

use serde::{Deserialize, Serialize};

/// Many short texts in one piece of memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arena {
    text: String,
    ends: Vec<u32>,
}

impl Arena {
    /// Rebuilds an arena from its texts in one piece and the length of each; none when they do not fit together.
    #[must_use]
    pub fn from_lengths(text: String, lengths: impl ExactSizeIterator<Item = u32>) -> Option<Self> {
        let mut ends = Vec::with_capacity(lengths.len());
        let mut end = 0_u32;
        for length in lengths {
            end = end.checked_add(length)?;
            if !text.is_char_boundary(end as usize) {
                return None;
            }
            ends.push(end);
        }
        (end as usize == text.len()).then_some(Self { text, ends })
    }

    /// All texts in one piece.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The length of each text in bytes.
    #[must_use]
    pub fn lengths(&self) -> impl ExactSizeIterator<Item = u32> + '_ {
        let mut start = 0;
        self.ends.iter().map(move |end| end.saturating_sub(std::mem::replace(&mut start, *end)))
    }

    /// Adds a text.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    /// The text at a place.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.text.get(start..end)
    }

    /// How many texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}
