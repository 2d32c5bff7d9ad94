//! Ids within a page: nothing but small letters, digits and hyphens.

use std::fmt::Write as _;

use crate::digest::digest;

/// The id of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id(String);

impl Id {
    /// One of ours.
    #[must_use]
    pub fn fixed(name: &'static str) -> Self {
        debug_assert!(name.bytes().all(is_plain), "{name} is no id");
        Self(name.to_owned())
    }

    /// One made of any text; texts that are not the same have ids that are not the same.
    #[must_use]
    pub fn of(prefix: &'static str, text: &str) -> Self {
        let mut id = String::with_capacity(prefix.len() + text.len() + 1);
        id.push_str(prefix);
        id.push('-');
        if text.len() <= 64 && text.bytes().all(is_plain) {
            id.push_str(text);
        } else {
            let _ = write!(id, "{:016x}", digest(text.as_bytes()));
        }
        Self(id)
    }

    /// One that somebody names, if it is one.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.len() <= 80 && text.bytes().all(is_plain);
        fits.then(|| Self(text.to_owned()))
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const fn is_plain(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')
}

#[cfg(test)]
mod tests {
    use super::Id;

    #[test]
    fn an_id_holds_nothing_but_small_letters_digits_and_hyphens() {
        assert_eq!(Id::of("g", "ingress-1").as_str(), "g-ingress-1");
        for text in ["<a>", "kiosks/ins-1", "Ä", ""] {
            let id = Id::of("i", text);
            assert!(id.as_str().bytes().all(super::is_plain), "{}", id.as_str());
        }
        assert_ne!(Id::of("i", "a/b"), Id::of("i", "a_b"));
    }
}
