//! A drift report for people at a terminal.

use std::fmt::Write;

use super::causes::{GroupBy, Standing, sections};
use super::{Finding, Report};
use crate::out::safe;
use crate::report::words;

/// Lines beyond so many are counted.
const SHOWN: usize = 500;

/// Names of one cause beyond so many are counted.
const NAMES: usize = 3;

impl Report {
    /// For people: a line for each finding, or put together as asked.
    pub(crate) fn text(&self, by: Option<GroupBy>) -> String {
        let mut text = match by {
            None => self.lines(),
            Some(by) => self.grouped(by),
        };
        if !text.is_empty() {
            text.push('\n');
        }
        for gone in &self.gone {
            let facets: Vec<&str> = gone.facets.iter().map(|facet| facet.name()).collect();
            let _ = writeln!(
                text,
                "  {}  no longer reported: {}",
                safe(&gone.instance),
                facets.join(", ")
            );
        }
        for note in &self.notes {
            let _ = writeln!(text, "{}", safe(note));
        }
        let _ = writeln!(text, "{}", self.line());
        text
    }

    fn lines(&self) -> String {
        let mut text = String::new();
        for finding in self.shown().take(SHOWN) {
            let _ = writeln!(text, "{}", line(finding));
        }
        let more = self.shown().count().saturating_sub(SHOWN);
        if more > 0 {
            let _ = writeln!(text, "and {more} more; --format json has them all");
        }
        text
    }

    fn grouped(&self, by: GroupBy) -> String {
        let mut lines: Vec<String> = Vec::new();
        for section in sections(self, by) {
            let indent = if let Some(heading) = section.heading {
                lines.push(safe(heading).into_owned());
                "  "
            } else {
                ""
            };
            for cause in &section.causes {
                let mark = match cause.standing {
                    Standing::Differs => '~',
                    Standing::Blocked => '!',
                    Standing::Unknown => '?',
                    Standing::Accepted => '^',
                };
                let mut line = format!("{indent}{mark} {}  {}", cause.what(), safe(&cause.words()));
                if !cause.seed.is_empty() {
                    let _ = write!(line, "   [{}]", cause.seed.join("; "));
                }
                lines.push(line);
                let mut about = Vec::new();
                if section.heading.is_none_or(|heading| cause.members != [heading]) {
                    about.push(format!("on {}", safe(&cause.who(NAMES))));
                }
                if let Some(since) = cause.since {
                    about.push(format!("seen since {}", words::moment(since)));
                }
                if cause.follows > 0 {
                    about.push(cause.consequences());
                }
                if let Some(accepted) = cause.accepted {
                    about.push(format!("accepted: {}", safe(&accepted.words())));
                }
                if !about.is_empty() {
                    lines.push(format!("{indent}    {}", about.join("; ")));
                }
            }
        }
        let more = lines.len().saturating_sub(SHOWN);
        lines.truncate(SHOWN);
        if more > 0 {
            lines.push(format!("and {more} more lines; --format json has everything"));
        }
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

fn line(finding: &Finding) -> String {
    let note = match (&finding.accepted, finding.follows_from) {
        (Some(accepted), _) => format!("   (accepted: {})", accepted.words()),
        (None, Some(cause)) => format!("   (follows from {cause})"),
        (None, None) => String::new(),
    };
    let seed = if finding.seed.is_empty() {
        String::new()
    } else {
        format!("   [{}]", finding.seed.join("; "))
    };
    format!(
        "{} {}{}  {}{seed}{}",
        words::mark(&finding.verdict),
        safe(&finding.instance),
        finding.facet.map_or_else(String::new, |facet| format!("/{facet}")),
        safe(&finding.words),
        safe(&note),
    )
}
