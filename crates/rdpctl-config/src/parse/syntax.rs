//! Text that is not TOML: the parser's complaints with what people usually meant.

use toml::de::Error;

use crate::diagnostic::Problems;
use crate::source::{Place, Source};

/// The parser recovers well, but after a few errors it complains about its own guesses.
const MOST: usize = 5;

/// Reports what the parser disliked; returns whether the tree can be relied upon all the same.
pub(crate) fn report(
    index: usize,
    source: &Source,
    errors: &[Error],
    problems: &mut Problems,
) -> bool {
    let mut sound = true;
    let text = source.text();
    for error in errors.iter().take(MOST) {
        let span = error.span().unwrap_or(0..0);
        let place = Place::new(index, span.start.min(text.len())..span.end.min(text.len()));
        if error.message() == "duplicate key" {
            duplicate(text, place, problems);
        } else {
            sound = false;
            problems
                .error(place, format!("this is not TOML: {}", error.message()))
                .maybe_help(advice(text, place));
        }
    }
    sound
}

fn duplicate(text: &str, place: Place, problems: &mut Problems) {
    let name = &text[place.start..place.end];
    let found = problems.error(place, format!("`{name}` is declared twice"));
    if let Some(first) = first_of(text, place) {
        found.first_at(first, "first here", "again here");
    }
}

/// Where the key at `place` stood first: as the same header further up, or as the same key of the same table.
fn first_of(text: &str, place: Place) -> Option<Place> {
    let line_start = text[..place.start].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text[place.start..].find('\n').map_or(text.len(), |end| place.start + end);
    let name = &text[place.start..place.end];
    let squeezed = |line: &str| -> String {
        line.split('#').next().unwrap_or_default().chars().filter(|c| !c.is_whitespace()).collect()
    };
    let this = squeezed(&text[line_start..line_end]);
    let header = this.starts_with('[');
    let mut end = line_start;
    let mut found = None;
    for line in text[..line_start].split_inclusive('\n').rev() {
        let start = end - line.len();
        end = start;
        let other = squeezed(line);
        let same = if header {
            other == this
        } else {
            other.starts_with(&format!("{name}=")) || other.starts_with(&format!("{name}."))
        };
        if same {
            let at = start + line.find(name)?;
            found = Some(Place { source: place.source, start: at, end: at + name.len() });
            break;
        }
        if !header && other.starts_with('[') {
            break;
        }
    }
    // Within an inline table both stand on one line.
    found.or_else(|| {
        let at = line_start + text[line_start..place.start].find(name)?;
        (!header).then_some(Place { source: place.source, start: at, end: at + name.len() })
    })
}

fn advice(text: &str, place: Place) -> Option<String> {
    let line_start = text[..place.start].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[line_start..].lines().next()?;
    let (key, value) = line.split_once('=').unwrap_or((line, ""));
    let (key, value) = (key.trim(), value.split('#').next().unwrap_or_default().trim());
    let bare = |c: char| c.is_ascii_alphanumeric() || "-_.:/%".contains(c);
    if !line.contains('=') && !line.trim_start().starts_with('[') {
        return Some("write `key = value`".to_owned());
    }
    if value.is_empty() && line.contains('=') {
        return Some(format!("`{key}` has no value; write one, or remove the line"));
    }
    if !value.is_empty() && value.chars().all(bare) && !crate::secrecy::sounds_secret(key) {
        return Some(format!("text stands in quotes: `{key} = \"{value}\"`"));
    }
    if line.contains(['“', '”', '‘', '’']) {
        return Some("use straight quotes: \"…\"".to_owned());
    }
    let quotes = value.chars().filter(|c| *c == '"').count();
    (quotes % 2 == 1).then(|| "a quote is not closed on this line".to_owned())
}
