//! A plan as Markdown for a pull request, within the size that a comment may have: totals, then groups, then details.

use std::fmt::Write;

use rdpctl_model::plan::{Group, Plan};
use rdpctl_model::{Stage, Verdict};

use super::summary::{Summary, budget, first_causes, security};
use super::{gaps, repairs, words};
use crate::out::is_unsafe;

/// What a comment may hold.
const BUDGET: usize = 65_536;

/// Renders a plan.
pub(crate) fn render(plan: &Plan) -> String {
    let summary = Summary::of(plan);
    let mut text = format!("### rdpctl plan\n\n**{}**\n", escape(&summary.line()));
    for line in gaps::basis(plan).into_iter().chain(security(plan)).chain(budget(plan)) {
        let _ = writeln!(text, "\n{}", escape(&line));
    }
    text.push_str(&repairs::markdown(plan, BUDGET / 4, escape));
    if summary.groups == 0 {
        return text;
    }
    text.push_str("\n| first cause | instances | groups |\n|---|---:|---:|\n");
    for (what, instances, groups) in first_causes(plan) {
        let (instances, groups) = (words::grouped(instances), words::grouped(groups));
        let _ = writeln!(text, "| {} | {instances} | {groups} |", escape(&what));
    }
    text.push_str("\n| instances | differs |\n|---|---|\n");
    let mut left_out = 0;
    for group in plan.groups.iter().filter(|group| !group.is_accepted()) {
        let known = group
            .facets
            .iter()
            .filter(|finding| finding.blocked_by.is_none())
            .filter(|finding| !matches!(finding.verdict, Verdict::Unknown { .. }))
            .map(|finding| finding.facet.to_string());
        let gaps = gaps::hidden(group).into_iter().filter(|gap| gap.follows.is_none()).map(|gap| {
            format!("unknown: {} ({})", escape(&rdpctl_words::english(&gap.gap.said())), gap.what())
        });
        let differs: Vec<String> = known.chain(gaps).collect();
        let row = format!("| {} | {} |\n", escape(&words::members(group)), differs.join(", "));
        if left_out > 0 || text.len() + row.len() > BUDGET / 2 {
            left_out += 1;
        } else {
            text.push_str(&row);
        }
    }
    if left_out > 0 {
        let _ = writeln!(text, "\nand {left_out} more groups.");
    }
    let mut untold = 0;
    for group in plan.groups.iter().filter(|group| !group.is_accepted()) {
        if untold > 0 {
            untold += 1;
            continue;
        }
        let detail = details(plan, group);
        if text.len() + detail.len() + 200 > BUDGET {
            untold += 1;
        } else {
            text.push_str(&detail);
        }
    }
    if untold > 0 {
        let _ = writeln!(
            text,
            "\n_Details of {untold} groups are left out; `rdpctl plan --format json` has them all._"
        );
    }
    text
}

fn details(plan: &Plan, group: &Group) -> String {
    let mut text = format!("\n<details><summary>{}</summary>\n\n", escape(&words::members(group)));
    for gap in gaps::hidden(group) {
        let why = gap.why(group, &plan.basis);
        let _ = writeln!(text, "- unknown: **{}** {}", gap.what(), escape(&why));
    }
    for finding in &group.facets {
        if matches!(finding.verdict, Verdict::Unknown { .. }) {
            continue;
        }
        let _ = writeln!(
            text,
            "- {} **{}** {}{}",
            match words::mark(&finding.verdict) {
                '~' => "changed:",
                '!' => "blocked:",
                _ => "",
            },
            finding.facet,
            escape(&words::verdict(&finding.verdict)),
            shows_at(finding.stage)
        );
    }
    text.push('\n');
    for id in &group.steps {
        if let Some(step) = plan.step(*id) {
            let held = step.held.as_ref().map_or_else(String::new, |held| {
                format!(" _{}_", escape(&words::held(plan, held)))
            });
            let action = escape(&words::action(&step.step.action));
            let _ = writeln!(text, "{}. {action}{held}", step.number);
        }
    }
    text.push_str("\n</details>\n");
    text
}

/// At which stage of a connection something shows, behind what it is.
fn shows_at(stage: Option<Stage>) -> String {
    stage.map_or_else(String::new, |stage| format!(" (shows {})", words::place(stage)))
}

/// Splits what would be a link or call somebody, and is not seen.
const NOTHING: &str = "<!-- -->";

/// Text that means nothing to Markdown or HTML, whatever it holds: it neither links nor calls anybody.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        match c {
            // A backslash before these is taken away before names and numbers are looked for.
            '@' | '#' => out.extend([c.to_string().as_str(), NOTHING]),
            ':' if text[at..].starts_with("://") => out.extend([":", NOTHING]),
            '.' if text[..at].to_ascii_lowercase().ends_with("www") => out.extend([".", NOTHING]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c if is_unsafe(c) => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn a_tag_is_text_and_nothing_else() {
        assert_eq!(escape("<img src=x>|`a`\n@all"), "&lt;img src=x&gt;\\|\\`a\\` @<!-- -->all");
        assert_eq!(escape("https://evil.example"), "https:<!-- -->//evil.example");
        assert_eq!(escape("WWW.evil.example"), "WWW.<!-- -->evil.example");
        assert_eq!(escape("see #12, a@b.example"), "see #<!-- -->12, a@<!-- -->b.example");
        assert_eq!(escape("exe.\u{202e}txt"), "exe. txt");
    }
}
