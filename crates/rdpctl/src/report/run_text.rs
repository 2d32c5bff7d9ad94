//! What came of a run, for people: what was done, what was not, what to do next.

use std::fmt::Write;

use rdpctl_engine::RunReport;
use rdpctl_model::outcome::RunEnd;

use super::words::{self, count, duration};
use crate::out::safe;

/// Rows shown of each kind; the state has them all.
const SHOWN: usize = 20;

/// Renders a report.
pub(crate) fn render(report: &RunReport) -> String {
    let mut text = String::new();
    for (step, subject, why, advice) in report.failed.iter().take(SHOWN) {
        let name = report
            .plan
            .step(*step)
            .map_or_else(String::new, |planned| words::action(&planned.step.action));
        let number = report.plan.number(*step);
        let _ = writeln!(text, "failed   {subject}  {number}. {}: {}", safe(&name), safe(why));
        if !advice.is_empty() {
            let _ = writeln!(text, "         {}", safe(advice));
        }
    }
    if report.failed.len() > SHOWN {
        let _ = writeln!(text, "         and {} more failures", report.failed.len() - SHOWN);
    }
    for (step, subject, why) in report.skipped.iter().take(SHOWN) {
        let name = report
            .plan
            .step(*step)
            .map_or_else(String::new, |planned| words::action(&planned.step.action));
        let number = report.plan.number(*step);
        let _ = writeln!(text, "skipped  {subject}  {number}. {}: {}", safe(&name), safe(why));
    }
    if report.skipped.len() > SHOWN {
        let _ = writeln!(text, "         and {} more not tried", report.skipped.len() - SHOWN);
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
        parts.push(format!("{} failed", report.failed.len()));
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
