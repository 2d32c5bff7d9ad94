//! Markup as a type with one way in: a string becomes part of a page only as text.
//!
//! What the type holds was written by this file: names of elements and attributes are constants of ours, values are
//! quoted and escaped, addresses and ids are types of their own. There is no way to put a string in as markup.

use std::fmt::Write as _;

use rdpctl_term::escape::is_unsafe;

use crate::address::Href;
use crate::id::Id;

/// Text is cut after so many characters unless a place says otherwise.
const LONGEST: usize = 4_096;

/// Elements that have no content and no end.
const VOID: [&str; 4] = ["br", "input", "link", "meta"];

/// Markup, complete in itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Nothing.
    #[must_use]
    pub const fn empty() -> Self {
        Self(String::new())
    }

    /// The one way in: text that is nothing but text, wherever it comes from.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::cut(text, LONGEST)
    }

    /// The same, cut after so many characters; what is cut says how much it was.
    #[must_use]
    pub fn cut(text: &str, most: usize) -> Self {
        let mut html = Self(String::with_capacity(text.len().min(most) + 8));
        html.escape(text, most);
        html
    }

    /// Puts something behind it.
    pub fn push(&mut self, more: impl Into<Self>) {
        self.0.push_str(&more.into().0);
    }

    /// It, with something behind it.
    #[must_use]
    pub fn and(mut self, more: impl Into<Self>) -> Self {
        self.push(more);
        self
    }

    /// All of these, one after the other.
    #[must_use]
    pub fn all<T: Into<Self>>(parts: impl IntoIterator<Item = T>) -> Self {
        let mut html = Self::empty();
        for part in parts {
            html.push(part);
        }
        html
    }

    /// These with something between them.
    #[must_use]
    pub fn joined<T: Into<Self>>(
        parts: impl IntoIterator<Item = T>,
        between: &'static str,
    ) -> Self {
        let mut html = Self::empty();
        for (place, part) in parts.into_iter().enumerate() {
            if place > 0 {
                html.push(between);
            }
            html.push(part);
        }
        html
    }

    /// Whether there is nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As bytes on their way out.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }

    /// What is written so far; the style sheet of a report is made to fit it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The element of that id, if it is in it. What is read here was written here: values are escaped, so that no sign of
    /// markup stands where it means none.
    #[must_use]
    pub(crate) fn part(&self, id: &Id) -> Option<Self> {
        let at = self.0.find(&format!(" id=\"{}\"", id.as_str()))?;
        let start = self.0[..at].rfind('<')?;
        let rest = &self.0[start..];
        let tag = rest[1..].split([' ', '>']).next()?;
        let (open, close) = (format!("<{tag}"), format!("</{tag}>"));
        let (mut depth, mut place) = (0_usize, 0);
        while let Some(next) = rest[place..].find('<') {
            place += next;
            let here = &rest[place..];
            let opens = here.strip_prefix(&open).is_some_and(|it| it.starts_with([' ', '>']));
            if opens {
                depth += 1;
            } else if here.starts_with(&close) {
                depth -= 1;
                if depth == 0 {
                    return Some(Self(rest[..place + close.len()].to_owned()));
                }
            }
            place += 1;
        }
        None
    }

    /// A whole document.
    #[must_use]
    pub(crate) fn document(self) -> Self {
        Self(format!("<!doctype html>\n{}\n", self.0))
    }

    /// A style sheet within a document. Nothing in it is anybody's but ours, and nothing in it could end it.
    #[must_use]
    pub(crate) fn style(sheet: &crate::sheet::Sheet) -> Self {
        Self(format!("<style>\n{}</style>", sheet.as_str()))
    }

    fn escape(&mut self, text: &str, most: usize) {
        for (place, c) in text.chars().enumerate() {
            if place >= most {
                let _ = write!(self.0, "… ({} bytes)", text.len());
                return;
            }
            match c {
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '&' => self.0.push_str("&amp;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '\n' => self.0.push('\n'),
                c if is_unsafe(c) => self.0.extend(c.escape_unicode()),
                c => self.0.push(c),
            }
        }
    }
}

