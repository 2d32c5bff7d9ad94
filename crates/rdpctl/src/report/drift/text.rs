//! A drift report for people at a terminal: how instances stand, what is behind it, what somebody accepted, the numbers.

use rdpctl_model::Verdict;
use rdpctl_model::plan::Reached;
use rdpctl_term::{Ink, Mark, Page, Words, grid, width};

use super::Report;
use super::causes::{Cause, GroupBy, Section, Standing, sections};
use super::numbers::{line, sentence};
use crate::report::called::Called;
use crate::report::{says, when, words};

/// Lines beyond so many are counted.
const SHOWN: usize = 180;

/// Names of one cause beyond so many are counted.
const NAMES: usize = 3;

impl Report {
    /// For people: causes first, put together as asked.
    pub(crate) fn page(&self, by: GroupBy) -> Page {
        let mut page = Page::new();
        page.push(grid::plain(Words::new().ink(Ink::Strong, self.sentence())));
        for note in &self.notes {
            page.push(grid::plain(Words::new().said(note)));
        }
        let sections = sections(self, by);
        let mut left_out = 0;
        for section in &sections {
            left_out += causes(&mut page, section, &self.called);
        }
        if left_out > 0 {
            let more = words::count(left_out, "more cause");
            page.push(grid::plain(Words::new().own(format!("and {more}: --format json has all"))));
        }
        page.blank();
        for gone in &self.gone {
            let facets: Vec<&str> = gone.facets.iter().map(|facet| facet.name()).collect();
            let text = Words::new()
                .own("no longer reported: ")
                .said(&gone.instance)
                .own(format!("  {}", facets.join(", ")));
            page.push(grid::indented(2, text));
        }
        if !self.findings.is_empty() && self.basis.reached != Reached::Nothing {
            page.push(grid::label("In all", Words::new().own(line(&self.numbers))));
        }
        page
    }

    /// The sentence that a colleague would say.
    pub(super) fn sentence(&self) -> String {
        let numbers = sentence(&self.numbers, self.instances);
        match (self.is_compared, self.basis.reached) {
            (false, Reached::Something) if !self.findings.is_empty() => numbers,
            (false, Reached::NotTried) if !self.findings.is_empty() => {
                format!("By what was last seen: {numbers}")
            }
            (true | false, Reached::Something | Reached::NotTried | Reached::Nothing) => {
                self.line()
            }
        }
    }
}

/// The causes under one heading; gives for how many there was no room.
fn causes(page: &mut Page, section: &Section<'_>, called: &Called) -> usize {
    let longest = section.causes.iter().map(|cause| width(&cause.what())).max().unwrap_or_default();
    let mut titled: Option<Standing> = None;
    if let Some(heading) = section.heading {
        page.blank();
        page.push(grid::plain(Words::new().said_in(Ink::Strong, called.name(heading))));
    }
    for (place, cause) in section.causes.iter().enumerate() {
        if page.len() >= SHOWN {
            return section.causes.len() - place;
        }
        if section.heading.is_none() && titled != Some(cause.standing) {
            page.blank();
            page.push(grid::plain(Words::new().ink(Ink::Strong, cause.standing.title())));
            titled = Some(cause.standing);
        }
        one(page, cause, longest, section.heading, called);
    }
    0
}

const fn mark(standing: Standing) -> Mark {
    match standing {
        Standing::Differs => Mark::Bad,
        Standing::Blocked => Mark::Stopped,
        Standing::Unknown => Mark::Unknown,
        Standing::Accepted => Mark::Kept,
    }
}

fn one(page: &mut Page, cause: &Cause<'_>, longest: usize, heading: Option<&str>, called: &Called) {
    let name = Words::new().ink(Ink::Strong, cause.what());
    let said = match (cause.said.as_slice(), cause.example) {
        // What differs in one way is shown as from and to; a gap has all its words already.
        ([_], Verdict::Drifted { .. } | Verdict::Blocked { .. }) => says::verdict(cause.example),
        (
            _,
            Verdict::Drifted { .. }
            | Verdict::Blocked { .. }
            | Verdict::Unknown { .. }
            | Verdict::Healthy { .. }
            | Verdict::NotApplicable { .. },
        ) => Words::new().said(&cause.words()),
    };
    let seed = Words::new().said_in(Ink::Faint, &cause.seed.join("; "));
    let seed = if cause.seed.is_empty() { Words::new() } else { seed };
    page.push(grid::fact(mark(cause.standing), name, longest, said).rail(seed));
    let mut about = Vec::new();
    if heading.is_none_or(|heading| cause.members != [heading]) {
        about.push(format!("on {}", cause.who(NAMES, called)));
    }
    if let Some(since) = cause.since {
        about.push(format!("seen since {}", when::moment(since)));
    }
    if let Some(stage) = cause.stage {
        about.push(format!("shows {}", words::place(stage)));
    }
    if cause.follows > 0 {
        about.push(cause.consequences());
    }
    about.extend(cause.changers());
    if let Some(accepted) = cause.accepted {
        about.push(format!("accepted: {}", accepted.words()));
    }
    if !about.is_empty() {
        page.push(grid::more(longest, Words::new().said_in(Ink::Faint, &about.join("; "))));
    }
}
