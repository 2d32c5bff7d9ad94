//! A diagnosis for a terminal: the first cause on top, then what follows from it, then the trees as they were walked.

use std::fmt::Write;

use rdpctl_doctor::{Complaint, Diagnosis, Finding, Health, NodeLine, Texts};
use rdpctl_model::Verdict;

use super::words;
use crate::out::safe;

/// Renders a diagnosis.
pub(crate) fn render(diagnosis: &Diagnosis, texts: &Texts) -> String {
    let word = |key: &str| texts.get(&format!("words.{key}")).to_owned();
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}  ({} {}, {} {})\n",
        safe(&diagnosis.instance),
        word("profile"),
        safe(&diagnosis.profile),
        word("surveyed"),
        diagnosis.taken_at.split('.').next().unwrap_or_default(),
    );
    if let Some(said) = &diagnosis.complaint {
        complaint(&mut text, said, texts);
    }
    let _ = writeln!(text, "{}\n", safe(&diagnosis.summary));
    if let Some(first) = &diagnosis.first_cause {
        let _ = writeln!(text, "{}: {}", word("first-cause"), first.facet);
        finding(&mut text, first, texts, Detail::Whole);
        let explained: Vec<&str> = diagnosis
            .consequences
            .iter()
            .filter(|one| one.follows_from == Some(first.facet))
            .map(|one| one.facet.name())
            .collect();
        if !explained.is_empty() {
            let _ = writeln!(text, "  {}: {}", word("explains"), explained.join(", "));
        }
        text.push('\n');
    }
    section(&mut text, &word("other-causes"), &diagnosis.other_causes, texts);
    let other: Vec<Finding> = diagnosis
        .consequences
        .iter()
        .filter(|one| one.follows_from != diagnosis.first_cause.as_ref().map(|first| first.facet))
        .cloned()
        .collect();
    if !other.is_empty() {
        let _ = writeln!(text, "{}", word("consequences"));
        for one in &other {
            let _ = writeln!(
                text,
                "  {}  {} {}",
                one.facet,
                word("follows-from"),
                one.follows_from.map_or("", |facet| facet.name())
            );
        }
        text.push('\n');
    }
    section(&mut text, &word("remarks"), &diagnosis.remarks, texts);
    unusual(&mut text, diagnosis, texts);
    if !diagnosis.guesses.is_empty() {
        let _ = writeln!(text, "{}", word("guesses"));
        let mut said = "";
        for (place, guess) in (1..).zip(&diagnosis.guesses) {
            let _ = writeln!(text, "  {place}. {:<14} {}", guess.facet, guess.says);
            if guess.because != said {
                let _ = writeln!(text, "     {}: {}", word("because"), safe(&guess.because));
            }
            said = &guess.because;
        }
        text.push('\n');
    }
    if !diagnosis.unseen.is_empty() {
        let _ = writeln!(text, "{}", word("unseen"));
        for unseen in &diagnosis.unseen {
            let _ = writeln!(text, "  {}: {}", word(words::world(unseen.world)), safe(&unseen.why));
            let _ = writeln!(text, "    {}: {}", word("to-know-more"), unseen.enable);
        }
        text.push('\n');
    }
    for walk in &diagnosis.walks {
        let _ = writeln!(text, "{}", walk.title);
        for node in walk.nodes.iter().filter(|node| node.visited) {
            line(&mut text, node, texts);
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// What the user saw, and what is made of it.
fn complaint(text: &mut String, complaint: &Complaint, texts: &Texts) {
    let word = |key: &str| texts.get(&format!("words.{key}")).to_owned();
    let _ = writeln!(text, "{}: {}", word("you-saw"), safe(&complaint.text));
    let _ = writeln!(text, "  {}", complaint.meaning);
    if let Some(stage) = complaint.stage {
        let stage = texts.get(&format!("stage.{stage}"));
        let _ = writeln!(text, "  {}: {stage}", word("arises-at"));
    }
    if !complaint.suspects.is_empty() {
        let names: Vec<&str> = complaint.suspects.iter().map(|facet| facet.name()).collect();
        let _ = writeln!(text, "  {}: {}", word("suspects"), names.join(", "));
    }
    if !complaint.nearest.is_empty() {
        let _ = writeln!(text, "  {}:", word("nearest"));
        for nearest in &complaint.nearest {
            let _ = writeln!(text, "    {nearest}");
        }
    }
    text.push('\n');
}

/// What differs from the defaults and is judged by nobody.
fn unusual(text: &mut String, diagnosis: &Diagnosis, texts: &Texts) {
    if diagnosis.unusual.is_empty() {
        return;
    }
    let _ = writeln!(text, "{}", texts.get("words.unusual"));
    for one in &diagnosis.unusual {
        let _ = writeln!(text, "  {}  {}", safe(&one.value.source), safe(&one.value.reply));
        let _ = writeln!(text, "    {}", one.does);
    }
    text.push('\n');
}

/// How much is told of a finding.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// All.
    Whole,
    /// What is wrong, and what would be done.
    Short,
}

fn section(text: &mut String, title: &str, findings: &[Finding], texts: &Texts) {
    if findings.is_empty() {
        return;
    }
    let _ = writeln!(text, "{title}");
    for one in findings {
        let _ = writeln!(text, "  {}: {}", one.facet, safe(&one.says));
        finding(text, one, texts, Detail::Short);
    }
    text.push('\n');
}

fn finding(text: &mut String, one: &Finding, texts: &Texts, detail: Detail) {
    let word = |key: &str| texts.get(&format!("words.{key}"));
    let step =
        one.reference.as_ref().map_or_else(String::new, |place| format!("   [{}]", place.step));
    let _ = writeln!(text, "    {}{step}", safe(&words::verdict(&one.verdict)));
    if let Verdict::Blocked { advice, .. } = &one.verdict {
        let _ = writeln!(text, "    {}: {}", word("you-can"), safe(advice));
    }
    for also in &one.also {
        let _ = writeln!(text, "    {}", safe(also));
    }
    if detail == Detail::Whole {
        for quote in &one.evidence {
            let _ = writeln!(text, "    $ {}", safe(&quote.source));
            let _ = writeln!(text, "      {}", safe(&quote.reply));
        }
        if let Some(remedy) = &one.remedy {
            let _ = writeln!(text, "  {}: {}", word("remedy"), safe(remedy));
        }
    }
    if one.managed {
        for (place, repair) in one.repairs.iter().enumerate() {
            let held = repair.held.as_ref().map_or_else(String::new, |held| format!("   {held}"));
            if place == 0 {
                let _ = writeln!(text, "  {}:", word("plan-would"));
            }
            let _ = writeln!(text, "    {}{}", safe(&repair.step), safe(&held));
        }
    } else if detail == Detail::Whole {
        let _ = writeln!(text, "  {}", word("plan-would-not"));
    }
    if detail == Detail::Whole
        && let Some(place) = &one.reference
    {
        let _ = writeln!(
            text,
            "  {}: {}, {}\n    {}",
            word("document"),
            place.title,
            place.step,
            place.page
        );
    }
}

fn line(text: &mut String, node: &NodeLine, texts: &Texts) {
    let answer = match node.answer {
        Some(rdpctl_doctor::Answer::Yes) => "words.yes",
        Some(rdpctl_doctor::Answer::No) => "words.no",
        Some(rdpctl_doctor::Answer::Unknown) => "words.unknown",
        Some(rdpctl_doctor::Answer::NotApplicable) => "words.not-applicable",
        None => {
            let _ = writeln!(text, "      > {}", node.asks);
            return;
        }
    };
    let mark = match node.health {
        Some(Health::Healthy) => '+',
        Some(Health::Fault) => '!',
        Some(Health::Unknown) => '?',
        Some(Health::NotApplicable) | None => '-',
    };
    let _ = writeln!(text, "  {mark} {:<13} {}  {}", node.step, node.asks, texts.get(answer));
}
