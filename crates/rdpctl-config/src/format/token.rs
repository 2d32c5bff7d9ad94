//! Tokens of the text, as the formatter looks at them.

use toml_parser::lexer::{Token, TokenKind};

/// A token's text.
pub(super) fn raw<'t>(text: &'t str, token: &Token) -> &'t str {
    let span = token.span();
    text.get(span.start()..span.end()).unwrap_or_default()
}

/// Whether a token is nothing but layout.
pub(super) fn is_space(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Whitespace)
}
