//! A diagnosis to paste into a ticket: the same order as on a terminal, with the trees folded away.

use std::fmt::Write;

use rdpctl_doctor::{Answer, Diagnosis, Finding, Health, Screen, Texts};
use rdpctl_model::Verdict;

use super::markdown::escape;
use super::{says, words};

/// What a comment may hold.
const BUDGET: usize = 65_536;

/// Renders a diagnosis.
pub(crate) fn render(diagnosis: &Diagnosis, texts: &Texts) -> String {
    let word = |key: &str| texts.get(&format!("words.{key}"));
    let mut text = format!(
        "### rdpctl doctor: {}\n\n**{}**\n\n{} {}, {} {}\n",
        escape(&diagnosis.instance),
        escape(&diagnosis.summary),
        word("profile"),
        escape(&diagnosis.profile),
        word("surveyed"),
        diagnosis.taken_at,
    );
    if let Some(complaint) = &diagnosis.complaint {
        let _ = writeln!(
            text,
            "\n> {}: {}\n\n{}",
            word("you-saw"),
            escape(&complaint.text),
            complaint.meaning
        );
        for nearest in &complaint.nearest {
            let _ = writeln!(text, "- {}: {}", word("nearest"), escape(nearest));
        }
    }
    if let Some(first) = &diagnosis.first_cause {
        let _ = writeln!(text, "\n#### {}: {}\n", word("first-cause"), first.facet);
        finding(&mut text, first, texts);
    }
    for (title, findings) in
        [("other-causes", &diagnosis.other_causes), ("remarks", &diagnosis.remarks)]
    {
        if !findings.is_empty() {
            let _ = writeln!(text, "\n#### {}", word(title));
        }
        for one in findings {
            let _ = writeln!(text, "\n**{}**: {}\n", one.facet, escape(&one.says));
            finding(&mut text, one, texts);
        }
    }
    if !diagnosis.consequences.is_empty() {
        let _ = writeln!(text, "\n#### {}\n", word("consequences"));
        for one in &diagnosis.consequences {
            let _ = writeln!(
                text,
                "- {}: {} {}",
                one.facet,
                word("follows-from"),
                one.follows_from.map_or("", |facet| facet.name())
            );
        }
    }
    if !diagnosis.unusual.is_empty() {
        let _ = writeln!(text, "\n#### {}\n", word("unusual"));
        for one in &diagnosis.unusual {
            let _ = writeln!(
                text,
                "- {}: {}. {}",
                escape(&one.value.source),
                escape(&one.value.reply),
                one.does
            );
        }
    }
    if !diagnosis.guesses.is_empty() {
        let _ = writeln!(text, "\n#### {}\n", word("guesses"));
        for guess in &diagnosis.guesses {
            let _ = writeln!(
                text,
                "1. **{}**: {} ({}: {})",
                guess.facet,
                guess.says,
                word("because"),
                escape(&guess.because)
            );
        }
    }
    if !diagnosis.unseen.is_empty() {
        let _ = writeln!(text, "\n#### {}\n", word("unseen"));
        for unseen in &diagnosis.unseen {
            let _ = writeln!(
                text,
                "- {}: {}. {}: {}",
                word(words::world(unseen.world)),
                escape(&unseen.why),
                word("to-know-more"),
                escape(&unseen.enable)
            );
        }
    }
    if let Some(screen) = &diagnosis.screen {
        let _ = writeln!(text, "\n{}", pictured(screen));
    }
    for walk in &diagnosis.walks {
        let table = table(walk, texts);
        if text.len() + table.len() < BUDGET {
            text.push_str(&table);
        }
    }
    text
}

/// What a screen showed, with the vendor's link as one that can be followed, and nothing beside it that can.
fn pictured(screen: &Screen) -> String {
    let link = screen.link.as_deref().filter(|link| !link.contains(['<', '>', '\\']));
    let Some((link, (before, after))) =
        link.and_then(|link| Some((link, screen.says.split_once(link)?)))
    else {
        return escape(&screen.says);
    };
    format!("{}<{link}>{}", escape(before), escape(after))
}

fn finding(text: &mut String, one: &Finding, texts: &Texts) {
    let word = |key: &str| texts.get(&format!("words.{key}"));
    let _ = writeln!(text, "- {}", escape(&says::text(texts.language(), &one.verdict)));
    if let Verdict::Blocked { advice, .. } = &one.verdict {
        let _ = writeln!(
            text,
            "- {}: {}",
            word("you-can"),
            escape(&rdpctl_words::words(texts.language()).say(advice))
        );
    }
    for quote in &one.evidence {
        let _ = writeln!(
            text,
            "- {}: {}: {}",
            word("evidence"),
            escape(&quote.source),
            escape(&quote.reply)
        );
    }
    if let Some(remedy) = &one.remedy {
        let _ = writeln!(text, "- {}: {}", word("remedy"), escape(remedy));
    }
    if one.managed {
        for repair in &one.repairs {
            let held = repair.held.as_ref().map_or_else(String::new, |held| format!(" ({held})"));
            let _ = writeln!(
                text,
                "- {}: {}{}",
                word("plan-would"),
                escape(&repair.step),
                escape(&held)
            );
        }
    } else {
        let _ = writeln!(text, "- {}", word("plan-would-not"));
    }
    if let Some(place) = &one.reference {
        let _ = writeln!(
            text,
            "- {}: {}, {}: <{}>",
            word("document"),
            escape(&place.title),
            escape(&place.step),
            place.page
        );
    }
}

fn table(walk: &rdpctl_doctor::Walk, texts: &Texts) -> String {
    let word = |key: &str| texts.get(&format!("words.{key}"));
    let mut text = format!(
        "\n<details><summary>{}</summary>\n\n| {} | {} | {} |\n|---|---|---|\n",
        escape(&walk.title),
        word("step"),
        word("question"),
        word("answer")
    );
    for node in walk.nodes.iter().filter(|node| node.visited) {
        let answer = match (node.answer, node.health) {
            (None, _) => String::new(),
            (Some(answer), Some(Health::Fault)) => format!("**{}**", word(name(answer))),
            (Some(answer), _) => word(name(answer)).to_owned(),
        };
        let _ = writeln!(text, "| {} | {} | {answer} |", escape(&node.step), escape(&node.asks));
    }
    text.push_str("\n</details>\n");
    text
}

/// An answer's key among the words.
pub(super) const fn name(answer: Answer) -> &'static str {
    match answer {
        Answer::Yes => "yes",
        Answer::No => "no",
        Answer::Unknown => "unknown",
        Answer::NotApplicable => "not-applicable",
    }
}
