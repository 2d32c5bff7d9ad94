//! Text in XML that is nothing but text: pictures of plans, results for test viewers. Pages have a type of their own.

use rdpctl_page::Html;

/// Escapes what markup would read; control characters and direction marks are shown, not obeyed.
pub(crate) fn escape(text: &str) -> String {
    Html::cut(text, usize::MAX).into_string()
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
