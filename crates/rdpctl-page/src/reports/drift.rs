//! Drift as one file: the sentence, the five numbers, groups by first cause, and everybody, folded.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rdpctl_model::InstanceName;

use super::file::{file, foot};
use crate::clock::Clock;
use crate::html::{Element, Html, el};
use crate::parts::causes::{self, Where};
use crate::parts::pieces::{head, panel};
use crate::parts::shares::{self, Leads};
use crate::standing::{Numbers, Standing};
use crate::view::{Cause, Told};
use crate::words::{Language, Words, grouped, words};

/// What a report says beside what was told of a plan.
#[derive(Debug)]
pub struct Drift<'a> {
    /// The one line that says it all.
    pub line: String,
    /// When it was made.
    pub at: Option<Timestamp>,
    /// All instances.
    pub instances: usize,
    /// How old its evidence is, and what nobody could see.
    pub notes: &'a [String],
    /// What an earlier report said and this one does not.
    pub gone: Vec<Gone>,
}

/// An instance and what is no longer reported of it.
#[derive(Debug)]
pub struct Gone {
    /// Its name.
    pub instance: String,
    /// Of what.
    pub facets: String,
}

/// So that it stays small enough to be mailed, groups beyond so many bytes are counted, and names beyond what is left.
const GROUPS: usize = 170 * 1024;
const ALL: usize = 262 * 1024;

/// The file.
#[must_use]
pub fn drift(told: &Told, about: &Drift<'_>, language: Language) -> String {
    let words = words(language);
    let now = about.at.unwrap_or_default();
    let clock = Clock { now, zone: TimeZone::UTC, words };
    let mut facts: Vec<Html> = vec![words.count("count.instances", about.instances).into()];
    if let Some(at) = about.at {
        let at_utc = at.to_zoned(TimeZone::UTC);
        let shown = at_utc.strftime(words.get("clock.any-year")).to_string();
        facts.push(crate::clock::time(at).c(shown).into());
    }
    let mut main = Html::from(head(&about.line, facts))
        .and(Html::all(about.notes.iter().map(|note| el("p").c(note))))
        .and(shares::tally(words, &told.numbers, &Leads::ToSection));
    let mut named: Vec<Standing> = Vec::new();
    let mut room = Room(GROUPS);
    for heading in headings(told) {
        if let Some(heading) = heading {
            main.push(el("h2").class("gap").c(heading));
        }
        let mine = |cause: &&Cause| cause.heading.as_deref() == heading;
        for standing in Standing::ALL {
            let some: Vec<&Cause> =
                told.causes.iter().filter(mine).filter(|cause| cause.section == standing).collect();
            if some.is_empty() {
                continue;
            }
            // No level of headings is left out: axe and whoever listens go by them.
            let level = if heading.is_some() { "h3" } else { "h2" };
            let mut section = section(&clock, (standing, &told.numbers), &some, level, &mut room);
            // Under several headings, the number leads to the first of its sections.
            if !named.contains(&standing) {
                named.push(standing);
                section = section.id(&shares::section(standing));
            }
            main.push(section);
        }
    }
    let mut room = Room(ALL.saturating_sub(main.as_str().len()));
    main.push(everybody(&clock, told, &mut room));
    if !about.gone.is_empty() {
        let lines = about
            .gone
            .iter()
            .map(|one| el("li").c(el("b").c(&one.instance)).c(": ").c(&one.facets));
        main.push(
            el("div")
                .class("gap")
                .c(panel(words.get("report.gone")).c(el("ul").class("list").each(lines))),
        );
    }
    let mut foot = foot(words, "report.tool-drift");
    foot.push(
        Html::text(words.get("report.as-data"))
            .and(" ")
            .and(el("code").c("rdpctl drift --format json")),
    );
    file(words, &about.line, main, foot)
}

fn headings(told: &Told) -> Vec<Option<&str>> {
    let mut headings: Vec<Option<&str>> = Vec::new();
    for cause in &told.causes {
        let heading = cause.heading.as_deref();
        if headings.last() != Some(&heading) {
            headings.push(heading);
        }
    }
    headings
}

/// How many bytes there is room for.
struct Room(usize);

impl Room {
    /// Takes it, where there is so much left.
    fn takes(&mut self, bytes: usize) -> bool {
        let fits = bytes <= self.0;
        if fits {
            self.0 -= bytes;
        }
        fits
    }
}

fn section(
    clock: &Clock<'_>,
    (standing, numbers): (Standing, &Numbers),
    some: &[&Cause],
    level: &'static str,
    room: &mut Room,
) -> Element {
    let mut rows: Vec<Html> = Vec::new();
    for cause in some {
        let row: Html = causes::row(clock, cause, Where::File).into();
        if !room.takes(row.as_str().len()) {
            break;
        }
        rows.push(row);
    }
    let more = some.len() - rows.len();
    el("section")
        .class("gap panel tight")
        .c(causes::section(clock, standing, numbers, some, level))
        .c(el("ol").class("groups").each(rows))
        .c((more > 0).then(|| el("p").class("pad").c(left_out(clock.words, more))))
}

/// How much is left out, and where it is.
fn left_out(words: &Words, number: usize) -> String {
    words.fill("report.more", &[("n", &grouped(number))])
}

/// Who shares each cause; what there is no room for is counted.
fn everybody(clock: &Clock<'_>, told: &Told, room: &mut Room) -> Option<Element> {
    if told.causes.is_empty() {
        return None;
    }
    let words: &Words = clock.words;
    let mut folded: Vec<Element> = Vec::new();
    for cause in &told.causes {
        let title = causes::title(clock, cause);
        // What is around it, and its names, each with what stands between it and the next.
        if !room.takes(title.as_str().len() + 160) {
            break;
        }
        let fits = cause.members.iter().take_while(|name| room.takes(name.as_str().len() + 2));
        let names: Vec<&str> = fits.map(InstanceName::as_str).collect();
        let more = cause.members.len() - names.len();
        let more = (more > 0).then(|| format!(" {}", left_out(words, more)));
        let count = words.count("count.instances", cause.instances);
        folded.push(
            el("details").c(el("summary").c(title).c(format!(" ({count})"))).c(el("p")
                .class("soft ids pad")
                .c(Html::cut(&names.join(", "), usize::MAX))
                .c(more)),
        );
    }
    let left = told.causes.len() - folded.len();
    Some(
        el("section")
            .class("gap")
            .c(el("h2").c(words.get("report.every")))
            .c(el("div").class("panel tight mt").each(folded))
            .c((left > 0).then(|| el("p").class("pad").c(left_out(words, left)))),
    )
}
