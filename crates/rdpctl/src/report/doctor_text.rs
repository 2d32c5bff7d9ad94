//! A diagnosis for a terminal: the answer, the first cause with its evidence and what to do, then what follows from it, and
//! what was not seen. The trees as they were walked stand at the end where all is wanted.

use rdpctl_doctor::{Answer, Complaint, Diagnosis, Finding, Health, NodeLine, Texts};
use rdpctl_model::Verdict;
use rdpctl_term::{Ink, Mark, Page, Words, grid, width};

use super::{says, when, words};

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Amount {
    /// What somebody needs who wants to connect.
    Answer,
    /// The trees as well, question by question.
    All,
}

/// A diagnosis as a page.
pub(crate) fn page(diagnosis: &Diagnosis, texts: &Texts, amount: Amount) -> Page {
    let mut sheet = Sheet { page: Page::new(), texts };
    sheet.head(diagnosis);
    if let Some(said) = &diagnosis.complaint {
        sheet.complaint(said);
    }
    if let Some(first) = &diagnosis.first_cause {
        sheet.title("first-cause");
        sheet.finding(first, Detail::Whole);
        let explained: Vec<&str> = diagnosis
            .consequences
            .iter()
            .filter(|one| one.follows_from == Some(first.facet))
            .map(|one| one.facet.name())
            .collect();
        if !explained.is_empty() {
            sheet.field("explains", Words::new().own(explained.join(", ")));
        }
    }
    sheet.section("other-causes", &diagnosis.other_causes);
    sheet.consequences(diagnosis);
    sheet.section("remarks", &diagnosis.remarks);
    sheet.unusual(diagnosis);
    sheet.guesses(diagnosis);
    sheet.unseen(diagnosis);
    sheet.page.blank();
    for walk in &diagnosis.walks {
        sheet.walk(&walk.title, &walk.nodes, amount);
    }
    sheet.page
}

/// How much is told of a finding.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// All.
    Whole,
    /// What is wrong, and what would be done.
    Short,
}

struct Sheet<'t> {
    page: Page,
    texts: &'t Texts,
}

