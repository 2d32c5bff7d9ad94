//! A drift report for a comment or a ticket, within the size that a comment may have.

use std::fmt::Write;

use super::Report;
use super::causes::{Cause, GroupBy, Standing, sections};
use crate::report::called::Called;
use crate::report::markdown::escape;
use crate::report::{when, words};

/// What a comment may hold.
const BUDGET: usize = 65_536;

/// Names of one cause beyond so many are counted.
const NAMES: usize = 10;

impl Report {
    /// As Markdown.
    pub(crate) fn markdown(&self, by: GroupBy) -> String {
        let mut text = format!("### rdpctl drift\n\n**{}**\n", escape(&self.line()));
        if self.instances > 0 {
            let _ = writeln!(text, "\n{}.", escape(&super::numbers::line(&self.numbers)));
        }
        for note in &self.notes {
            let _ = writeln!(text, "\n{}", escape(note));
        }
        let mut left_out = 0;
        for section in sections(self, by) {
            if let Some(heading) = section.heading {
                push(&mut text, &format!("\n#### {}\n", escape(heading)), &mut left_out);
            }
            for standing in Standing::ALL {
                let causes: Vec<&Cause<'_>> =
                    section.causes.iter().filter(|cause| cause.standing == standing).collect();
                if causes.is_empty() {
                    continue;
                }
                let title = format!(
                    "\n**{}**\n\n| what | seen → declared | instances | more |\n|---|---|---|---|\n",
                    standing.title()
                );
                push(&mut text, &title, &mut left_out);
                for cause in causes {
                    push(&mut text, &row(cause, &self.called), &mut left_out);
                }
            }
        }
        if !self.gone.is_empty() {
            let names: Vec<String> = self
                .gone
                .iter()
                .take(NAMES)
                .map(|gone| {
                    let facets: Vec<&str> = gone.facets.iter().map(|facet| facet.name()).collect();
                    format!("{} ({})", escape(&gone.instance), facets.join(", "))
                })
                .collect();
            let more = match self.gone.len().saturating_sub(NAMES) {
                0 => String::new(),
                more => format!(" and {} more", words::grouped(more)),
            };
            let line = format!("\nNo longer reported: {}{more}.\n", names.join(", "));
            push(&mut text, &line, &mut left_out);
        }
        if left_out > 0 {
            let _ = writeln!(
                text,
                "\n_{} are left out; `rdpctl drift --format json` has everything._",
                words::count(left_out, "row")
            );
        }
        text
    }
}

/// Adds what there is room for, and counts the rest; once something was left out, nothing follows it.
fn push(text: &mut String, part: &str, left_out: &mut usize) {
    if *left_out > 0 || text.len() + part.len() + 200 > BUDGET {
        *left_out += 1;
    } else {
        text.push_str(part);
    }
}

fn row(cause: &Cause<'_>, called: &Called) -> String {
    let mut more: Vec<String> = Vec::new();
    if let Some(since) = cause.since {
        more.push(format!("seen since {}", when::moment(since)));
    }
    if let Some(stage) = cause.stage {
        more.push(format!("shows {}", words::place(stage)));
    }
    if cause.follows > 0 {
        more.push(cause.consequences());
    }
    more.extend(cause.changers().map(|changers| escape(&changers)));
    if let Some(accepted) = cause.accepted {
        more.push(escape(&accepted.words()));
    }
    if !cause.would.is_empty() {
        more.push(format!("plan would {}", escape(&cause.would.join("; "))));
    }
    if !cause.seed.is_empty() {
        more.push(escape(&cause.seed.join("; ")));
    }
    format!(
        "| {} | {} | {}: {} | {} |\n",
        cause.what(),
        escape(&cause.words()),
        words::grouped(cause.members.len()),
        escape(&cause.who(NAMES, called)),
        more.join("; ")
    )
}
