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
    let mut last_line = None;
    let text = source.text();
    for error in errors.iter().take(MOST) {
        let span = error.span().unwrap_or(0..0);
        let place = Place::new(index, span.start.min(text.len())..span.end.min(text.len()));
        if error.message() == "duplicate key" {
            duplicate(text, place, problems);
            continue;
        }
        sound = false;
        // Further complaints about one line are about the parser's own repair of it.
        let (line, _) = source.line_and_column(place.start);
        if last_line != Some(line) {
            let slip = slip(text, place);
            let message = slip.as_ref().map_or_else(
                || format!("this is not TOML: {}", error.message()),
                |slip| slip.message.to_owned(),
            );
            problems.error(place, message).maybe_help(|| slip.and_then(|slip| slip.help));
        }
        last_line = Some(line);
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

/// A slip that people make often, told in their words.
struct Slip {
    message: &'static str,
    help: Option<String>,
}

fn slip(text: &str, place: Place) -> Option<Slip> {
    let slip = |message: &'static str, help: String| {
        Some(Slip { message, help: (!help.is_empty()).then_some(help) })
    };
    let line_start = text[..place.start].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[line_start..].lines().next()?.trim();
    let (key, value) = line.split_once('=').unwrap_or((line, ""));
    let (key, value) = (key.trim(), value.split('#').next().unwrap_or_default().trim());
    let bare = |c: char| c.is_ascii_alphanumeric() || "-_.:/%".contains(c);
    if line.contains(['“', '”', '‘', '’']) {
        return slip("these are typographic quotes", "use straight ones: \"…\"".to_owned());
    }
    let header = line.starts_with('[') && line.ends_with(']') && !line.contains(['=', '"', ',']);
    if header && place.start == line_start {
        let message = "a list or table before this line is not closed";
        return slip(message, "add the missing `]` or `}`".to_owned());
    }
    if !line.contains('=') && !line.is_empty() && line.chars().all(|c| bare(c) || c == ' ') {
        return slip("this line has a key and no value", format!("write `{key} = VALUE`"));
    }
    if line.ends_with('=') {
        return slip("this key has no value", "write one, or remove the line".to_owned());
    }
    if !value.is_empty() && value.chars().all(bare) && !crate::secrecy::sounds_secret(key) {
        return slip("text stands in quotes", format!("write `{key} = \"{value}\"`"));
    }
    let quotes = value.chars().filter(|c| *c == '"').count();
    if quotes % 2 == 1 {
        return slip("a quote is not closed on this line", String::new());
    }
    None
}
