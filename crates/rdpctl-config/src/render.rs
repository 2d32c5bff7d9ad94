//! Findings as people read them: the line, a mark under the offending text, and what to do.

use std::fmt;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, Diagnostics, Severity, Spot};
use crate::source::{Place, Source, shown};

/// How many findings are shown in full.
const SHOWN: usize = 50;

/// Whether colours are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// No escape sequences.
    Plain,
    /// ANSI colours.
    Colour,
}

impl Diagnostics {
    /// The findings for people.
    #[must_use]
    pub fn render(&self, paint: Paint) -> String {
        render(self, paint)
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Paint::Plain))
    }
}

fn render(diagnostics: &Diagnostics, paint: Paint) -> String {
    let renderer = match paint {
        Paint::Plain => Renderer::plain(),
        Paint::Colour => Renderer::styled(),
    };
    let mut text = String::new();
    for one in diagnostics.list.iter().take(SHOWN) {
        text.push_str(&renderer.render(&[group(one, &diagnostics.sources)]));
        text.push_str("\n\n");
    }
    let shown = diagnostics.list.len().min(SHOWN);
    let rest = diagnostics.errors() + diagnostics.warnings() - shown;
    if rest > 0 {
        text.extend(["and ", &rest.to_string(), " more\n"]);
    } else {
        text.pop();
    }
    text
}

fn group<'a>(one: &'a Diagnostic, sources: &'a [Source]) -> Group<'a> {
    let level = match one.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(one.message.as_str());
    let mut group = match &one.spot {
        Spot::File(path) => title.element(Origin::path(shown(path))),
        Spot::Text(place) => {
            let marks =
                |place: Place, kind: AnnotationKind, label: Option<&'a str>| (place, kind, label);
            let here = marks(*place, AnnotationKind::Primary, one.label);
            match one.also {
                None => title.element(excerpt(sources, &[here])),
                Some((other, label)) => {
                    let first = marks(other, AnnotationKind::Context, Some(label));
                    if other.source == place.source {
                        title.element(excerpt(sources, &[here, first]))
                    } else {
                        title.element(excerpt(sources, &[here])).element(excerpt(sources, &[first]))
                    }
                }
            }
        }
    };
    if let Some(help) = &one.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    group
}

/// The lines from the first mark to the last; the renderer folds what lies between.
fn excerpt<'a>(
    sources: &'a [Source],
    marks: &[(Place, AnnotationKind, Option<&'a str>)],
) -> Snippet<'a, Annotation<'a>> {
    let source = &sources[marks[0].0.source];
    let text = source.text();
    let first = marks.iter().map(|mark| mark.0.start).min().unwrap_or(0).min(text.len());
    let last = marks.iter().map(|mark| mark.0.start).max().unwrap_or(0).min(text.len());
    let start = text[..first].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[last..].find('\n').map_or(text.len(), |newline| last + newline);
    let (line, _) = source.line_and_column(start);
    let annotations = marks.iter().map(|(place, kind, label)| {
        // A value over several lines is marked on its first: that is where to look.
        let from = place.start.min(text.len());
        let line_end = text[from..].find('\n').map_or(text.len(), |newline| from + newline);
        let to = place.end.clamp(from, line_end);
        kind.span(from - start..to - start).label(*label)
    });
    Snippet::source(&text[start..end])
        .line_start(line)
        .path(source.shown())
        .annotations(annotations)
}
