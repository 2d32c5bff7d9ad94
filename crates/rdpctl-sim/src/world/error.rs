//! What is wrong with a world file, and where: file, line, column, the offending text, and what was meant.

use std::{
    fmt,
    ops::Range,
    path::{Path, PathBuf},
};

/// Why a world could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The file could not be read.
    #[error("cannot read the world {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file was read, and is not a world.
    #[error("{}", Listing(findings))]
    Invalid {
        /// Every fault that was found, in the order of the file.
        findings: Vec<Finding>,
    },
}

/// One fault in a world file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file it is in.
    pub file: PathBuf,
    /// Its line, from 1.
    pub line: usize,
    /// Its column in characters, from 1.
    pub column: usize,
    /// The text that is wrong; empty when the fault is that something is missing.
    pub text: String,
    /// What is wrong with it.
    pub message: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file.display(), self.line, self.column, self.message)?;
        if !self.text.is_empty() {
            write!(f, ": `{}`", self.text)?;
        }
        if let Some(suggestion) = &self.suggestion {
            write!(f, " (did you mean `{suggestion}`?)")?;
        }
        Ok(())
    }
}

struct Listing<'a>(&'a [Finding]);

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, finding) in self.0.iter().enumerate() {
            if position > 0 {
                writeln!(f)?;
            }
            write!(f, "{finding}")?;
        }
        Ok(())
    }
}

/// A world's text with its name, which collects findings.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    path: &'a Path,
    text: &'a str,
    findings: Vec<(usize, Finding)>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(path: &'a Path, text: &'a str) -> Self {
        Self { path, text, findings: Vec::new() }
    }

    /// Notes a fault at `span`.
    pub(crate) fn blame(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.blame_with(span, message, None);
    }

    /// Notes a name that should have been one of `known`.
    pub(crate) fn blame_unknown<'k>(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        let text =
            self.text.get(span.clone()).unwrap_or_default().trim_matches(['"', '\'']).to_owned();
        self.blame_with(span, message, nearest(&text, known));
    }

    fn blame_with(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        suggestion: Option<String>,
    ) {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let text = self.text.get(span.clone()).unwrap_or_default();
        let finding = Finding {
            file: self.path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            text: text.lines().next().unwrap_or_default().trim_matches(['"', '\'']).to_owned(),
            message: message.into(),
            suggestion,
        };
        self.findings.push((span.start, finding));
    }

    /// Notes what the TOML parser refused; a name it does not know gets a suggestion.
    pub(crate) fn blame_parser(&mut self, error: &toml::de::Error) {
        let span = error.span().unwrap_or(0..0);
        let message = error.message();
        let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
        match quoted.split_first() {
            Some((name, known)) if message.starts_with("unknown field") => {
                self.blame_with(span, "unknown key", nearest(name, known.iter().copied()));
            }
            Some((name, known)) if message.starts_with("unknown variant") => {
                let choices = format!("expected one of {}", known.join(", "));
                self.blame_with(span, choices, nearest(name, known.iter().copied()));
            }
            Some((name, _)) if message.starts_with("missing field") => {
                self.blame_with(
                    span.start..span.start,
                    format!("the key `{name}` is missing"),
                    None,
                );
            }
            _ => {
                let told =
                    message.split_once(", expected ").filter(|_| message.starts_with("invalid"));
                let told = told
                    .map_or_else(|| message.to_owned(), |(_, wanted)| format!("expected {wanted}"));
                self.blame_with(span, told.trim_end().replace('\n', ", "), None);
            }
        }
    }

    /// The outcome of reading: `value`, unless something was wrong.
    pub(crate) fn conclude<T>(self, value: Option<T>) -> Result<T, WorldError> {
        match value {
            Some(value) if self.findings.is_empty() => Ok(value),
            _ => {
                let mut findings = self.findings;
                findings.sort_by_key(|(start, _)| *start);
                Err(WorldError::Invalid {
                    findings: findings.into_iter().map(|(_, finding)| finding).collect(),
                })
            }
        }
    }

    pub(crate) fn has_findings(&self) -> bool {
        !self.findings.is_empty()
    }
}

/// The known name closest to `name`, if one is close enough to have been meant.
fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    known
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, candidate)| {
            *distance <= 2.max(candidate.len() / 3) && *distance < candidate.len()
        })
        .min()
        .map(|(_, candidate)| candidate.to_owned())
}

/// Levenshtein distance in bytes.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.bytes().enumerate() {
            let substituted = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
