//! Whatever a string holds, it is text: the same text comes out of a browser's parser, and no element more.

use html5gum::{Token, Tokenizer};
use proptest::prelude::*;
use rdpctl_page::{Html, el};

use crate::world::{World, addresses, body, get};

/// What a parser makes of markup: names of elements, attributes, and text.
fn parsed(html: &str) -> Vec<String> {
    let mut seen = Vec::new();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    for Ok(token) in Tokenizer::new(html) {
        match token {
            Token::StartTag(tag) => {
                seen.push(format!("<{}>", text(&tag.name)));
                seen.extend(
                    tag.attributes
                        .iter()
                        .map(|(name, value)| format!("@{}={}", text(name), text(value))),
                );
            }
            Token::EndTag(tag) => seen.push(format!("</{}>", text(&tag.name))),
            Token::String(string) => match seen.last_mut() {
                Some(last) if last.starts_with('"') => last.push_str(&text(&string)),
                Some(_) | None => seen.push(format!("\"{}", text(&string))),
            },
            Token::Comment(_) => seen.push("comment".to_owned()),
            Token::Doctype(_) => seen.push("doctype".to_owned()),
            Token::Error(error) => seen.push(format!("error {error:?}")),
        }
    }
    seen
}

/// How a text is shown where some of its characters are not obeyed.
fn shown(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c != '\n' && rdpctl_term::escape::is_unsafe(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

proptest! {
    #[test]
    fn any_text_parses_to_the_same_tree(content in "\\PC*|[\\x00-\\x7f]*", value in "\\PC*|[\\x00-\\x7f]*") {
        let html: Html = el("p").a("title", &value).c(content.as_str()).into();
        let mut wanted = vec!["<p>".to_owned(), format!("@title={}", shown(&value))];
        if !content.is_empty() {
            wanted.push(format!("\"{}", shown(&content)));
        }
        wanted.push("</p>".to_owned());
        prop_assert_eq!(parsed(&html.into_string()), wanted);
    }
}

#[test]
fn every_page_is_well_formed() {
    let view = World::usual().view();
    for address in addresses(&view) {
        let response = get(&view, &address);
        let html = body(&response);
        let mut open: Vec<String> = Vec::new();
        for piece in html.split('<').skip(1) {
            let tag = piece.split_once('>').unwrap_or((piece, "")).0;
            let name = tag.split([' ', '>']).next().unwrap().trim_end_matches('/').to_owned();
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop().as_deref(), Some(name), "{address}: {tag}");
            } else if !tag.starts_with('!')
                && !tag.ends_with('/')
                && !["meta", "link", "input", "br"].contains(&name.as_str())
            {
                open.push(name);
            }
        }
        assert_eq!(open, Vec::<String>::new(), "{address}");
        assert!(parsed(html).iter().all(|one| !one.starts_with("error")), "{address}");
    }
}

#[test]
fn ids_are_unique_and_references_lead_somewhere() {
    let view = World::usual().view();
    for address in addresses(&view) {
        let response = get(&view, &address);
        let tokens = parsed(body(&response));
        let ids: Vec<&str> = tokens.iter().filter_map(|one| one.strip_prefix("@id=")).collect();
        let unique: std::collections::BTreeSet<&&str> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "{address}: {ids:?}");
        for token in &tokens {
            if let Some(anchor) = token.strip_prefix("@href=#") {
                assert!(ids.contains(&anchor), "{address}: #{anchor} leads nowhere");
            }
        }
    }
}

#[test]
fn there_is_one_way_to_make_markup_of_a_string() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name != "html.rs" {
                for wrong in ["Html(", "format!(\"<", "write!(html", "push_str(\"<"] {
                    assert!(!text.contains(wrong), "{name} makes markup by {wrong}");
                }
            }
            for attribute in [".a(\"href\"", ".a(\"src\"", ".a(\"style\"", ".a(\"on"] {
                assert!(!text.contains(attribute), "{name} sets {attribute}");
            }
        }
    }
}
