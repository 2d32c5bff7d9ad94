//! Text that is nothing but text in HTML and XML, in content and in quoted attributes.

use crate::out::safe;

/// Escapes what markup would read; control characters and direction marks are shown, not obeyed.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in safe(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn what_a_guest_says_is_text_and_nothing_else() {
        assert_eq!(
            escape("<script>'\"&\u{202e}\u{7}"),
            "&lt;script&gt;&#39;&quot;&amp;\\u{202e}\\u{7}"
        );
    }
}
