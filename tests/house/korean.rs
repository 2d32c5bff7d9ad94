//! Whoever asks in Korean is answered in Korean: no sentence of ours is left in English.

use std::collections::BTreeSet;

use crate::page::Page;
use crate::tool::Tool;

/// Lines in which three words of English stand in a row, outside of what is typed, quoted or shown as it was found.
fn english(text: &str) -> Vec<String> {
    let is_word = |word: &str| {
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
        let (first, rest) = word.split_at_checked(1).unwrap_or_default();
        !rest.is_empty()
            && first.bytes().all(|b| b.is_ascii_alphabetic())
            && rest.bytes().all(|b| b.is_ascii_lowercase())
    };
    let speaks = |line: &str| {
        let own: String = line.split('`').step_by(2).collect::<Vec<_>>().join(" . . ");
        let mut row = 0;
        own.split_whitespace().any(|word| {
            row = if is_word(word) { row + 1 } else { 0 };
            let is_long = row >= 3;
            // A list of names is no sentence.
            if word.ends_with(',') {
                row = 0;
            }
            is_long
        })
    };
    text.lines().filter(|line| speaks(line)).map(str::to_owned).collect()
}

#[test]
fn a_diagnosis_in_korean_says_nothing_in_english() {
    let tool = Tool::quickstart();
    for form in ["text", "markdown"] {
        let mut lines = Vec::new();
        for instance in ["web-01", "legacy-01"] {
            let said = tool.sim(&["doctor", "--lang", "ko", "--format", form, instance]).exits(2);
            // What the machine itself answered stands behind its question as it came.
            let mut quoted = false;
            for line in said.out.lines() {
                let asked = line.trim_start().starts_with("$ ");
                quoted =
                    asked || (quoted && line.starts_with("      ")) || line.starts_with("- 증거: ");
                if !quoted {
                    lines.push(line.to_owned());
                }
            }
        }
        let left = english(&lines.join("\n"));
        assert!(left.is_empty(), "{form}: {left:#?}");
    }
}

/// What a page says, a line for each of its texts: those of labels as well, and none that is quoted or typed.
fn texts(html: &str) -> String {
    const SHOWN_AS_FOUND: [&str; 7] =
        ["blockquote", "code", "pre", "samp", "kbd", "script", "style"];
    let (mut said, mut rest) = (String::new(), html);
    while let Some((text, after)) = rest.split_once('<') {
        said.push_str(text);
        let (tag, after) = after.split_once('>').expect("a tag ends");
        let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect();
        if !matches!(name.as_str(), "b" | "em" | "strong") && !tag.starts_with("/b") {
            said.push('\n');
        }
        for label in ["aria-label=\"", "title=\"", "alt=\"", "content=\""] {
            if let Some((_, value)) = tag.split_once(label) {
                said.push_str(value.split('"').next().unwrap_or_default());
                said.push('\n');
            }
        }
        rest = after;
        if SHOWN_AS_FOUND.contains(&name.as_str()) {
            said.push_str(" . . ");
            rest = after.split_once(&format!("</{name}>")).map_or("", |(_, after)| after);
        }
    }
    said.push_str(rest);
    said
}

/// Where a page leads to, among our own.
fn links(html: &str) -> impl Iterator<Item = String> + '_ {
    let hrefs = html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let ours = hrefs.filter(|href| href.starts_with('/') && !href.starts_with("/static/"));
    ours.filter_map(|href| href.split(['?', '#']).next()).map(str::to_owned)
}

#[test]
fn no_page_in_korean_says_anything_in_english() {
    const MOST: usize = 40;
    let mut page = Page::open();
    page.until("/fleet.json", |fleet| !fleet["causes"].as_array().unwrap().is_empty());
    let (mut known, mut next) = (BTreeSet::from(["/".to_owned()]), vec!["/".to_owned()]);
    let (mut left, mut read) = (Vec::new(), 0);
    while let Some(path) = next.pop() {
        let (head, html) = page.get(&format!("{path}?lang=ko"));
        if !head.contains("text/html") {
            continue;
        }
        read += 1;
        left.extend(english(&texts(&html)).into_iter().map(|line| format!("{path}: {line}")));
        next.extend(links(&html).filter(|link| known.len() < MOST && known.insert(link.clone())));
    }
    assert!(read > 3, "{known:?}");
    assert!(left.is_empty(), "{left:#?}");
    assert_eq!(page.ends(), Some(0));
}

#[test]
fn what_is_english_is_seen() {
    let html = "<p title=\"no answer came at all\">대상 <code>net user ops active</code></p>";
    assert_eq!(english(&texts(html)), ["no answer came at all"]);
    assert_eq!(english("경고: the agent is offline now").len(), 1);
    assert!(english("`net user ops active` 다음에 확인").is_empty());
}
