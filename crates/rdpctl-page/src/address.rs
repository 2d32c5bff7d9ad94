//! Where links may lead: to pages of our own, percent-encoded, and to the vendors' pages that our own data name.
//!
//! No value of a cloud, a guest or a file becomes an address.

use std::fmt::Write as _;

use rdpctl_model::InstanceName;

use crate::id::Id;

/// Hosts of pages that the trees and manuals name.
const VENDORS: [&str; 2] = ["https://intl.cloud.tencent.com/", "https://learn.microsoft.com/"];

/// An address that is ours, or a vendor's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Href(String);

impl Href {
    /// A page of ours, by the parts of its path.
    #[must_use]
    pub fn path(parts: &[&str]) -> Self {
        let mut href = String::from("/");
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                href.push('/');
            }
            encode(&mut href, part);
        }
        Self(href)
    }

    /// The same page with a query and nothing else.
    #[must_use]
    pub fn query() -> Self {
        Self("?".to_owned())
    }

    /// The page of an instance. A member of a fleet has its fleet's name before its id.
    #[must_use]
    pub fn instance(name: &InstanceName) -> Self {
        match name.member() {
            Some((fleet, id)) => Self::path(&["instances", fleet, id]),
            None => Self::path(&["instances", name.as_str()]),
        }
    }

    /// A place on the same page.
    #[must_use]
    pub fn anchor(id: &Id) -> Self {
        Self(format!("#{}", id.as_str()))
    }

    /// A vendor's page, if it is one of those.
    #[must_use]
    pub fn vendor(page: &str) -> Option<Self> {
        let plain = page.bytes().all(|b| b.is_ascii_graphic() && !b"\"'<>\\`{}|^".contains(&b));
        (plain && VENDORS.iter().any(|host| page.starts_with(host))).then(|| Self(page.to_owned()))
    }

    /// With something asked of it.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        if !self.0.ends_with('?') {
            self.0.push(if self.0.contains('?') { '&' } else { '?' });
        }
        encode(&mut self.0, key);
        self.0.push('=');
        encode(&mut self.0, value);
        self
    }

    /// With all that another one asks.
    #[must_use]
    pub fn asking(mut self, query: &Self) -> Self {
        if query.0.len() > 1 {
            self.0.push_str(&query.0);
        }
        self
    }

    /// With a place on it.
    #[must_use]
    pub fn at(mut self, id: &Id) -> Self {
        self.0.push('#');
        self.0.push_str(id.as_str());
        self
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

/// A text as it was before it was percent-encoded; what is no UTF-8 is replaced.
#[must_use]
pub(crate) fn decode(text: &str, plus: Plus) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match (first, hex.and_then(|two| u8::from_str_radix(two, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            (b'+', _) if plus == Plus::IsSpace => {
                bytes.push(b' ');
                rest = tail;
            }
            (byte, _) => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What a plus sign stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plus {
    /// A space, as in forms.
    IsSpace,
    /// Itself, as in paths.
    IsPlus,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_an_address_is_percent_encoded_and_comes_back() {
        let href = Href::instance(&InstanceName::new("kiosks/ins 1/\"<a>&é"));
        assert_eq!(href.as_str(), "/instances/kiosks/ins%201%2F%22%3Ca%3E%26%C3%A9");
        assert_eq!(decode("ins%201%2F%22%3Ca%3E%26%C3%A9", Plus::IsPlus), "ins 1/\"<a>&é");
        assert_eq!(decode("a+b%", Plus::IsSpace), "a b%");
    }

    #[test]
    fn only_pages_of_vendors_are_links_to_elsewhere() {
        assert!(Href::vendor("https://learn.microsoft.com/windows-server/x").is_some());
        for other in [
            "javascript:alert(1)",
            "https://learn.microsoft.com.evil.example/",
            "https://learn.microsoft.com/\"x",
        ] {
            assert_eq!(Href::vendor(other), None, "{other}");
        }
    }
}
