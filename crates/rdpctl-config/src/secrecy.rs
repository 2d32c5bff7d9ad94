//! Keeps secrets that were written into a file out of messages about that file.
//!
//! A message shows the line it is about, and somebody's terminal or CI log keeps that for ever. The text is
//! masked before anything is rendered, byte for byte, so that places stay where they are.

use crate::source::{Place, Source};

/// Parts of keys whose values are taken for secrets unless they are references.
const SECRET_KEYS: [&str; 6] = ["password", "passwd", "secret", "token", "key", "pwd"];
const REFERENCES: [&str; 3] = ["env:", "file:", "cmd:"];

/// The source with everything masked that is, or looks like, a secret in the clear.
pub(crate) fn masked(index: usize, source: Source, found: &[Place]) -> Source {
    let mut spans: Vec<(usize, usize)> = found
        .iter()
        .filter(|place| place.source == index)
        .map(|place| (place.start, place.end))
        .collect();
    spans.extend(suspicious(source.text()));
    if spans.is_empty() {
        return source;
    }
    let mut bytes = source.text().as_bytes().to_vec();
    for (start, end) in spans {
        let Some(span) = bytes.get_mut(start..end) else { continue };
        for byte in span.iter_mut().filter(|byte| !matches!(byte, b'"' | b'\'' | b'\n' | b'\r')) {
            *byte = b'*';
        }
    }
    // Whole characters were replaced, so the text stays valid.
    Source::new(source.path(), String::from_utf8_lossy(&bytes).into_owned())
}

/// Quoted values after keys that sound like secrets, found without parsing: the text may not parse at all.
fn suspicious(text: &str) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let mut at = 0;
        while let Some(found) = line[at..].find('=') {
            let equals = at + found;
            let after = &line[equals + 1..];
            let value = equals + 1 + (after.len() - after.trim_start().len());
            at = equals + 1;
            let key = line[..equals].trim_end().trim_end_matches(['"', '\'']);
            let key = &key[key.rfind([' ', '\t', '{', ',', '.', '"', '\'']).map_or(0, |i| i + 1)..];
            let Some(quote) = line[value..].chars().next().filter(|c| matches!(c, '"' | '\''))
            else {
                continue;
            };
            let inside = value + 1;
            let end = line[inside..].find(quote).map_or(line.len(), |close| inside + close);
            let content = &line[inside..end];
            if sounds_secret(key) && !REFERENCES.iter().any(|scheme| content.starts_with(scheme)) {
                spans.push((offset + inside, offset + end));
            }
            at = end.max(at);
        }
        offset += line.len();
    }
    spans
}

/// Whether a key's name says that its value is a secret.
pub(crate) fn sounds_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    // Certificates' keys are named by path, machine keys are a facet: neither holds a secret.
    !matches!(key.as_str(), "machine-keys" | "client-key")
        && SECRET_KEYS.iter().any(|word| key.split(['-', '_']).any(|part| part.ends_with(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        masked(0, Source::new("a.toml", text), &[]).text().to_owned()
    }

    #[test]
    fn what_sounds_like_a_secret_is_masked_even_where_nothing_parses() {
        for (text, expected) in [
            (r#"password = "hunter2""#, r#"password = "*******""#),
            (r#"password = "hunter2"#, r#"password = "*******"#),
            (
                r#"guest = { user = "a", password='x y', via = [] }"#,
                r#"guest = { user = "a", password='***', via = [] }"#,
            ),
            (
                r#"credentials = { id = "AKID", key = "비밀" }"#,
                r#"credentials = { id = "AKID", key = "******" }"#,
            ),
            (r#""secret_key" = "abc""#, r#""secret_key" = "***""#),
            (r#"password = "env:WEB01""#, r#"password = "env:WEB01""#),
            (r#"machine-keys = "healthy""#, r#"machine-keys = "healthy""#),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