impl Sheet<'_> {
    fn word(&self, key: &str) -> String {
        self.texts.get(&format!("words.{key}")).to_owned()
    }

    fn head(&mut self, diagnosis: &Diagnosis) {
        self.page.push(grid::plain(Words::new().said_in(Ink::Strong, &diagnosis.summary)));
        let text = format!(
            "{}  {} {}, {} {}",
            diagnosis.instance,
            self.word("profile"),
            diagnosis.profile,
            self.word("surveyed"),
            when::plain(diagnosis.taken_at),
        );
        self.page.push(grid::plain(Words::new().said_in(Ink::Faint, &text)));
    }

    fn title(&mut self, key: &str) {
        let title = self.word(key);
        self.page.blank();
        self.page.push(grid::plain(Words::new().ink(Ink::Strong, title)));
    }

    /// A line under a finding that begins with what it is.
    fn field(&mut self, key: &str, text: Words) {
        let words = Words::new().ink(Ink::Faint, self.word(key)).own(": ").and(text);
        self.page.push(grid::indented(4, words));
    }

    /// What the user saw, and what is made of it.
    fn complaint(&mut self, complaint: &Complaint) {
        self.page.blank();
        let saw = Words::new().ink(Ink::Strong, self.word("you-saw")).own(": ");
        self.page.push(grid::plain(saw.said(&complaint.text)));
        self.page.push(grid::indented(2, Words::new().said(&complaint.meaning)));
        let mut lines = Vec::new();
        if let Some(stage) = complaint.stage {
            let stage = self.texts.get(&format!("stage.{stage}")).to_owned();
            lines.push(format!("{}: {stage}", self.word("arises-at")));
        }
        if !complaint.suspects.is_empty() {
            let names: Vec<&str> = complaint.suspects.iter().map(|facet| facet.name()).collect();
            lines.push(format!("{}: {}", self.word("suspects"), names.join(", ")));
        }
        if !complaint.nearest.is_empty() {
            lines.push(format!("{}:", self.word("nearest")));
            lines.extend(complaint.nearest.iter().map(|nearest| format!("  {nearest}")));
        }
        for line in lines {
            self.page.push(grid::indented(2, Words::new().said(&line)));
        }
    }

    fn section(&mut self, key: &str, findings: &[Finding]) {
        if findings.is_empty() {
            return;
        }
        self.title(key);
        for one in findings {
            self.finding(one, Detail::Short);
        }
    }

    fn finding(&mut self, one: &Finding, detail: Detail) {
        let mark = match &one.verdict {
            Verdict::Drifted { .. } if detail == Detail::Whole => Mark::Shut,
            Verdict::Drifted { .. } => Mark::Bad,
            Verdict::Blocked { .. } => Mark::Stopped,
            Verdict::Unknown { .. } => Mark::Unknown,
            Verdict::Healthy { .. } => Mark::Good,
            Verdict::NotApplicable { .. } => Mark::Nothing,
        };
        let name = one.facet.name();
        let step = one.reference.as_ref().map(|place| place.step.clone()).unwrap_or_default();
        let step =
            if step.is_empty() { Words::new() } else { Words::new().said_in(Ink::Faint, &step) };
        let row = grid::fact(
            mark,
            Words::new().ink(Ink::Strong, name),
            width(name),
            says::verdict_in(self.texts.language(), &one.verdict),
        );
        self.page.push(row.rail(step));
        if detail == Detail::Short {
            self.page.push(grid::indented(4, Words::new().said(&one.says)));
        }
        if let Verdict::Blocked { advice, .. } = &one.verdict {
            let advice = rdpctl_words::words(self.texts.language()).say(advice);
            self.field("you-can", Words::new().said(&advice));
        }
        for also in &one.also {
            self.page.push(grid::indented(4, Words::new().said(also)));
        }
        if detail == Detail::Whole {
            for quote in &one.evidence {
                self.page.push(grid::indented(
                    4,
                    Words::new().ink(Ink::Faint, "$ ").said(&quote.source),
                ));
                self.page.push(grid::indented(6, Words::new().said(&quote.reply)));
            }
            if let Some(remedy) = &one.remedy {
                self.field("remedy", Words::new().said(remedy));
            }
        }
        self.repairs(one, detail);
        if detail == Detail::Whole
            && let Some(place) = &one.reference
        {
            let text = format!("{}, {}", place.title, place.step);
            self.field("document", Words::new().said(&text));
            self.page.push(grid::indented(6, Words::new().said_in(Ink::Page, &place.page)).whole());
        }
    }

    fn repairs(&mut self, one: &Finding, detail: Detail) {
        if !one.managed {
            if detail == Detail::Whole {
                let text = self.word("plan-would-not");
                self.page.push(grid::indented(4, Words::new().own(text)));
            }
            return;
        }
        for (place, repair) in one.repairs.iter().enumerate() {
            if place == 0 {
                let text = self.word("plan-would");
                self.page.push(grid::indented(4, Words::new().ink(Ink::Faint, text).own(":")));
            }
            let mut words = Words::new().said(&repair.step);
            if let Some(held) = &repair.held {
                words = words.own(", ").said_in(Ink::Caution, held);
            }
            self.page.push(grid::indented(6, words));
        }
    }

    /// What follows from another cause than the first.
    fn consequences(&mut self, diagnosis: &Diagnosis) {
        let first = diagnosis.first_cause.as_ref().map(|first| first.facet);
        let other: Vec<&Finding> =
            diagnosis.consequences.iter().filter(|one| one.follows_from != first).collect();
        if other.is_empty() {
            return;
        }
        self.title("consequences");
        let longest = other.iter().map(|one| one.facet.name().len()).max().unwrap_or_default();
        for one in other {
            let cause = one.follows_from.map_or("", |facet| facet.name());
            let text = format!("{} {cause}", self.word("follows-from"));
            let name = Words::new().own(one.facet.name());
            self.page.push(grid::fact(Mark::Follows, name, longest, Words::new().own(text)));
        }
    }

    /// What differs from the defaults and is judged by nobody.
    fn unusual(&mut self, diagnosis: &Diagnosis) {
        if diagnosis.unusual.is_empty() {
            return;
        }
        self.title("unusual");
        for one in &diagnosis.unusual {
            let text = format!("{}  {}", one.value.source, one.value.reply);
            self.page.push(grid::indented(2, Words::new().said(&text)));
            self.page.push(grid::indented(4, Words::new().said_in(Ink::Faint, &one.does)));
        }
    }

    fn guesses(&mut self, diagnosis: &Diagnosis) {
        if diagnosis.guesses.is_empty() {
            return;
        }
        self.title("guesses");
        let longest =
            diagnosis.guesses.iter().map(|one| one.facet.name().len()).max().unwrap_or_default();
        let mut said = "";
        for (place, guess) in (1..).zip(&diagnosis.guesses) {
            let words = Words::new().said(&guess.says);
            self.page.push(grid::ranked(place, guess.facet.name(), longest, words));
            if guess.because != said {
                let because = self.word("because");
                let words = Words::new().ink(Ink::Faint, because).own(": ").said(&guess.because);
                self.page.push(grid::indented(5, words));
            }
            said = &guess.because;
        }
    }

    fn unseen(&mut self, diagnosis: &Diagnosis) {
        if diagnosis.unseen.is_empty() {
            return;
        }
        self.title("unseen");
        for unseen in &diagnosis.unseen {
            let world = self.word(words::world(unseen.world));
            let name = Words::new().ink(Ink::Strong, world.clone());
            let why = Words::new().said(&unseen.why);
            self.page.push(grid::fact(Mark::Unknown, name, width(&world), why));
            self.field("to-know-more", Words::new().said(&unseen.enable));
        }
    }

    /// One tree as it was walked, or how much of it.
    fn walk(&mut self, title: &str, nodes: &[NodeLine], amount: Amount) {
        let visited: Vec<&NodeLine> = nodes.iter().filter(|node| node.visited).collect();
        if amount == Amount::All {
            self.page.blank();
        }
        let head = Words::new().said_in(Ink::Strong, title);
        if amount == Amount::Answer {
            let answered = visited.iter().filter(|node| match node.answer {
                Some(Answer::Yes | Answer::No) => true,
                // What does not apply was not looked at.
                Some(Answer::NotApplicable | Answer::Unknown) | None => false,
            });
            let against = visited.iter().filter(|node| node.health == Some(Health::Fault));
            let (answered, against) = (answered.count().to_string(), against.count().to_string());
            let values = [("answered", answered.as_str()), ("against", against.as_str())];
            let text = format!(": {} (--all)", self.texts.fill("words.asked", &values));
            self.page.push(grid::plain(head.own(text)));
            return;
        }
        self.page.push(grid::plain(head));
        let longest = visited.iter().map(|node| width(&node.step)).max().unwrap_or_default();
        for node in visited {
            let Some(answer) = node.answer else {
                self.page.push(grid::indented(6, Words::new().own("> ").said(&node.asks)));
                continue;
            };
            let answer = self.word(match answer {
                Answer::Yes => "yes",
                Answer::No => "no",
                Answer::Unknown => "unknown",
                Answer::NotApplicable => "not-applicable",
            });
            let mark = match node.health {
                Some(Health::Healthy) => Mark::Good,
                Some(Health::Fault) => Mark::Shut,
                Some(Health::Unknown) => Mark::Unknown,
                Some(Health::NotApplicable) | None => Mark::Nothing,
            };
            let words = Words::new().said(&node.asks).own("  ").ink(Ink::Strong, answer);
            let name = Words::new().said(&node.step);
            self.page.push(grid::fact(mark, name, longest, words));
        }
    }
}
