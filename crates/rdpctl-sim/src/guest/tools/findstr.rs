//! `findstr` and `find`: lines that hold a text. Nothing found is exit code 1.

use std::borrow::Cow;

use super::Tool;
use crate::guest::code_page;

/// A search text, literal or with `findstr`'s few metacharacters.
#[derive(Debug)]
enum Pattern {
    Literal(Vec<u8>),
    Expression(Vec<Piece>),
}

#[derive(Debug)]
struct Piece {
    class: Class,
    repeated: bool,
}

#[derive(Debug)]
enum Class {
    Byte(u8),
    Any,
    Set { negated: bool, ranges: Vec<(u8, u8)> },
    Start,
    End,
}

#[derive(Debug, Default)]
struct Search {
    patterns: Vec<Pattern>,
    any_case: bool,
    inverted: bool,
    place: Place,
    print: Print,
}

/// Where in a line a text has to stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Anywhere,
    Start,
    End,
    WholeLine,
}

/// What is printed of a line that was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Print {
    #[default]
    Line,
    Numbered,
    Nothing,
}

fn expression(text: &[u8]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let class = match text[at] {
            b'*' if !pieces.is_empty() => {
                if let Some(last) = pieces.last_mut() {
                    last.repeated = true;
                }
                at += 1;
                continue;
            }
            b'.' => Class::Any,
            b'^' if at == 0 => Class::Start,
            b'$' if at + 1 == text.len() => Class::End,
            b'\\' if at + 1 < text.len() => {
                at += 1;
                Class::Byte(text[at])
            }
            b'[' if text[at + 1..].contains(&b']') => {
                let end = at + 1 + text[at + 1..].iter().position(|b| *b == b']').unwrap_or(0);
                let mut inner = &text[at + 1..end];
                let negated = inner.first() == Some(&b'^');
                if negated {
                    inner = &inner[1..];
                }
                let mut ranges = Vec::new();
                let mut i = 0;
                while i < inner.len() {
                    if i + 2 < inner.len() && inner[i + 1] == b'-' {
                        ranges.push((inner[i], inner[i + 2]));
                        i += 3;
                    } else {
                        ranges.push((inner[i], inner[i]));
                        i += 1;
                    }
                }
                at = end;
                Class::Set { negated, ranges }
            }
            byte => Class::Byte(byte),
        };
        pieces.push(Piece { class, repeated: false });
        at += 1;
    }
    pieces
}

fn matches_here(pieces: &[Piece], line: &[u8], at: usize) -> bool {
    let Some((piece, rest)) = pieces.split_first() else { return true };
    let one = |at: usize| match &piece.class {
        Class::Byte(byte) => line.get(at) == Some(byte),
        Class::Any => at < line.len(),
        Class::Set { negated, ranges } => line.get(at).is_some_and(|byte| {
            ranges.iter().any(|(from, to)| (from..=to).contains(&byte)) != *negated
        }),
        Class::Start | Class::End => false,
    };
    match piece.class {
        Class::Start => at == 0 && matches_here(rest, line, at),
        Class::End => at == line.len() && matches_here(rest, line, at),
        Class::Byte(_) | Class::Any | Class::Set { .. } if piece.repeated => {
            let mut end = at;
            while one(end) {
                end += 1;
            }
            (at..=end).rev().any(|next| matches_here(rest, line, next))
        }
        Class::Byte(_) | Class::Any | Class::Set { .. } => {
            one(at) && matches_here(rest, line, at + 1)
        }
    }
}

fn contains(line: &[u8], text: &[u8]) -> bool {
    let Some(first) = text.first() else { return true };
    let mut from = 0;
    while let Some(offset) = line[from..].iter().position(|byte| byte == first) {
        let at = from + offset;
        if line[at..].starts_with(text) {
            return true;
        }
        from = at + 1;
    }
    false
}

impl Search {
    fn hits(&self, line: &[u8]) -> bool {
        let line =
            if self.any_case { Cow::Owned(line.to_ascii_lowercase()) } else { Cow::Borrowed(line) };
        let found = self.patterns.iter().any(|pattern| match pattern {
            Pattern::Literal(text) => match self.place {
                Place::Anywhere => contains(&line, text),
                Place::Start => line.starts_with(text),
                Place::End => line.ends_with(text),
                Place::WholeLine => *line == **text,
            },
            Pattern::Expression(pieces) => {
                (0..=line.len()).any(|at| matches_here(pieces, &line, at))
            }
        });
        found != self.inverted
    }

    /// Prints what it finds; the number of lines.
    fn scan(&self, tool: &Tool<'_>, input: &[u8], label: &str, colon: bool) -> usize {
        let mut found = 0;
        let mut out = Vec::new();
        for (number, line) in input.split(|byte| *byte == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let last = line.is_empty() && input.is_empty();
            if last || !self.hits(line) {
                continue;
            }
            // The split leaves an empty piece after the last newline: it is no line.
            let end = line.as_ptr_range().end == input.as_ptr_range().end;
            if end && line.is_empty() {
                continue;
            }
            found += 1;
            if self.print == Print::Nothing {
                continue;
            }
            out.extend_from_slice(label.as_bytes());
            if self.print == Print::Numbered {
                let number = number + 1;
                let text = if colon { format!("{number}:") } else { format!("[{number}]") };
                out.extend_from_slice(text.as_bytes());
            }
            out.extend_from_slice(line);
            out.extend_from_slice(b"\r\n");
        }
        tool.out.write(&out);
        found
    }
}

