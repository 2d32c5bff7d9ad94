//! A diagnosis as one file for a browser: no script, nothing loaded from elsewhere, usable from the keyboard.
//!
//! What folds is `<details>`, which every browser opens with Enter and screen readers announce.

use std::fmt::Write;

use rdpctl_doctor::{Diagnosis, Finding, Health, NodeLine, Quote, Texts};
use rdpctl_model::Verdict;

use super::doctor_markdown::name;
use super::markup::escape;
use super::words;

const STYLE: &str = include_str!("doctor.css");

/// Renders a diagnosis.
pub(crate) fn render(diagnosis: &Diagnosis, texts: &Texts) -> String {
    let word = |key: &str| escape(texts.get(&format!("words.{key}")));
    let mut html = format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>{} {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n",
        diagnosis.language,
        escape(&diagnosis.instance),
        word("title"),
    );
    let _ = writeln!(
        html,
        "<h1>{}</h1>\n<p class=\"about\"><b>{}</b> &middot; {} {} &middot; {} <time>{}</time></p>",
        word("title"),
        escape(&diagnosis.instance),
        word("profile"),
        escape(&diagnosis.profile),
        word("surveyed"),
        escape(&diagnosis.taken_at),
    );
    if let Some(complaint) = &diagnosis.complaint {
        let _ = writeln!(
            html,
            "<section><h2>{}</h2><blockquote>{}</blockquote><p>{}</p>",
            word("you-saw"),
            escape(&complaint.text),
            escape(&complaint.meaning)
        );
        if !complaint.nearest.is_empty() {
            let _ = writeln!(html, "<p>{}:</p><ul>", word("nearest"));
            for nearest in &complaint.nearest {
                let _ = writeln!(html, "<li>{}</li>", escape(nearest));
            }
            html.push_str("</ul>");
        }
        html.push_str("</section>\n");
    }
    let _ = writeln!(
        html,
        "<p class=\"summary {}\">{}</p>",
        tone(diagnosis),
        escape(&diagnosis.summary)
    );
    if let Some(first) = &diagnosis.first_cause {
        let _ = writeln!(html, "<section class=\"first\"><h2>{}</h2>", word("first-cause"));
        finding(&mut html, first, texts);
        html.push_str("</section>\n");
    }
    for (title, findings) in
        [("other-causes", &diagnosis.other_causes), ("remarks", &diagnosis.remarks)]
    {
        if findings.is_empty() {
            continue;
        }
        let _ = writeln!(html, "<section><h2>{}</h2>", word(title));
        for one in findings {
            finding(&mut html, one, texts);
        }
        html.push_str("</section>\n");
    }
    lists(&mut html, diagnosis, texts);
    for walk in &diagnosis.walks {
        let _ = writeln!(
            html,
            "<section><h2>{}</h2>\n<p><a href=\"{}\" rel=\"noreferrer\">{}</a></p>\n<ol class=\"walk\">",
            escape(&walk.title),
            escape(&walk.page),
            word("document")
        );
        for node in walk.nodes.iter().filter(|node| node.visited) {
            line(&mut html, node, texts);
        }
        html.push_str("</ol></section>\n");
    }
    let _ = writeln!(html, "<section><h2>{}</h2>\n<table>\n<tbody>", word("facets"));
    for one in &diagnosis.facets {
        let note = if one.managed { String::new() } else { format!(" ({})", word("not-managed")) };
        let _ = writeln!(
            html,
            "<tr class=\"{}\"><th scope=\"row\">{}{note}</th><td>{}</td></tr>",
            verdict_tone(&one.verdict),
            one.facet,
            escape(&words::verdict(&one.verdict))
        );
    }
    html.push_str("</tbody>\n</table></section>\n</main>\n</body>\n</html>\n");
    html
}

