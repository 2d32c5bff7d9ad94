//! A small tree of XML elements, by namespace and local name: prefixes are free and mean nothing.

use std::borrow::Cow;

use quick_xml::NsReader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;

/// Deeper documents are refused.
const DEPTH: usize = 32;
/// Documents of more elements are refused.
const ELEMENTS: usize = 10_000;

/// An element with what is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::winrm) struct Element {
    pub(in crate::winrm) namespace: String,
    pub(in crate::winrm) name: String,
    attributes: Vec<(String, String)>,
    pub(in crate::winrm) children: Vec<Self>,
    pub(in crate::winrm) text: String,
}

impl Element {
    /// Reads a document; nothing when it is not well-formed, has a DTD, or is unreasonably large.
    pub(in crate::winrm) fn parse(xml: &str) -> Option<Self> {
        if has_control_characters(xml) {
            return None;
        }
        let mut reader = NsReader::from_str(xml);
        reader.config_mut().expand_empty_elements = true;
        let mut open: Vec<Self> = Vec::new();
        let mut root = None;
        let mut seen = 0;
        loop {
            let (namespace, event) = reader.read_resolved_event().ok()?;
            match event {
                Event::Start(start) => {
                    seen += 1;
                    if seen > ELEMENTS || open.len() == DEPTH || root.is_some() {
                        return None;
                    }
                    open.push(Self::started(&namespace, &start)?);
                }
                Event::End(_) => {
                    let closed = open.pop()?;
                    match open.last_mut() {
                        Some(parent) => parent.children.push(closed),
                        None => root = Some(closed),
                    }
                }
                Event::Text(text) => append(&mut open, &text.xml10_content()),
                Event::CData(text) => append(&mut open, &text.xml10_content()),
                Event::GeneralRef(reference) => {
                    let character = match reference.resolve_char_ref().ok()? {
                        Some(character) => character,
                        None => predefined(&reference)?,
                    };
                    append(&mut open, character.encode_utf8(&mut [0; 4]));
                }
                Event::DocType(_) => return None,
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::Empty(_) => {}
                Event::Eof => return if open.is_empty() { root } else { None },
            }
        }
    }

    fn started(namespace: &ResolveResult<'_>, start: &BytesStart<'_>) -> Option<Self> {
        let namespace = match namespace {
            ResolveResult::Bound(namespace) => namespace.as_ref().to_owned(),
            ResolveResult::Unbound => String::new(),
            ResolveResult::Unknown(_) => return None,
        };
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.ok()?;
            let value =
                attribute.normalized_value(XmlVersion::Explicit1_0).ok().map(Cow::into_owned)?;
            attributes.push((attribute.key.local_name().as_ref().to_owned(), value));
        }
        Some(Self {
            namespace,
            name: start.local_name().as_ref().to_owned(),
            attributes,
            ..Self::default()
        })
    }

    /// The first child with this name.
    pub(in crate::winrm) fn child(&self, namespace: &str, name: &str) -> Option<&Self> {
        self.children_named(namespace, name).next()
    }

    /// All children with this name.
    pub(in crate::winrm) fn children_named(
        &self,
        namespace: &str,
        name: &str,
    ) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.namespace == namespace && child.name == name)
    }

    /// The text of the first child with this name, without white space around it.
    pub(in crate::winrm) fn text_of(&self, namespace: &str, name: &str) -> Option<&str> {
        self.child(namespace, name).map(|child| child.text.trim())
    }

    /// An attribute by its local name.
    pub(in crate::winrm) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn predefined(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

/// XML 1.0 has no control characters but tab and the line ends.
fn has_control_characters(xml: &str) -> bool {
    xml.bytes().any(|byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r'))
}

/// Text as element content or attribute value.
pub(in crate::winrm) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_free_and_references_are_resolved() {
        let tree = Element::parse(r#"<?xml version="1.0"?><q:a xmlns:q="urn:x"><b xmlns="urn:y" n="1 &lt; 2">R&amp;D &#x41;<![CDATA[<]]></b></q:a>"#).unwrap();
        assert_eq!((tree.namespace.as_str(), tree.name.as_str()), ("urn:x", "a"));
        let child = tree.child("urn:y", "b").unwrap();
        assert_eq!(child.text, "R&D A<");
        assert_eq!(child.attribute("n"), Some("1 < 2"));
    }

    #[test]
    fn what_is_not_a_plain_document_is_refused() {
        for xml in [
            "",
            "<a>",
            "<a></b>",
            "<a/><a/>",
            "<a>\u{1}</a>",
            "<a>&nope;</a>",
            "<p:a/>",
            "<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>",
        ] {
            assert_eq!(Element::parse(xml), None, "{xml}");
        }
        assert_eq!(Element::parse(&"<a>".repeat(100_000)), None);
    }
}
