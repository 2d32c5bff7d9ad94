//! The lower end of a terminal while something goes on: what runs, then the count, redrawn in place. What has ended stands
//! above it and stays.
//!
//! A frame is text of so many lines; the next one is written over it in one write: up, each line with what was left of
//! the former one erased, and what is below erased. The cursor is never hidden, and nothing is switched that would have to
//! be switched back.

use std::time::Duration;

use rdpctl_term::{Ink, Mark, Page, View, Words, grid, lay};

use super::lines::duration;
use super::story::Story;
use crate::report::words::{count, grouped};

/// No more than these are followed with the eye.
const RUNNING: usize = 8;
/// Cells of the bar.
const BAR: usize = 20;

/// What somebody is told of an end that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// All goes on.
    On,
    /// Nothing new is begun.
    Ending,
}

/// Draws over what it drew before.
#[derive(Debug, Default)]
pub(super) struct Region {
    drawn: usize,
    /// How wide the terminal was then.
    width: Option<usize>,
}

impl Region {
    /// What to write so that lines that stay come to stand above, and the frame below them.
    pub(super) fn over(&mut self, stays: &str, frame: &str, width: Option<usize>) -> String {
        // A terminal that narrowed has wrapped what stands there; nobody knows where it begins.
        let narrowed = matches!((self.width, width), (Some(before), Some(now)) if now < before);
        let up = if narrowed { 0 } else { self.drawn };
        let mut text = String::new();
        if up > 0 {
            text.push_str(&format!("\u{1b}[{up}A"));
        }
        for line in stays.lines().chain(frame.lines()) {
            text.push_str(line);
            text.push_str("\u{1b}[K\n");
        }
        if up > 0 {
            text.push_str("\u{1b}[J");
        }
        self.drawn = frame.lines().count();
        self.width = width;
        text
    }

    /// Whether nothing of it stands on the terminal.
    pub(super) const fn is_clear(&self) -> bool {
        self.drawn == 0
    }
}