impl From<&str> for Html {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Html {
    fn from(text: String) -> Self {
        Self::text(&text)
    }
}

impl From<&String> for Html {
    fn from(text: &String) -> Self {
        Self::text(text)
    }
}

impl<T: Into<Self>> From<Option<T>> for Html {
    fn from(part: Option<T>) -> Self {
        part.map_or_else(Self::empty, Into::into)
    }
}

impl From<Element> for Html {
    fn from(element: Element) -> Self {
        let Element { tag, mut open, inner } = element;
        if VOID.contains(&tag) {
            open.push('>');
        } else if inner.is_empty() && DRAWN.contains(&tag) {
            open.push_str("/>");
        } else {
            open.push('>');
            open.push_str(&inner.0);
            open.push_str("</");
            open.push_str(tag);
            open.push('>');
        }
        Self(open)
    }
}

/// Parts of a picture, which end in themselves where they hold nothing.
const DRAWN: [&str; 5] = ["circle", "line", "path", "rect", "use"];

/// Attributes that only addresses and ids fill, or nobody.
const RESERVED: [&str; 7] = ["href", "src", "action", "formaction", "id", "for", "style"];

/// One element on its way to become markup.
#[derive(Clone, Debug)]
pub struct Element {
    tag: &'static str,
    open: String,
    inner: Html,
}

/// An element of that name.
#[must_use]
pub fn el(tag: &'static str) -> Element {
    debug_assert!(tag.bytes().all(|b| b.is_ascii_alphanumeric()), "{tag} is no element's name");
    let mut open = String::with_capacity(32);
    open.push('<');
    open.push_str(tag);
    Element { tag, open, inner: Html::empty() }
}

impl Element {
    /// An attribute with a value, which may be anybody's.
    #[must_use]
    pub fn a(self, name: &'static str, value: impl AsRef<str>) -> Self {
        debug_assert!(!RESERVED.contains(&name), "{name} takes a type, not text");
        debug_assert!(!name.starts_with("on"), "{name} would be script");
        self.value(name, value.as_ref())
    }

    /// An attribute with a number.
    #[must_use]
    pub fn n(self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.a(name, value.to_string())
    }

    /// An attribute that is there or not.
    #[must_use]
    pub fn has(mut self, name: &'static str) -> Self {
        debug_assert!(!name.starts_with("on"), "{name} would be script");
        self.open.push(' ');
        self.open.push_str(name);
        self
    }

    /// Classes of our own sheet.
    #[must_use]
    pub fn class(self, classes: &'static str) -> Self {
        if classes.is_empty() { self } else { self.value("class", classes) }
    }

    /// Its id.
    #[must_use]
    pub fn id(self, id: &Id) -> Self {
        self.value("id", id.as_str())
    }

    /// Whose label it is.
    #[must_use]
    pub fn of(self, id: &Id) -> Self {
        self.value("for", id.as_str())
    }

    /// Where it leads.
    #[must_use]
    pub fn href(self, to: &Href) -> Self {
        self.value("href", to.as_str())
    }

    /// Where it comes from.
    #[must_use]
    pub fn src(self, from: &Href) -> Self {
        self.value("src", from.as_str())
    }

    /// Where a form goes.
    #[must_use]
    pub fn action(self, to: &Href) -> Self {
        self.value("action", to.as_str())
    }

    /// Something inside it, behind what is there.
    #[must_use]
    pub fn c(mut self, child: impl Into<Html>) -> Self {
        self.inner.push(child);
        self
    }

    /// All of these inside it.
    #[must_use]
    pub fn each<T: Into<Html>>(mut self, children: impl IntoIterator<Item = T>) -> Self {
        for child in children {
            self.inner.push(child);
        }
        self
    }

    fn value(mut self, name: &'static str, value: &str) -> Self {
        self.open.push(' ');
        self.open.push_str(name);
        self.open.push_str("=\"");
        self.open.push_str(&Html::text(value).0);
        self.open.push('"');
        self
    }
}

/// Text that only ears get.
#[must_use]
pub(crate) fn unseen(text: impl Into<Html>) -> Element {
    el("span").class("vh").c(text)
}

/// A link.
#[must_use]
pub(crate) fn link(to: &Href, text: impl Into<Html>) -> Element {
    el("a").href(to).c(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_the_element_of_that_id_whole_whatever_is_in_it() {
        let inner = el("div").c("</div><div id=\"b\">").c(el("div").c("deep"));
        let whole = Html::from(el("div").id(&Id::fixed("a")).c(inner));
        let page = Html::from(el("main").c(whole.clone()).c("after"));
        assert_eq!(page.part(&Id::fixed("a")), Some(whole));
        assert_eq!(page.part(&Id::fixed("b")), None, "what somebody wrote is no element");
    }
}
