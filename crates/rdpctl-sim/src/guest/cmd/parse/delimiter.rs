//! What parts words from each other.

pub(super) fn is_delimiter(c: char) -> bool {
    matches!(c, ' ' | '\t' | ',' | ';' | '=' | '\u{b}' | '\u{c}' | '\u{ff}')
}
