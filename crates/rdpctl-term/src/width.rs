//! How wide text is, by what a reader sees as one character.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Cells that text takes where columns are counted.
#[must_use]
pub fn width(text: &str) -> usize {
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// Cells that text may take at most: East Asian terminals draw some characters twice as wide.
pub(crate) fn room(text: &str) -> usize {
    text.graphemes(true).map(UnicodeWidthStr::width_cjk).sum()
}

/// The longest beginning that takes at most so many cells, and the rest. A first character that is wider than all there
/// is stands alone, so that there is always an end.
pub(crate) fn split(text: &str, cells: usize) -> (&str, &str) {
    let mut taken = 0;
    for (place, grapheme) in text.grapheme_indices(true) {
        taken += grapheme.width_cjk();
        if taken > cells && place > 0 {
            return text.split_at(place);
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_as_they_are_seen() {
        assert_eq!(width("web-01"), 6);
        assert_eq!(width("웹서버"), 6);
        assert_eq!(width("e\u{301}"), 1);
        assert_eq!((width("→"), room("→")), (1, 2));
        assert_eq!(split("웹서버", 4), ("웹서", "버"));
        assert_eq!(split("웹서버", 1), ("웹", "서버"));
        assert_eq!(split("ab", 4), ("ab", ""));
    }
}
