//! One quote: who was asked, and what came back, cut to a length.

use crate::diagnosis::Quote;

/// Characters of one quote.
const LENGTH: usize = 240;

pub(crate) fn quote(source: impl Into<String>, reply: impl AsRef<str>) -> Quote {
    let reply = reply.as_ref();
    let mut short: String = reply.chars().take(LENGTH).collect();
    if short.len() < reply.len() {
        short.push('…');
    }
    Quote { source: source.into(), reply: short }
}
