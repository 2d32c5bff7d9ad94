//! The question for a grant on a terminal, in the form of every other question: one for one secret with all its
//! receivers, one for everything else.

use async_trait::async_trait;
use rdpctl_engine::approve::{Answer, Approver, GrantQuestion, Question, Refused};
use rdpctl_model::Plan;
use rdpctl_model::outcome::{Allowed, Means};
use rdpctl_term::{Ink, Page, Words, grid};
use rdpctl_trust::{Ask, Grants, Wish, sentence};
use rdpctl_words::english;

use crate::asked::{AT, LONGEST, keys, line, whoami};
use crate::error::CliError;
use crate::out;

/// Whoever sits at the terminal, before there is a plan to be shown.
pub(crate) struct AtTerminal;

impl AtTerminal {
    /// Whether somebody sits there.
    pub(crate) fn is_there() -> bool {
        use std::io::IsTerminal;
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }
}

#[async_trait]
impl Approver for AtTerminal {
    fn beforehand(&self) -> Vec<Allowed> {
        Vec::new()
    }

    async fn show(&self, _plan: &Plan) -> Result<(), Refused> {
        Err(Refused::Unseen)
    }

    async fn show_again(&self, _plan: &Plan) -> Result<(), Refused> {
        Err(Refused::Unseen)
    }

    async fn answer(&self, _question: &Question) -> Result<Answer, Refused> {
        Err(Refused::Unseen)
    }

    async fn grant(&self, question: &GrantQuestion) -> Result<Answer, Refused> {
        out::err("");
        out::tell(&page(question));
        loop {
            out::prompt("grant> ");
            let Some(line) = line().await else { return Err(Refused::Left) };
            match line.trim().to_ascii_lowercase().as_str() {
                "y" | "yes" => return Ok(Answer::Yes { by: whoami(), means: Means::Terminal }),
                "n" | "no" => return Ok(Answer::No),
                "q" | "quit" => return Err(Refused::Left),
                "d" | "details" => out::tell(&details(question)),
                _ => out::err("    Please answer y, n, d or q. Nothing was decided."),
            }
        }
    }
}

fn page(question: &GrantQuestion) -> Page {
    let mut page = Page::new();
    let (number, of) = question.place;
    let asked = "May this declaration have what it asks for?";
    page.push(grid::plain(
        Words::new().own(format!("Question {number} of {of}  ")).ink(Ink::Strong, asked),
    ));
    for (asks, at) in &question.asks {
        page.push(grid::field(AT, "asks", LONGEST, Words::new().said(&english(asks))));
        if let Some(at) = at {
            page.push(grid::field(AT, "", LONGEST, Words::new().own("declared in ").said(at)));
        }
    }
    page.push(grid::field(AT, "undo", LONGEST, "rdpctl trust --revoke takes it back".into()));
    let shut = "it stays shut, and what hangs on it is shown as unknown";
    page.push(grid::field(AT, "if not", LONGEST, shut.into()));
    keys(
        &mut page,
        &[("y", "yes, and remember it"), ("n", "no"), ("d", "details"), ("q", "do nothing at all")],
    );
    page
}

/// What a yes writes down.
fn details(question: &GrantQuestion) -> Page {
    let mut page = Page::new();
    page.blank();
    for line in question.lines.lines() {
        page.push(grid::indented(AT, Words::new().said(line)));
    }
    page
}

/// Wishes that one answer is for.
fn of_one_secret<'w>(wishes: &[&'w Wish]) -> Vec<Vec<&'w Wish>> {
    let mut groups: Vec<Vec<&Wish>> = Vec::new();
    for wish in wishes {
        let same = |other: &&Wish| match (&wish.ask, &other.ask) {
            (Ask::Secret { from: one, .. }, Ask::Secret { from: other, .. }) => one == other,
            (one, other) => one == other,
        };
        match groups.iter_mut().find(|group| group.first().is_some_and(same)) {
            Some(group) => group.push(wish),
            None => groups.push(vec![wish]),
        }
    }
    groups
}

fn question(group: &[&Wish], place: (usize, usize)) -> GrantQuestion {
    let mut grants = Grants::default();
    for wish in group {
        grants.add(&wish.ask);
    }
    let at = |wish: &Wish| wish.at.as_ref().map(|at| format!("{}:{}", at.file.display(), at.line));
    GrantQuestion {
        place,
        asks: group.iter().map(|wish| (sentence(&wish.ask), at(wish))).collect(),
        lines: grants.render().unwrap_or_default(),
    }
}

/// Asks for each; gives back what was granted, or nothing when somebody left.
pub(crate) async fn ask_all(
    wishes: &[&Wish],
    approver: &dyn Approver,
) -> Result<Option<Vec<Ask>>, CliError> {
    let groups = of_one_secret(wishes);
    let mut granted = Vec::new();
    for (place, group) in groups.iter().enumerate() {
        match approver.grant(&question(group, (place + 1, groups.len()))).await {
            Ok(Answer::Yes { .. }) => granted.extend(group.iter().map(|wish| wish.ask.clone())),
            Ok(Answer::No) => {}
            Err(Refused::Left) => return Ok(None),
            Err(Refused::Nobody | Refused::Unseen) => {
                return Err(CliError::new("there is nobody to be asked; nothing was granted"));
            }
        }
    }
    Ok(Some(granted))
}
