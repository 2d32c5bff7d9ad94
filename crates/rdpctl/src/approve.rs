//! Whoever answers: the flags of the command line, or the person at the terminal. Whoever leaves a question has changed
//! nothing.

mod question;

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use rdpctl_engine::Hands;
use rdpctl_engine::approve::{About, Answer, Approver, Question, Refused, of_guards};
use rdpctl_model::Plan;
use rdpctl_model::outcome::{Allowed, Means};
use rdpctl_model::step::Guarded;

use self::question::Asking;
use crate::asked::{line, whoami};
use crate::command::plan::commands;
use crate::out;
use crate::progress::{Manner, Teller};
use crate::report;
use crate::report::plan::Amount;
use crate::report::summary::Summary;

/// Whoever answers what the flags leave open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    /// The person at the terminal.
    Terminal,
    /// Nobody: `--auto-approve` said yes to the plan, and the guards that `--allow` does not name hold.
    Nobody,
    /// Nobody either, but whoever looks on is shown what would have been asked, and what the flags answer: a simulated
    /// world is for learning.
    Aloud,
}

/// Somebody who looks on and answers.
pub(crate) struct Person<'a> {
    pub(crate) asks: Asks,
    pub(crate) manner: Manner,
    /// Guards that `--allow` names.
    pub(crate) flags: &'a [Guarded],
    pub(crate) teller: &'a Teller,
    /// Who can say what exactly would be sent.
    pub(crate) hands: &'a Hands,
    pub(crate) seen: Mutex<Seen>,
}

/// What somebody was shown and said so far.
#[derive(Default)]
pub(crate) struct Seen {
    /// The plan that stands above.
    plan: Option<Plan>,
    /// Questions about guards that were asked, and how many there are.
    asked: usize,
    of: usize,
    allowed: Vec<Guarded>,
}

impl Person<'_> {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        // Whoever panicked while he looked has changed nothing of it.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn by_flag() -> Answer {
        Answer::Yes { by: whoami(), means: Means::Flag }
    }

    /// What a question is asked about: the plan above it, and what was allowed so far.
    fn stands(&self) -> Result<(Plan, Vec<Guarded>), Refused> {
        let seen = self.seen();
        Ok((seen.plan.clone().ok_or(Refused::Unseen)?, seen.allowed.clone()))
    }

    fn place(&self) -> (usize, usize) {
        let seen = self.seen();
        (seen.asked, seen.of)
    }

    async fn pose(&self, asking: &Asking<'_>) {
        self.teller.flush().await;
        out::err("");
        out::tell(&asking.page());
    }

    /// Shows what would be asked, and the answer that a flag gives.
    async fn aloud(&self, question: &Question, key: &str, flag: &str) -> Result<(), Refused> {
        let (plan, allowed) = self.stands()?;
        let place = self.place();
        let asking = Asking { plan: &plan, question, place, allowed: &allowed };
        self.pose(&asking).await;
        out::err(&format!("{}{key}  ({flag})", asking.prompt()));
        Ok(())
    }

    /// Asks on the terminal. What is no answer is asked again; the end of input and `q` leave.
    async fn ask(&self, question: &Question) -> Result<Answer, Refused> {
        if !std::io::stdin().is_terminal() {
            return Err(Refused::Nobody);
        }
        let (plan, allowed) = self.stands()?;
        let place = self.place();
        let asking = Asking { plan: &plan, question, place, allowed: &allowed };
        self.pose(&asking).await;
        loop {
            out::prompt(&asking.prompt());
            let Some(line) = line().await else { return Err(Refused::Left) };
            match (line.trim().to_ascii_lowercase().as_str(), question.about) {
                ("y" | "yes", _) => {
                    return Ok(Answer::Yes { by: whoami(), means: Means::Terminal });
                }
                ("n" | "no", About::Guard(_)) => return Ok(Answer::No),
                ("n" | "no" | "q" | "quit", _) => return Err(Refused::Left),
                ("d" | "details", About::Guard(_)) => {
                    out::tell(&asking.details(&commands(&plan, self.hands)));
                }
                ("d" | "details", About::Plan) => {
                    let commands = commands(&plan, self.hands);
                    out::tell(&report::plan::page(&plan, &commands, Amount::All));
                }
                (_, About::Guard(_)) => {
                    out::err("    Please answer y, n, d or q. Nothing was decided.");
                }
                (_, About::Plan) => out::err("    Please answer y, n or d. Nothing was decided."),
            }
        }
    }
}

#[async_trait]
impl Approver for Person<'_> {
    fn beforehand(&self) -> Vec<Allowed> {
        let allowed = |guard: &Guarded| Allowed { guard: *guard, by: whoami(), means: Means::Flag };
        match self.asks {
            Asks::Terminal | Asks::Nobody => self.flags.iter().map(allowed).collect(),
            // They answer when it is asked.
            Asks::Aloud => Vec::new(),
        }
    }

    async fn show(&self, plan: &Plan) -> Result<(), Refused> {
        // What was told on the way here stands above the plan.
        self.teller.flush().await;
        {
            let mut seen = self.seen();
            if self.asks != Asks::Aloud {
                seen.allowed = self.flags.to_vec();
            }
            seen.of = of_guards(plan).len();
            seen.plan = Some(plan.clone());
        }
        match self.manner {
            Manner::Json => {}
            Manner::Words => {
                let page = report::plan::page(plan, &BTreeMap::new(), Amount::Readable);
                let title = format!("rdpctl plan: {}", Summary::of(plan).line());
                out::folded("rdpctl_plan", &title, &page).map_err(|_| Refused::Unseen)?;
            }
        }
        self.teller.flush_errors().await;
        Ok(())
    }

    async fn show_again(&self, plan: &Plan) -> Result<(), Refused> {
        self.seen().plan = Some(plan.clone());
        out::err(&Summary::of(plan).line());
        Ok(())
    }

    async fn answer(&self, question: &Question) -> Result<Answer, Refused> {
        if let About::Guard(_) = question.about {
            self.seen().asked += 1;
        }
        let answer = match (self.asks, question.about) {
            (Asks::Nobody, About::Guard(_)) => Answer::No,
            (Asks::Nobody, About::Plan) => Self::by_flag(),
            (Asks::Terminal, About::Guard(_) | About::Plan) => self.ask(question).await?,
            (Asks::Aloud, About::Guard(guard)) => {
                let is_allowed = self.flags.contains(&guard);
                let (key, flag) = if is_allowed { ("y", "--allow") } else { ("n", "no --allow") };
                self.aloud(question, key, &format!("{flag} {}", guard.name())).await?;
                if is_allowed { Self::by_flag() } else { Answer::No }
            }
            (Asks::Aloud, About::Plan) => {
                self.aloud(question, "y", "--auto-approve").await?;
                Self::by_flag()
            }
        };
        if let (Answer::Yes { .. }, About::Guard(guard)) = (&answer, question.about) {
            self.seen().allowed.push(guard);
        }
        Ok(answer)
    }
}