/// What runs, in at most so many lines, none of which wraps.
pub(super) fn frame(story: &Story, pace: Pace, at: Duration, view: &View, height: usize) -> String {
    let foot = foot(story, pace, at);
    let most = height.saturating_sub(1 + foot.len()).min(RUNNING);
    let mut page = Page::new();
    let running = story.running.len();
    let shown = if running > most { most.saturating_sub(1) } else { running };
    for (step, under_way) in story.running.iter().take(shown) {
        let names: Vec<&str> = under_way.under_way.keys().map(|it| story.called(it)).collect();
        let (who, share) = match names.as_slice() {
            [one] if under_way.ended == 0 => ((*one).to_owned(), String::new()),
            many => {
                let all = many.len() + under_way.ended;
                let failed = match under_way.failed {
                    0 => String::new(),
                    failed => format!(", {} failed", grouped(failed)),
                };
                let ended = grouped(under_way.ended);
                (
                    count(all, "instance"),
                    format!(": {ended} done{failed}, {} under way", many.len()),
                )
            }
        };
        let text = Words::new().said(&story.name(*step)).own(share);
        let took = duration(at.saturating_sub(under_way.since));
        let number = story.number(*step).to_string();
        page.push(grid::running(Mark::Running, &who, &number, text).rail(Words::new().own(took)));
    }
    if running > shown && most > 0 {
        let more = format!("and {} more under way", grouped(running - shown));
        page.push(grid::indented(2, Words::new().ink(Ink::Faint, more)));
    }
    if page.is_empty() && foot.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    for line in lay(&page, view).lines().take(most) {
        text.push_str(line);
        text.push('\n');
    }
    let mut end = Page::new();
    let is_looking = !story.is_under_way() && !foot.is_empty();
    for line in foot {
        end.push(grid::plain(line));
    }
    if is_looking {
        end.append(story.sights.page());
    }
    for line in lay(&end, view).lines().take(height.saturating_sub(1)) {
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// The count, and what Ctrl-C would do now; before anything is done, what is looked at.
fn foot(story: &Story, pace: Pace, at: Duration) -> Vec<Words> {
    if !story.is_under_way() {
        let Some((what, since)) = &story.looks_at else { return Vec::new() };
        let took = at.saturating_sub(*since);
        // What is over in a second needs no progress.
        if took < Duration::from_secs(1) {
            return Vec::new();
        }
        let text = Words::new().ink(Ink::Running, "*").own(" looking at ");
        return vec![text.said(&story.sights.whom(what)).own(format!("  {}", duration(took)))];
    }
    let all = story.all().max(1);
    let ended = (story.done + story.failed).min(all);
    let full = ended * BAR / all;
    let bar = format!("[{}{}]", "=".repeat(full), "-".repeat(BAR - full));
    let first = format!("{bar}  {} of {}  {}", grouped(ended), count(all, "step"), duration(at));
    let failed = Words::new();
    let failed = if story.failed > 0 {
        failed.ink(Ink::Shut, format!("{} failed", grouped(story.failed)))
    } else {
        failed.own("0 failed")
    };
    let second = match pace {
        Pace::On => failed.own("  Ctrl-C stops after what is in hand"),
        Pace::Ending => {
            failed.own("  stopping; nothing else is begun. Ctrl-C once more: leave at once")
        }
    };
    vec![Words::new().own(first), second]
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use super::*;

    /// What a terminal shows, with all that scrolled away.
    fn emulated(rows: u16, columns: u16, writes: &[String]) -> Vec<String> {
        let mut parser =
            vt100::Parser::new(NonZero::new(rows).unwrap(), NonZero::new(columns).unwrap(), 10_000);
        for write in writes {
            parser.process(write.replace('\n', "\r\n").as_bytes());
        }
        let mut lines: Vec<String> = Vec::new();
        parser.screen_mut().set_scrollback(usize::MAX);
        let most = parser.screen().scrollback();
        for back in (1..=most).rev() {
            parser.screen_mut().set_scrollback(back);
            lines.push(parser.screen().rows(0, columns).next().unwrap_or_default());
        }
        parser.screen_mut().set_scrollback(0);
        lines.extend(parser.screen().rows(0, columns));
        lines
            .into_iter()
            .map(|line| line.trim_end().to_owned())
            .filter(|line| !line.is_empty())
            .collect()
    }

    #[test]
    fn every_line_that_stays_is_there_once_and_in_order_whatever_was_redrawn_below() {
        for (rows, columns) in [(24, 80), (10, 40), (50, 120), (5, 20)] {
            let mut region = Region::default();
            let mut writes = Vec::new();
            let height = usize::from(rows) - 1;
            for number in 0..200_usize {
                let frame: String = (0..(number * 7 % 12).min(height))
                    .map(|row| format!("frame {row}\n"))
                    .collect();
                let stays =
                    if number % 3 == 0 { format!("event {number}\n") } else { String::new() };
                writes.push(region.over(&stays, &frame, Some(columns.into())));
            }
            writes.push(region.over("", "", Some(columns.into())));
            let wanted: Vec<String> = (0..200)
                .filter(|number| number % 3 == 0)
                .map(|number| format!("event {number}"))
                .collect();
            assert_eq!(emulated(rows, columns, &writes), wanted, "{columns} x {rows}");
        }
    }

    #[test]
    fn while_it_is_looked_each_world_is_counted_and_the_silent_are_named() {
        use rdpctl_engine::Event;
        use rdpctl_model::facet::World;
        use rdpctl_model::{InstanceName, ProviderName};

        let mut story = Story::default();
        let at = Duration::from_millis;
        for (what, instances, provider) in
            [("600 instances of az", 600, "az"), ("400 instances of gz", 400, "gz")]
        {
            let provider = Some(ProviderName::new(provider));
            let event =
                Event::Surveying { what: what.to_owned(), instances: Some(instances), provider };
            story.note(&event, at(0));
        }
        assert_eq!(frame(&story, Pace::On, at(900), &View::plain(), 24), "", "below a second");
        let names = ["node-0107", "node-0422", "node-0613", "node-0700"];
        for (world, instances, silent) in [
            (World::Cloud, 1_000, &[][..]),
            (World::Guest, 412, &names[..]),
            (World::Outside, 398, &[]),
        ] {
            let silent = silent.iter().copied().map(InstanceName::new).collect();
            story.note(&Event::Glimpsed { world, instances, silent }, at(1_000));
        }
        insta::assert_snapshot!(frame(&story, Pace::On, at(14_000), &View::plain(), 24), @r"
        * looking at 1,000 instances  14 s
            cloud    1,000 of 1,000  az, gz
            guests   412 of 1,000, 4 do not answer: node-0107, node-0422, node-0613 and 1 more
            outside  398 of 1,000
        ");
        assert_eq!(frame(&story, Pace::On, at(14_000), &View::plain(), 3).lines().count(), 2);
        story.note(&Event::Looked { instances: 1_000, silent: 4 }, at(15_000));
        assert_eq!(frame(&story, Pace::On, at(16_000), &View::plain(), 24), "", "it vanishes");
    }

    /// What is drawn at each width, in ASCII as well; for the ear nothing is redrawn.
    #[test]
    fn what_runs_and_what_is_looked_at_fit_every_width() {
        use rdpctl_engine::Event;
        use rdpctl_model::facet::World;
        use rdpctl_model::{InstanceName, ProviderName};
        use rdpctl_term::Characters;

        let mut story = Story::default();
        let event = Event::Surveying {
            what: "1,000 instances of gz".to_owned(),
            instances: Some(1_000),
            provider: Some(ProviderName::new("gz")),
        };
        story.note(&event, Duration::ZERO);
        let silent = ["node-0107", "node-0422", "node-0613"].map(InstanceName::new).to_vec();
        for (world, instances, silent) in
            [(World::Cloud, 640, Vec::new()), (World::Guest, 412, silent)]
        {
            story.note(&Event::Glimpsed { world, instances, silent }, Duration::from_secs(1));
        }
        let mut shown = String::new();
        for columns in [40, 80, 120] {
            for characters in [Characters::Full, Characters::Ascii] {
                let view = View { width: Some(columns), characters, ..View::plain() };
                let drawn = frame(&story, Pace::On, Duration::from_secs(14), &view, 24);
                assert!(drawn.lines().all(|line| rdpctl_term::width(line) < columns), "{drawn}");
                if characters == Characters::Full {
                    shown.push_str(&format!("[{columns} columns]\n{drawn}"));
                }
            }
        }
        insta::assert_snapshot!(shown, @r"
        [40 columns]
        * looking at 1,000 instances  14 s
            cloud    640 of 1,000  gz
            guests   412 of 1,000, 3 do not
                     answer: node-0107,
                     node-0422, node-0613
            outside  0 of 1,000
        [80 columns]
        * looking at 1,000 instances  14 s
            cloud    640 of 1,000  gz
            guests   412 of 1,000, 3 do not answer: node-0107, node-0422, node-0613
            outside  0 of 1,000
        [120 columns]
        * looking at 1,000 instances  14 s
            cloud    640 of 1,000  gz
            guests   412 of 1,000, 3 do not answer: node-0107, node-0422, node-0613
            outside  0 of 1,000
        ");
    }

    /// A plan of two steps for one machine and of one for twelve others.
    fn planned() -> rdpctl_model::plan::Plan {
        use rdpctl_model::InstanceName;
        use rdpctl_model::plan::StepId;

        let mut plan = rdpctl_contract::conformance::store::samples::plan();
        let (group, step) = (plan.groups[0].clone(), plan.steps[0].clone());
        let mut kiosks = group.clone();
        kiosks.members = (1..=12)
            .map(|number| {
                let mut member = group.members[0].clone();
                member.name = InstanceName::new(format!("kiosk-{number:04}"));
                member
            })
            .collect();
        for (number, of) in [(2, 0), (3, 1)] {
            let mut more = step.clone();
            more.number = rdpctl_model::StepNumber::first_level(number);
            more.group = of;
            plan.steps.push(more);
        }
        plan.groups[0].steps = vec![StepId(0), StepId(1)];
        kiosks.steps = vec![StepId(2)];
        plan.groups.push(kiosks);
        plan
    }

    /// A run at each width: what has ended and stays, what runs below it, and what Ctrl-C does then.
    #[test]
    fn a_run_is_seen_at_every_width() {
        use std::sync::Arc;

        use rdpctl_engine::Event;
        use rdpctl_model::plan::StepId;
        use rdpctl_model::{InstanceName, RunId, Said};

        use crate::progress::lines::{Form, told};

        let now = "2026-11-26T09:14:32+09:00[Asia/Seoul]".parse::<jiff::Zoned>().unwrap();
        let at = Duration::from_secs;
        let web = InstanceName::new("web-01");
        let kiosks: Vec<InstanceName> =
            (1..=12).map(|number| InstanceName::new(format!("kiosk-{number:04}"))).collect();
        let done = |step, subject: &InstanceName| Event::Done {
            step: StepId(step),
            subject: subject.clone(),
            note: Said::quoted("running"),
            already: false,
        };
        let failed = Event::Failed {
            step: StepId(2),
            also: Vec::new(),
            subject: kiosks[1].clone(),
            why: Said::quoted("it did not come back: the cloud says RUNNING, and nobody answers"),
            advice: Said::quoted("look at its console"),
        };
        let started = |step, subjects: &[InstanceName]| Event::Started {
            step: StepId(step),
            subjects: subjects.to_vec(),
        };
        let story = [
            (0, Event::Began { run: RunId::new("7f3a91c2"), plan: Arc::new(planned()) }),
            (1, started(0, std::slice::from_ref(&web))),
            (2, started(2, &kiosks[..4])),
            (15, done(0, &web)),
            (16, started(1, std::slice::from_ref(&web))),
            (200, done(2, &kiosks[0])),
            (245, failed),
        ];
        let mut shown = String::new();
        for columns in [40, 80, 120] {
            let view = View { width: Some(columns), ..View::plain() };
            let mut known = Story::default();
            let mut stays = String::new();
            for (seconds, event) in &story {
                if let Some(page) = told(&known, event, Form::Live, &now, at(*seconds)) {
                    stays.push_str(&lay(&page, &view));
                }
                known.note(event, at(*seconds));
            }
            let on = frame(&known, Pace::On, at(250), &view, 24);
            let ending = frame(&known, Pace::Ending, at(251), &view, 24);
            let small = frame(&known, Pace::On, at(250), &view, 3);
            assert_eq!(small.lines().count(), 2, "the count goes last: {small}");
            shown
                .push_str(&format!("[{columns} columns]\n{stays}\n{on}\nafter Ctrl-C\n{ending}\n"));
            let all = format!("{stays}{on}{ending}");
            assert!(all.lines().all(|line| rdpctl_term::width(line) < columns), "{all}");
        }
        insta::assert_snapshot!(shown);
    }

    /// What stays of a look is a sentence, counted for one as for many.
    #[test]
    fn what_stays_of_a_look_is_a_sentence() {
        use rdpctl_engine::Event;

        use crate::progress::lines::{Form, told};

        let now = "2026-11-26T09:14:32+09:00[Asia/Seoul]".parse::<jiff::Zoned>().unwrap();
        let said = |instances, silent, seconds| {
            let mut story = Story::default();
            let (what, provider) = ("gz".to_owned(), None);
            let begins = Event::Surveying { what, instances: Some(instances), provider };
            story.note(&begins, Duration::ZERO);
            let looked = Event::Looked { instances, silent };
            let page = told(&story, &looked, Form::Live, &now, Duration::from_secs(seconds));
            page.map(|page| lay(&page, &View::plain()))
        };
        assert_eq!(
            said(1_000, 3, 34).unwrap().trim_end(),
            "Looked at 1,000 instances in 34 s: 997 seen, 3 do not answer."
        );
        assert_eq!(
            said(1, 1, 2).unwrap().trim_end(),
            "Looked at 1 instance in 2.0 s: 0 seen, 1 does not answer."
        );
        assert_eq!(said(1, 0, 0), None, "what is over in a second needs no word");
    }

    #[test]
    fn a_terminal_that_narrowed_loses_no_line() {
        let mut region = Region::default();
        let mut writes = vec![region.over("event 1\n", "frame a\nframe b\n", Some(80))];
        writes.push(region.over("event 2\n", "frame c\n", Some(40)));
        writes.push(region.over("event 3\n", "", Some(40)));
        let shown = emulated(24, 80, &writes);
        let events: Vec<&String> = shown.iter().filter(|line| line.starts_with("event")).collect();
        assert_eq!(events, ["event 1", "event 2", "event 3"]);
    }
}
