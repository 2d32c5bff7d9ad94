//! A plan as a graph in Graphviz' language.

use std::fmt::Write;

use rdpctl_model::plan::Plan;

use super::{repairs, words};
use crate::out::is_unsafe;

/// Renders a plan.
pub(crate) fn render(plan: &Plan) -> String {
    let mut text = String::from(
        "digraph plan {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n",
    );
    for (place, group) in plan.groups.iter().enumerate() {
        let _ = writeln!(
            text,
            "  subgraph cluster_{place} {{\n    label={};",
            quote(&words::members(group))
        );
        for id in &group.steps {
            if let Some(step) = plan.step(*id) {
                let style = if step.held.is_some() { ", style=dashed" } else { "" };
                let label = format!(
                    "{}. {}\n{}",
                    step.number,
                    step.step.facet,
                    words::action(&step.step.action)
                );
                let _ = writeln!(text, "    s{} [label={}{style}];", id.0, quote(&label));
            }
        }
        text.push_str("  }\n");
    }
    for (place, repair) in plan.repairs.iter().enumerate() {
        let title = format!("{}: repair of its disk", repair.instance);
        let _ = writeln!(text, "  subgraph cluster_r{place} {{\n    label={};", quote(&title));
        for (number, step) in repair.steps.iter().enumerate() {
            let (head, what) = repairs::node(step);
            let label = quote(&format!("{head}\n{what}"));
            let _ = writeln!(text, "    r{place}_{number} [label={label}, style=dashed];");
        }
        text.push_str("  }\n");
        for number in 1..repair.steps.len() {
            let _ = writeln!(text, "  r{place}_{} -> r{place}_{number};", number - 1);
        }
    }
    for (id, step) in plan.numbered() {
        for need in &step.needs {
            let _ = writeln!(text, "  s{} -> s{};", need.0, id.0);
        }
    }
    text.push_str("}\n");
    text
}

fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if is_unsafe(c) => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
