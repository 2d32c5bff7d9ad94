//! One quote: who was asked, and what came back, cut to a length where it is worded.

use rdpctl_model::Said;

use crate::diagnosis::Quote;
use crate::texts::Texts;

/// Characters of one quote.
const LENGTH: usize = 240;

/// Who was asked, and what came back: of what others wrote as it is, of what we make of it by key.
#[derive(Clone, Debug)]
pub(crate) struct Saw {
    pub(crate) source: Said,
    reply: Said,
}

/// What was seen.
pub(crate) const fn saw(source: Said, reply: Said) -> Saw {
    Saw { source, reply }
}

/// The same where a command or a field is named as it is typed.
pub(crate) fn typed(source: impl Into<String>, reply: Said) -> Saw {
    saw(Said::quoted(source), reply)
}

impl Saw {
    /// It in somebody's language.
    pub(crate) fn quote(&self, texts: &Texts) -> Quote {
        let words = rdpctl_words::words(texts.language());
        let reply = words.say(&self.reply);
        let mut short: String = reply.chars().take(LENGTH).collect();
        if short.len() < reply.len() {
            short.push('…');
        }
        Quote { source: words.say(&self.source), reply: short }
    }
}
