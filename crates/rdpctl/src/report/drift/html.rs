//! A drift report as one file for a browser or a mail: no script, nothing loaded from elsewhere, printable.

use std::fmt::Write;

use super::Report;
use super::causes::{Cause, GroupBy, Standing, sections};
use crate::report::markup::escape;
use crate::report::words;

const STYLE: &str = include_str!("drift.css");

/// Names beyond so many, over the whole report, are counted: it stays small enough to be mailed.
const NAMES: usize = 10_000;

impl Report {
    /// As HTML.
    pub(crate) fn html(&self, by: GroupBy) -> String {
        let line = escape(&self.line());
        let mut html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>{line}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{line}</h1>\n"
        );
        if let Some(at) = self.at {
            let _ = writeln!(
                html,
                "<p class=\"soft\">{}, made <time datetime=\"{at}\">{}</time></p>",
                escape(&words::count(self.instances, "instance")),
                words::moment(at)
            );
        }
        for note in &self.notes {
            let _ = writeln!(html, "<p>{}</p>", escape(note));
        }
        html.push_str("<div class=\"tally\">");
        for (name, number) in self.numbers.named() {
            let _ = write!(html, "<div><b>{}</b><span>{name}</span></div>", words::grouped(number));
        }
        html.push_str("</div>\n");
        let mut room = NAMES;
        for section in sections(self, by) {
            if let Some(heading) = section.heading {
                let _ = writeln!(html, "<h2>{}</h2>", escape(heading));
            }
            for standing in Standing::ALL {
                let causes: Vec<&Cause<'_>> =
                    section.causes.iter().filter(|cause| cause.standing == standing).collect();
                if causes.is_empty() {
                    continue;
                }
                let _ = writeln!(
                    html,
                    "<section class=\"{}\"><h2>{}</h2>\n<ul class=\"panel\">",
                    class(standing),
                    standing.title()
                );
                for one in causes {
                    cause(&mut html, one, &mut room);
                }
                html.push_str("</ul></section>\n");
            }
        }
        self.gone_html(&mut html);
        let _ = write!(
            html,
            "</main>\n<footer><p>rdpctl {} drift. Nothing was changed by it. The same as data: <code>rdpctl drift --format json</code></p></footer>\n</body>\n</html>\n",
            env!("CARGO_PKG_VERSION")
        );
        html
    }

    fn gone_html(&self, html: &mut String) {
        if self.gone.is_empty() {
            return;
        }
        html.push_str("<section><h2>No longer reported</h2>\n<ul class=\"panel\">\n");
        for gone in &self.gone {
            let facets: Vec<&str> = gone.facets.iter().map(|facet| facet.name()).collect();
            let _ = writeln!(
                html,
                "<li><span></span><h3>{}: {}</h3></li>",
                escape(&gone.instance),
                facets.join(", ")
            );
        }
        html.push_str("</ul></section>\n");
    }
}

const fn class(standing: Standing) -> &'static str {
    match standing {
        Standing::Differs => "differs",
        Standing::Blocked => "blocked",
        Standing::Unknown => "unknown",
        Standing::Accepted => "accepted",
    }
}

const fn mark(standing: Standing) -> &'static str {
    match standing {
        Standing::Differs => "~",
        Standing::Blocked => "!",
        Standing::Unknown => "?",
        Standing::Accepted => "^",
    }
}

fn cause(html: &mut String, cause: &Cause<'_>, room: &mut usize) {
    let _ = write!(
        html,
        "<li><span class=\"mark\" aria-hidden=\"true\">{}</span><div><h3><b>{}</b> {}</h3>",
        mark(cause.standing),
        escape(&cause.what()),
        escape(&cause.words())
    );
    let mut about = Vec::new();
    if let Some(since) = cause.since {
        about.push(format!("seen since {}", words::moment(since)));
    }
    if cause.follows > 0 {
        about.push(cause.consequences());
    }
    if !cause.seed.is_empty() {
        about.push(cause.seed.join("; "));
    }
    if let Some(accepted) = cause.accepted {
        about.push(format!("accepted: {}", accepted.words()));
    }
    if !about.is_empty() {
        let _ = write!(html, "<p class=\"soft\">{}</p>", escape(&about.join(" · ")));
    }
    if !cause.would.is_empty() {
        let _ =
            write!(html, "<p class=\"soft\">plan would: {}</p>", escape(&cause.would.join("; ")));
    }
    let shown = cause.members.len().min(*room);
    *room -= shown;
    let _ = write!(
        html,
        "<details><summary>who</summary><p class=\"names\">{}</p></details>",
        escape(&cause.who(shown))
    );
    let _ = writeln!(
        html,
        "</div><div class=\"number\"><b>{}</b></div></li>",
        words::grouped(cause.members.len())
    );
}
