//! Replacing variables: `%x%` before parsing, loop variables and `!x!` before execution.

use std::borrow::Cow;

use super::lines::Batch;
use super::parse::unquoted;
use super::shell::Shell;

impl Shell<'_> {
    /// The value of a variable, with those that the interpreter makes up.
    pub(super) fn variable(&self, name: &str) -> Option<Cow<'_, str>> {
        if let Some(value) = self.environment.get(name) {
            return Some(Cow::Borrowed(value));
        }
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("errorlevel") {
            Some(Cow::Owned(self.error_level.to_string()))
        } else if is("cd") {
            Some(Cow::Borrowed(&self.folder))
        } else if is("random") {
            // The same for the same script: a simulation does not roll dice.
            let number = self.random.wrapping_mul(1_103_515_245).wrapping_add(12_345) >> 16;
            Some(Cow::Owned((number & 0x7fff).to_string()))
        } else if is("cmdextversion") {
            Some(Cow::Borrowed("2"))
        } else if is("date") || is("time") {
            let text = crate::guest::moment::system_time(self.now());
            let (date, time) = text.split_once('T')?;
            Some(Cow::Owned(if is("date") { date.to_owned() } else { time[..11].to_owned() }))
        } else {
            None
        }
    }

    /// `name`, `name:~2,3`, or `name:old=new`.
    fn variable_with_modifier(&self, inner: &str) -> Option<String> {
        let Some((name, modifier)) = inner.split_once(':') else {
            return self.variable(inner).map(Cow::into_owned);
        };
        if let Some(whole) = self.variable(inner) {
            return Some(whole.into_owned());
        }
        let value = self.variable(name)?;
        if let Some(range) = modifier.strip_prefix('~') {
            Some(substring(&value, range))
        } else {
            let (old, new) = modifier.split_once('=')?;
            Some(substitute(&value, old, new))
        }
    }

    /// Percent variables of a line that was typed: what is not defined stays.
    pub(super) fn expand_typed<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !text.contains('%') {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find('%') {
            out.push_str(&rest[..start]);
            let after = &rest[start + 1..];
            let end = after.find('%').filter(|end| *end > 0);
            if let Some((value, end)) =
                end.and_then(|end| Some((self.variable_with_modifier(&after[..end])?, end)))
            {
                out.push_str(&value);
                rest = &after[end + 1..];
            } else {
                out.push('%');
                rest = after;
            }
        }
        out.push_str(rest);
        Cow::Owned(out)
    }

    /// Percent variables of a line of a file: `%%` is a percent sign, what is not defined is empty.
    pub(super) fn expand_file_line(&self, text: &str, batch: &Batch) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find('%') {
            out.push_str(&rest[..start]);
            let after = &rest[start + 1..];
            if let Some(more) = after.strip_prefix('%') {
                out.push('%');
                rest = more;
            } else if let Some((value, used)) = self.argument(after, batch) {
                out.push_str(&value);
                rest = &after[used..];
            } else if let Some(end) = after.find('%') {
                if let Some(value) = self.variable_with_modifier(&after[..end]) {
                    out.push_str(&value);
                }
                rest = &after[end + 1..];
            } else {
                rest = after;
            }
        }
        out.push_str(rest);
        out
    }

    /// `1`, `*` or `~dp1`: the value and how many bytes it took.
    fn argument(&self, text: &str, batch: &Batch) -> Option<(String, usize)> {
        if text.starts_with('*') {
            return Some((batch.arguments[1..].join(" "), 1));
        }
        let digits = |c: char| c.to_digit(10).and_then(|d| usize::try_from(d).ok());
        if let Some(at) = text.chars().next().and_then(digits) {
            return Some((batch.arguments.get(at).cloned().unwrap_or_default(), 1));
        }
        let modified = text.strip_prefix('~')?;
        let end = modified.find(|c: char| !is_modifier(c))?;
        let at = modified[end..].chars().next().and_then(digits)?;
        let value = batch.arguments.get(at).cloned().unwrap_or_default();
        Some((self.modified(&modified[..end], &value), end + 2))
    }

    /// Loop variables, then `!x!` where that is on.
    pub(super) fn expand_late<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let looped = if self.variables.is_empty() || !text.contains('%') {
            Cow::Borrowed(text)
        } else {
            Cow::Owned(self.expand_loop_variables(text))
        };
        if self.delayed && looped.contains('!') {
            Cow::Owned(self.expand_delayed(&looped))
        } else {
            looped
        }
    }

    fn loop_variable(&self, name: char) -> Option<&str> {
        self.variables.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| &**value)
    }

    fn expand_loop_variables(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find('%') {
            out.push_str(&rest[..start]);
            let after = &rest[start + 1..];
            let mut chars = after.chars();
            match chars.next() {
                Some('~') => {
                    if let Some((value, used)) = self.modified_loop_variable(&after[1..]) {
                        out.push_str(&value);
                        rest = &after[1 + used..];
                        continue;
                    }
                }
                Some(name) => {
                    if let Some(value) = self.loop_variable(name) {
                        out.push_str(value);
                        rest = chars.as_str();
                        continue;
                    }
                }
                None => {}
            }
            out.push('%');
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// `dpk` after `%~`: the longest run of modifiers that a variable follows.
    fn modified_loop_variable(&self, text: &str) -> Option<(String, usize)> {
        let mut best = None;
        for (at, c) in text.char_indices() {
            if let Some(value) = self.loop_variable(c) {
                best = Some((value, at, c.len_utf8()));
            }
            if !is_modifier(c) {
                break;
            }
        }
        let (value, at, width) = best?;
        Some((self.modified(&text[..at], value), at + width))
    }

    /// Applies `~`-modifiers to a path: f, d, p, n, x; the others keep it.
    fn modified(&self, modifiers: &str, value: &str) -> String {
        let plain = unquoted(value);
        if modifiers.is_empty() {
            return plain;
        }
        let full = self.full_path(&plain);
        if modifiers.contains(['f', 'F']) {
            return full;
        }
        let has = |letter: char| modifiers.to_ascii_lowercase().contains(letter);
        let (folder, file) = full.rsplit_once('\\').unwrap_or(("", &full));
        let (stem, extension) = match file.rfind('.') {
            Some(at) => file.split_at(at),
            None => (file, ""),
        };
        let mut out = String::new();
        if has('d') {
            out.push_str(&full[..2.min(full.len())]);
        }
        if has('p') {
            out.push_str(folder.get(2..).unwrap_or(""));
            out.push('\\');
        }
        if has('n') {
            out.push_str(stem);
        }
        if has('x') {
            out.push_str(extension);
        }
        if out.is_empty() {
            let size = self.guest.files().get(&full).map(|node| node.data.len().to_string());
            return if has('z') { size.unwrap_or_default() } else { full };
        }
        out
    }

    /// `!x!`: undefined is empty, an unpaired mark disappears, carets escape once more.
    fn expand_delayed(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(['!', '^']) {
            out.push_str(&rest[..at]);
            let mark = rest[at..].starts_with('!');
            rest = &rest[at + 1..];
            if !mark {
                if let Some(c) = rest.chars().next() {
                    out.push(c);
                    rest = &rest[c.len_utf8()..];
                }
                continue;
            }
            if let Some(end) = rest.find('!') {
                if let Some(value) = self.variable_with_modifier(&rest[..end]) {
                    out.push_str(&value);
                }
                rest = &rest[end + 1..];
            }
        }
        out.push_str(rest);
        out
    }
}

fn is_modifier(c: char) -> bool {
    matches!(c.to_ascii_lowercase(), 'f' | 'd' | 'p' | 'n' | 'x' | 's' | 'a' | 't' | 'z')
}

/// `start[,length]`, where negative numbers count from the end.
fn substring(value: &str, range: &str) -> String {
    let chars: Vec<char> = value.chars().collect();
    let total = i64::try_from(chars.len()).unwrap_or(0);
    let (start, length) = range.split_once(',').map_or((range, None), |(s, l)| (s, Some(l)));
    let start = start.trim().parse::<i64>().unwrap_or(0);
    let start = if start < 0 { (total + start).max(0) } else { start.min(total) };
    let end = match length.map(|text| text.trim().parse::<i64>().unwrap_or(0)) {
        None => total,
        Some(length) if length < 0 => (total + length).max(start),
        Some(length) => (start + length).min(total),
    };
    let at = |number: i64| usize::try_from(number).unwrap_or(0);
    chars[at(start)..at(end)].iter().collect()
}

/// `old=new` without regard to case; `*old` takes everything before it too.
fn substitute(value: &str, old: &str, new: &str) -> String {
    let lower = value.to_ascii_lowercase();
    if let Some(old) = old.strip_prefix('*') {
        let old = old.to_ascii_lowercase();
        return match lower.find(&old) {
            Some(at) => format!("{new}{}", &value[at + old.len()..]),
            None => value.to_owned(),
        };
    }
    let old = old.to_ascii_lowercase();
    if old.is_empty() {
        return value.to_owned();
    }
    let mut out = String::new();
    let mut from = 0;
    while let Some(at) = lower[from..].find(&old) {
        out.push_str(&value[from..from + at]);
        out.push_str(new);
        from += at + old.len();
    }
    out.push_str(&value[from..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_values() {
        for (range, expected) in [
            ("0,3", "abc"),
            ("2", "cdef"),
            ("-2", "ef"),
            ("1,-1", "bcde"),
            ("9,1", ""),
            ("-9,2", "ab"),
        ] {
            assert_eq!(substring("abcdef", range), expected, "{range}");
        }
        assert_eq!(substitute("a.B.c", ".b", "-x"), "a-x.c");
        assert_eq!(substitute("one=two", "*=", ""), "two");
    }
}
