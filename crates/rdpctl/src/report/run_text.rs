//! What came of a run, for people: what was done, what was not, what to do next.

use std::fmt::Write;

use rdpctl_engine::RunReport;
use rdpctl_engine::run::{Failed, Skipped};
use rdpctl_model::outcome::RunEnd;
use rdpctl_model::plan::StepId;

use super::words::{self, count, duration};
use crate::out::safe;

/// Rows shown of each kind; the state has them all.
const SHOWN: usize = 20;

/// Renders a report.
pub(crate) fn render(report: &RunReport) -> String {
    let mut text = String::new();
    let name = |step: StepId| {
        let planned = report.plan.step(step);
        planned.map_or_else(String::new, |planned| words::action(&planned.step.action))
    };
    for Failed { step, subject, why, advice } in report.failed.iter().take(SHOWN) {
        let subject = safe(subject.as_str());
        let _ = writeln!(
            text,
            "failed   {subject}  {}. {}: {}",
            report.plan.number(*step),
            safe(&name(*step)),
            safe(why)
        );
        if !advice.is_empty() {
            let _ = writeln!(text, "         {}", safe(advice));
        }
    }
    if report.failed.len() > SHOWN {
        let _ = writeln!(text, "         and {} more failures", report.failed.len() - SHOWN);
    }
    // One reason that keeps several steps from one machine is one line.
    let skipped: Vec<&[Skipped]> = report
        .skipped
        .chunk_by(|one, next| one.subject == next.subject && one.why == next.why)
        .collect();
    for alike in skipped.iter().take(SHOWN) {
        let Some(Skipped { step, subject, why }) = alike.first() else { continue };
        let more = match alike.len() {
            1 => String::new(),
            steps => format!(" and {}", count(steps - 1, "more step")),
        };
        let _ = writeln!(
            text,
            "skipped  {}  {}. {}{more}: {}",
            safe(subject.as_str()),
            report.plan.number(*step),
            safe(&name(*step)),
            safe(why)
        );
    }
    if skipped.len() > SHOWN {
        let rest: usize = skipped[SHOWN..].iter().map(|alike| alike.len()).sum();
        let _ = writeln!(text, "         and {rest} more not tried");
    }
    for (step, width) in &report.held {
        if let Some(planned) = report.plan.step(*step) {
            let held = planned.held.as_ref();
            let why = held.map_or_else(String::new, |held| words::held(&report.plan, held));
            let _ = writeln!(
                text,
                "held     {}. {} (on {}): {}",
                planned.number,
                safe(&words::action(&planned.step.action)),
                count(*width, "instance"),
                safe(&why)
            );
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    let word = match report.end {
        RunEnd::Done => "Apply complete",
        RunEnd::Partial => "Apply finished in part",
        RunEnd::Interrupted => "Apply interrupted; the state is true",
    };
    let mut parts = vec![format!("{} done", count(report.done, "step"))];
    if !report.failed.is_empty() {
        parts.push(format!("{} failed", count(report.machines_failed, "machine")));
    }
    if !report.skipped.is_empty() {
        parts.push(format!("{} not tried", report.skipped.len()));
    }
    if !report.held.is_empty() {
        parts.push(format!("{} held", report.held.len()));
    }
    let cost = &report.cost;
    let _ = writeln!(
        text,
        "{word}: {}. It cost {} API calls, {} guest round trips and {}. Run {}.",
        parts.join(", "),
        cost.api_calls,
        cost.guest_round_trips,
        duration(cost.seconds),
        &report.run.as_str()[..8.min(report.run.as_str().len())],
    );
    text
}
