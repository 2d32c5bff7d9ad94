//! What is wrong with a declaration: collected all at once, bounded, in the order of the text.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use crate::secrecy::masked;
use crate::source::{Place, Source};

/// More than anybody reads; the rest is counted.
const MOST: usize = 1_000;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The declaration cannot be used.
    Error,
    /// It can be used, but probably does not mean what was meant.
    Warning,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Diagnostic {
    pub(crate) severity: Severity,
    pub(crate) message: String,
    pub(crate) spot: Spot,
    pub(crate) label: Option<&'static str>,
    pub(crate) also: Option<(Place, &'static str)>,
    pub(crate) help: Option<String>,
    /// Whether it is one too many, and only counted.
    is_spare: bool,
}

/// Where a finding points.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Spot {
    /// At a file as a whole, which may not even be readable.
    File(PathBuf),
    /// At a part of a text.
    Text(Place),
}

impl Diagnostic {
    /// Adds what to do about it.
    pub(crate) fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// Adds what to do about it, where that is known. Looking for it costs, so it is done only for what is shown.
    pub(crate) fn maybe_help(&mut self, help: impl FnOnce() -> Option<String>) -> &mut Self {
        if !self.is_spare {
            self.help = help();
        }
        self
    }

    /// Adds a second place, and says which is which.
    pub(crate) fn first_at(
        &mut self,
        place: Place,
        first: &'static str,
        here: &'static str,
    ) -> &mut Self {
        self.also = Some((place, first));
        self.label = Some(here);
        self
    }
}

/// Findings while they are collected.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    list: Vec<Diagnostic>,
    more_errors: usize,
    more_warnings: usize,
    any_error: bool,
    /// Takes what is said about a finding that is only counted.
    spare: Option<Diagnostic>,
    /// Warnings that were given, for those that would be given again by everything that shares their cause.
    warned: HashSet<String>,
    /// Values that look like secrets and must not be shown.
    clear_secrets: Vec<Place>,
}

impl Problems {
    pub(crate) fn error(&mut self, place: Place, message: impl Into<String>) -> &mut Diagnostic {
        self.push(Severity::Error, Spot::Text(place), message.into())
    }

    /// A warning, once however often it is met.
    pub(crate) fn warn_once(&mut self, place: Place, message: String, help: &str) {
        if self.warned.insert(message.clone()) {
            self.push(Severity::Warning, Spot::Text(place), message).help(help);
        }
    }

    pub(crate) fn file(
        &mut self,
        path: impl Into<PathBuf>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.push(Severity::Error, Spot::File(path.into()), message.into())
    }

    fn push(&mut self, severity: Severity, spot: Spot, message: String) -> &mut Diagnostic {
        let is_spare = self.list.len() >= MOST;
        let one =
            Diagnostic { severity, message, spot, label: None, also: None, help: None, is_spare };
        self.any_error |= severity == Severity::Error;
        if is_spare {
            match severity {
                Severity::Error => self.more_errors += 1,
                Severity::Warning => self.more_warnings += 1,
            }
            return self.spare.insert(one);
        }
        self.list.push(one);
        let last = self.list.len() - 1;
        &mut self.list[last]
    }

    /// Keeps a value out of everything that is shown.
    pub(crate) fn hide(&mut self, place: Place) {
        self.clear_secrets.push(place);
    }

    pub(crate) fn any_error(&self) -> bool {
        self.any_error
    }

    /// Puts the findings in order, with the texts that they point into.
    pub(crate) fn into_diagnostics(mut self, sources: Vec<Source>) -> Diagnostics {
        // One mistake can be met twice, for example by two instances of one broken profile.
        self.list.sort_by(|a, b| (&a.spot, &a.message).cmp(&(&b.spot, &b.message)));
        self.list.dedup();
        let sources = if self.list.is_empty() {
            Vec::new()
        } else {
            sources
                .into_iter()
                .enumerate()
                .map(|(index, source)| masked(index, source, &self.clear_secrets))
                .collect()
        };
        Diagnostics {
            sources: Arc::from(sources),
            list: self.list,
            more_errors: self.more_errors,
            more_warnings: self.more_warnings,
        }
    }
}

/// All that is wrong with a declaration. `Display` renders it without colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics {
    pub(crate) sources: Arc<[Source]>,
    pub(crate) list: Vec<Diagnostic>,
    more_errors: usize,
    more_warnings: usize,
}

/// One finding for machines; lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// How bad it is.
    pub severity: Severity,
    /// The file.
    pub file: String,
    /// The line; 1 when the file as a whole is meant.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// The offending text, one line of it, with secrets masked.
    pub text: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostics {
    /// Nothing to say.
    pub(crate) fn none() -> Self {
        Self { sources: Arc::from([]), list: Vec::new(), more_errors: 0, more_warnings: 0 }
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many errors there are, also those that are not shown.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.listed(Severity::Error) + self.more_errors
    }

    /// How many warnings there are.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.listed(Severity::Warning) + self.more_warnings
    }

    fn listed(&self, severity: Severity) -> usize {
        self.list.iter().filter(|one| one.severity == severity).count()
    }

    /// The findings for machines.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let newlines: Vec<Vec<usize>> = self.sources.iter().map(Source::newlines).collect();
        self.list.iter().map(|one| self.row(one, &newlines)).collect()
    }

    fn row(&self, one: &Diagnostic, newlines: &[Vec<usize>]) -> Row {
        let (file, line, column, text) = match &one.spot {
            Spot::File(path) => (path.display().to_string(), 1, 1, String::new()),
            Spot::Text(place) => {
                let source = &self.sources[place.source];
                let newlines = &newlines[place.source];
                let before = newlines.partition_point(|newline| *newline < place.start);
                let line_start = if before == 0 { 0 } else { newlines[before - 1] + 1 };
                let lead = source.text().get(line_start..place.start).unwrap_or_default();
                let (line, column) = (before + 1, lead.chars().count() + 1);
                let text = source.text().get(place.start..place.end).unwrap_or_default();
                let text = text.lines().next().unwrap_or_default().to_owned();
                (source.path().display().to_string(), line, column, text)
            }
        };
        let (message, help) = (one.message.clone(), one.help.clone());
        Row { severity: one.severity, file, line, column, text, message, help }
    }
}

impl std::error::Error for Diagnostics {}