/// The files to read: full path, name as written, bytes. `None` when one is missing.
fn files(tool: &Tool<'_>, names: &[String]) -> Option<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    for name in names {
        let matching = tool.guest.files().matching(&tool.path(name));
        let before = found.len();
        for (path, node) in matching.into_iter().filter(|(_, node)| !node.folder) {
            let shown = if name.contains(['*', '?']) {
                path.rsplit('\\').next().unwrap_or(&path).to_owned()
            } else {
                name.clone()
            };
            found.push((shown, node.data.to_vec()));
        }
        if found.len() == before {
            return None;
        }
    }
    Some(found)
}

pub(super) fn findstr(tool: &mut Tool<'_>) -> i32 {
    let mut search = Search::default();
    let mut literal = false;
    let mut regular = false;
    let mut whole: Vec<String> = Vec::new();
    let mut plain: Vec<String> = Vec::new();
    for word in tool.words() {
        let Some(switch) = word.strip_prefix('/') else {
            plain.push(word);
            continue;
        };
        let lower = switch.to_ascii_lowercase();
        if lower.starts_with("c:") {
            whole.push(switch[2..].to_owned());
            continue;
        }
        for letter in lower.chars() {
            match letter {
                'i' => search.any_case = true,
                'v' => search.inverted = true,
                'n' => search.print = Print::Numbered,
                'x' => search.place = Place::WholeLine,
                'b' => search.place = Place::Start,
                'e' => search.place = Place::End,
                'l' => literal = true,
                'r' => regular = true,
                'm' | 's' | 'o' | 'p' => {}
                _ => return 2,
            }
        }
    }
    let mut texts: Vec<(String, bool)> = whole.into_iter().map(|text| (text, regular)).collect();
    if texts.is_empty() {
        if plain.is_empty() {
            tool.error_line("FINDSTR: Bad command line");
            return 2;
        }
        let words = plain.remove(0);
        let words = words.split(' ').filter(|text| !text.is_empty());
        texts.extend(words.map(|text| (text.to_owned(), !literal)));
    }
    for (text, expressive) in texts {
        let mut bytes = Vec::new();
        code_page::encode(tool.page, &text, &mut bytes);
        if search.any_case {
            bytes.make_ascii_lowercase();
        }
        let special = bytes.iter().any(|byte| b".*[^$\\".contains(byte));
        search.patterns.push(if expressive && special {
            Pattern::Expression(expression(&bytes))
        } else {
            Pattern::Literal(bytes)
        });
    }
    if plain.is_empty() {
        let input = std::rc::Rc::clone(&tool.input);
        return i32::from(search.scan(tool, &input, "", true) == 0);
    }
    let several = plain.len() > 1 || plain.iter().any(|name| name.contains(['*', '?']));
    let Some(files) = files(tool, &plain) else {
        tool.error_line(&format!("FINDSTR: Cannot open {}", plain.join(" ")));
        return 1;
    };
    let mut found = 0;
    for (name, bytes) in files {
        let label = if several { format!("{name}:") } else { String::new() };
        found += search.scan(tool, &bytes, &label, true);
    }
    i32::from(found == 0)
}

/// Whether the text stands in quotes in the line, which `find` insists on.
pub(super) fn find(tool: &mut Tool<'_>) -> i32 {
    let mut search = Search::default();
    let mut words = Vec::new();
    for word in tool.words() {
        match word.to_ascii_lowercase().as_str() {
            "/i" => search.any_case = true,
            "/v" => search.inverted = true,
            "/n" => search.print = Print::Numbered,
            "/c" => search.print = Print::Nothing,
            _ => words.push(word),
        }
    }
    if words.is_empty() || !tool.arguments.contains('"') {
        tool.error_line("FIND: Parameter format not correct");
        return 2;
    }
    let text = words.remove(0);
    let mut bytes = Vec::new();
    code_page::encode(tool.page, &text, &mut bytes);
    if search.any_case {
        bytes.make_ascii_lowercase();
    }
    search.patterns.push(Pattern::Literal(bytes));
    if words.is_empty() {
        let input = std::rc::Rc::clone(&tool.input);
        let found = search.scan(tool, &input, "", false);
        if search.print == Print::Nothing {
            tool.line(&found.to_string());
        }
        return i32::from(found == 0);
    }
    let Some(files) = files(tool, &words) else {
        tool.error_line(&format!("File not found - {}", words[0].to_uppercase()));
        return 1;
    };
    let mut total = 0;
    for (name, bytes) in files {
        let heading = format!("\r\n---------- {}", name.to_uppercase());
        if search.print == Print::Nothing {
            let found = search.scan(tool, &bytes, "", false);
            tool.line(&format!("{heading}: {found}"));
            total += found;
        } else {
            tool.line(&heading);
            total += search.scan(tool, &bytes, "", false);
        }
    }
    i32::from(total == 0)
}