fn lists(html: &mut String, diagnosis: &Diagnosis, texts: &Texts) {
    let word = |key: &str| escape(texts.get(&format!("words.{key}")));
    if !diagnosis.consequences.is_empty() {
        let _ = writeln!(html, "<section><h2>{}</h2><ul>", word("consequences"));
        for one in &diagnosis.consequences {
            let _ = writeln!(
                html,
                "<li>{}: {} <b>{}</b></li>",
                one.facet,
                word("follows-from"),
                one.follows_from.map_or("", |facet| facet.name())
            );
        }
        html.push_str("</ul></section>\n");
    }
    if !diagnosis.unusual.is_empty() {
        let _ = writeln!(html, "<section><h2>{}</h2><dl>", word("unusual"));
        for one in &diagnosis.unusual {
            let _ = writeln!(
                html,
                "<dt><code>{}: {}</code></dt><dd>{}</dd>",
                escape(&one.value.source),
                escape(&one.value.reply),
                escape(&one.does)
            );
        }
        html.push_str("</dl></section>\n");
    }
    if !diagnosis.guesses.is_empty() {
        let _ = writeln!(html, "<section><h2>{}</h2><ol>", word("guesses"));
        for guess in &diagnosis.guesses {
            let _ = writeln!(
                html,
                "<li><b>{}</b>: {}<br><small>{}: {}</small></li>",
                guess.facet,
                escape(&guess.says),
                word("because"),
                escape(&guess.because)
            );
        }
        html.push_str("</ol></section>\n");
    }
    if !diagnosis.unseen.is_empty() {
        let _ = writeln!(html, "<section><h2>{}</h2><ul>", word("unseen"));
        for unseen in &diagnosis.unseen {
            let _ = writeln!(
                html,
                "<li><b>{}</b>: {}<br><small>{}: {}</small></li>",
                word(words::world(unseen.world)),
                escape(&unseen.why),
                word("to-know-more"),
                escape(&unseen.enable)
            );
        }
        html.push_str("</ul></section>\n");
    }
}

fn finding(html: &mut String, one: &Finding, texts: &Texts) {
    let word = |key: &str| escape(texts.get(&format!("words.{key}")));
    let _ = writeln!(
        html,
        "<article><h3>{}</h3>\n<p>{}</p>\n<p class=\"verdict\">{}</p>",
        one.facet,
        escape(&one.says),
        escape(&words::verdict(&one.verdict))
    );
    if let Verdict::Blocked { advice, .. } = &one.verdict {
        let _ = writeln!(html, "<p>{}: {}</p>", word("you-can"), escape(advice));
    }
    if !one.evidence.is_empty() {
        let _ = writeln!(html, "<details open><summary>{}</summary>", word("evidence"));
        quotes(html, &one.evidence);
        html.push_str("</details>\n");
    }
    if let Some(remedy) = &one.remedy {
        let _ = writeln!(html, "<p>{}: {}</p>", word("remedy"), escape(remedy));
    }
    if !one.managed {
        let _ = writeln!(html, "<p>{}</p>", word("plan-would-not"));
    } else if !one.repairs.is_empty() {
        let _ = writeln!(html, "<p>{}:</p><ul>", word("plan-would"));
        for repair in &one.repairs {
            let held = repair
                .held
                .as_ref()
                .map_or_else(String::new, |held| format!(" <small>{}</small>", escape(held)));
            let _ = writeln!(html, "<li>{}{held}</li>", escape(&repair.step));
        }
        html.push_str("</ul>\n");
    }
    if let Some(place) = &one.reference {
        let _ = writeln!(
            html,
            "<p>{}: <a href=\"{}\" rel=\"noreferrer\">{}, {}</a></p>",
            word("document"),
            escape(&place.page),
            escape(&place.title),
            escape(&place.step)
        );
    }
    html.push_str("</article>\n");
}

fn quotes(html: &mut String, quotes: &[Quote]) {
    html.push_str("<dl>\n");
    for quote in quotes {
        let _ = writeln!(
            html,
            "<dt><code>{}</code></dt><dd><code>{}</code></dd>",
            escape(&quote.source),
            escape(&quote.reply)
        );
    }
    html.push_str("</dl>\n");
}

fn line(html: &mut String, node: &NodeLine, texts: &Texts) {
    let Some(answer) = node.answer else {
        let _ = writeln!(html, "<li class=\"step\">{}</li>", escape(&node.asks));
        return;
    };
    let tone = match node.health {
        Some(Health::Healthy) => "good",
        Some(Health::Fault) => "bad",
        Some(Health::Unknown) => "unknown",
        Some(Health::NotApplicable) | None => "none",
    };
    let head = format!(
        "<small>{}</small> {} <b>{}</b>",
        escape(&node.step),
        escape(&node.asks),
        escape(texts.get(&format!("words.{}", name(answer))))
    );
    if node.evidence.is_empty() {
        let _ = writeln!(html, "<li class=\"{tone}\">{head}</li>");
        return;
    }
    let _ = writeln!(html, "<li class=\"{tone}\"><details><summary>{head}</summary>");
    quotes(html, &node.evidence);
    html.push_str("</details></li>\n");
}

const fn tone(diagnosis: &Diagnosis) -> &'static str {
    match diagnosis.conclusion {
        rdpctl_doctor::Conclusion::Healthy => "good",
        rdpctl_doctor::Conclusion::Cause => "bad",
        rdpctl_doctor::Conclusion::Undecided => "unknown",
    }
}

const fn verdict_tone(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Healthy { .. } => "good",
        Verdict::Drifted { .. } | Verdict::Blocked { .. } => "bad",
        Verdict::Unknown { .. } => "unknown",
        Verdict::NotApplicable { .. } => "none",
    }
}
