//! A plan as a graph in Mermaid's language, which code hosts draw in comments.

use std::fmt::Write;

use rdpctl_model::plan::Plan;

use super::{repairs, words};
use crate::out::is_unsafe;

/// What is written of groups at most: code hosts draw 50,000 characters, needs among them.
const MOST: usize = 25_000;

/// Renders a plan.
pub(crate) fn render(plan: &Plan) -> String {
    let mut text = String::from("flowchart LR\n");
    let mut drawn = 0;
    for (place, group) in plan.groups.iter().enumerate() {
        // Nobody sees more of it anyway.
        if text.len() > MOST {
            let left = words::count(plan.groups.len() - place, "group");
            let why = "not drawn: code hosts draw 50,000 characters";
            let _ = writeln!(text, "  more[\"and {left} more, {why}\"]");
            break;
        }
        drawn += group.steps.len();
        let _ = writeln!(text, "  subgraph g{place} [\"{}\"]", escape(&words::members(group)));
        for id in &group.steps {
            if let Some(step) = plan.step(*id) {
                let label = format!(
                    "{}. {}: {}",
                    step.number,
                    step.step.facet,
                    words::action(&step.step.action)
                );
                let _ = writeln!(text, "    s{}[\"{}\"]", id.0, escape(&label));
            }
        }
        text.push_str("  end\n");
    }
    for (place, repair) in plan.repairs.iter().enumerate() {
        if text.len() > MOST {
            break;
        }
        let title = format!("{}: repair of its disk", repair.instance);
        let _ = writeln!(text, "  subgraph r{place} [\"{}\"]", escape(&title));
        for (number, step) in repair.steps.iter().enumerate() {
            let (head, what) = repairs::node(step);
            let label = escape(&format!("{head}: {what}"));
            let _ = writeln!(text, "    r{place}x{number}[\"{label}\"]");
        }
        text.push_str("  end\n");
        for number in 0..repair.steps.len() {
            if number > 0 {
                let _ = writeln!(text, "  r{place}x{} --> r{place}x{number}", number - 1);
            }
            let _ = writeln!(text, "  style r{place}x{number} stroke-dasharray: 4");
        }
    }
    // The steps of a group follow those of the group before.
    for (id, step) in plan.numbered().take(drawn) {
        for need in &step.needs {
            let _ = writeln!(text, "  s{} --> s{}", need.0, id.0);
        }
        if step.held.is_some() {
            let _ = writeln!(text, "  style s{} stroke-dasharray: 4", id.0);
        }
    }
    text
}

/// Mermaid knows HTML's numbered entities; quotes and brackets would end a label.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | '.' | ',' | ':' | '-' | '/' | '(' | ')' => {
                out.push(c);
            }
            c if is_unsafe(c) => out.push(' '),
            c if c.is_ascii() => {
                let _ = write!(out, "#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}
