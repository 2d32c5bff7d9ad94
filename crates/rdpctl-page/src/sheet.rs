//! The style sheet of the page and of the reports, whole as a file or as far as a report uses it.

use rdpctl_model::FacetId;

use crate::words::{Language, words};

/// The sheet as people wrote it.
const SOURCE: &str = include_str!("../assets/style.css");

/// A style sheet. Only this file makes one, of our own source.
#[derive(Clone, Debug)]
pub(crate) struct Sheet(String);

impl Sheet {
    /// All of it, without comments and indents.
    #[must_use]
    pub(crate) fn whole() -> Self {
        let mut text = String::with_capacity(SOURCE.len());
        let mut rest = SOURCE;
        while let Some((before, after)) = rest.split_once("/*") {
            text.push_str(before);
            rest = after.split_once("*/").map_or("", |(_, after)| after);
        }
        text.push_str(rest);
        text.push_str(&of_cells());
        let mut whole = String::with_capacity(text.len());
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            whole.push_str(line);
            // Behind these the sense needs no break.
            if !line.ends_with(['{', ';', '}']) {
                whole.push('\n');
            }
        }
        Self(whole)
    }

    /// Without the rules whose classes do not occur in a document.
    #[must_use]
    pub(crate) fn used_by(html: &str) -> Self {
        let whole = Self::whole();
        let mut kept = String::with_capacity(whole.0.len());
        rules(&whole.0, html, &mut kept);
        Self(kept)
    }

    /// The text.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the sheet says of cells by their place: where a world begins, and, on a phone, whose facet it is, which no cell of
/// thousands says itself.
fn of_cells() -> String {
    let mut walls = Vec::new();
    let mut names = String::new();
    let mut before = None;
    for (place, facet) in FacetId::ALL.into_iter().enumerate() {
        // Before them stands who it is.
        let child = place + 2;
        if before.replace(facet.world()).is_some_and(|world| world != facet.world()) {
            walls.push(format!(".matrix tr > :nth-child({child})"));
        }
        for language in Language::ALL {
            let of = if language == Language::English { "" } else { "[lang=KO] " };
            let of = of.replace("KO", language.code());
            let name = words(language).facet(facet);
            debug_assert!(!name.contains(['"', '\\', '<']), "{name} is no text of a sheet");
            names.push_str(&format!(
                "{of}.matrix td:nth-child({child})::after {{ content: \"{name}\"; }}\n"
            ));
        }
    }
    walls.push(format!(".matrix tr > :nth-child({})", FacetId::ALL.len() + 2));
    let walls = walls.join(", ");
    format!(
        "@layer parts {{\n{walls} {{ border-left: 1px solid var(--line); }}\n\
         @container main (max-width: 44rem) {{\n{names}}}\n}}\n"
    )
}

/// Copies the rules that may apply, looking into groups of them.
fn rules(text: &str, html: &str, kept: &mut String) {
    let mut rest = text;
    while let Some((head, after)) = rest.split_once('{') {
        let end = closing(after);
        let (body, tail) = after.split_at(end);
        rest = tail.strip_prefix('}').unwrap_or(tail);
        // What ends in a semicolon stands by itself before the rule.
        let (alone, selector) = head.rsplit_once(';').map_or(("", head), |(a, s)| (a, s));
        if !alone.trim().is_empty() {
            kept.push_str(alone.trim());
            kept.push_str(";\n");
        }
        let selector = selector.trim();
        let groups = ["@layer", "@media", "@container"];
        if groups.iter().any(|group| selector.starts_with(group)) {
            let mut inner = String::new();
            rules(body, html, &mut inner);
            if !inner.trim().is_empty() {
                kept.push_str(&format!("{selector} {{\n{inner}}}\n"));
            }
        } else if selector.split(',').any(|one| may_apply(one, html)) {
            kept.push_str(&format!("{selector} {{{body}}}\n"));
        }
    }
}

/// Where the brace closes that was opened before the text.
fn closing(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return at,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// Whether all classes of a selector occur in a document.
fn may_apply(selector: &str, html: &str) -> bool {
    // What stands in `:not(…)` and the like says where it does not apply.
    let plain = selector.split(":not(").next().unwrap_or_default();
    plain.split('.').skip(1).all(|rest| {
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
            .unwrap_or(rest.len());
        let name = &rest[..end];
        // A number such as `.5rem` is no class.
        name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || occurs(name, html)
    })
}

fn occurs(name: &str, html: &str) -> bool {
    html.match_indices(name).any(|(at, _)| {
        let before = html[..at].chars().next_back();
        let after = html[at + name.len()..].chars().next();
        matches!(before, Some('"' | ' ')) && matches!(after, Some('"' | ' '))
    })
}

#[cfg(test)]
mod tests {
    use super::Sheet;

    #[test]
    fn a_report_brings_the_rules_that_it_uses_and_no_others() {
        let sheet = Sheet::used_by("<ul class=\"groups\"><li class=\"section\"></li></ul>");
        assert!(sheet.as_str().contains(".section"), "{}", sheet.as_str());
        assert!(sheet.as_str().contains(":root"), "{}", sheet.as_str());
        assert!(!sheet.as_str().contains(".matrix"), "{}", sheet.as_str());
        assert!(!Sheet::whole().as_str().contains("</"));
    }

    #[test]
    fn the_sheet_stays_small() {
        assert!(Sheet::whole().as_str().len() <= 28 * 1024, "{}", Sheet::whole().as_str().len());
    }
}
