//! Whoever answers: the flags of the command line, or the person at the terminal. Whoever leaves a question has changed
//! nothing.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal};

use async_trait::async_trait;
use rdpctl_engine::approve::{About, Answer, Approver, Question, Refused};
use rdpctl_engine::run::Stops;
use rdpctl_model::Plan;
use rdpctl_model::outcome::{Allowed, Means};
use rdpctl_model::step::Guarded;
use tokio::sync::oneshot;

use crate::interrupt;
use crate::out::{self, safe};
use crate::progress::{Manner, Teller};
use crate::report;
use crate::report::summary::Summary;
use crate::report::words::count;

/// Steps of one guard that a question names; the plan above it names all.
const NAMED: usize = 3;

/// Whoever answers what the flags leave open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    /// The person at the terminal.
    Terminal,
    /// Nobody: `--auto-approve` said yes to the plan, and the guards that `--allow` does not name hold.
    Nobody,
}

/// Somebody who looks on and answers.
pub(crate) struct Person<'a> {
    pub(crate) asks: Asks,
    pub(crate) manner: Manner,
    /// Guards that `--allow` names.
    pub(crate) flags: &'a [Guarded],
    pub(crate) teller: &'a Teller,
    pub(crate) stops: &'a Stops,
}

#[async_trait]
impl Approver for Person<'_> {
    fn beforehand(&self) -> Vec<Allowed> {
        let allowed = |guard: &Guarded| Allowed { guard: *guard, by: whoami(), means: Means::Flag };
        self.flags.iter().map(allowed).collect()
    }

    async fn show(&self, plan: &Plan) -> Result<(), Refused> {
        // What was told on the way here stands above the plan.
        self.teller.flush().await;
        match self.manner {
            Manner::Json => Ok(()),
            Manner::Words => out::out(&report::plan_text::render(plan, &BTreeMap::new()))
                .map_err(|_| Refused::Unseen),
        }
    }

    async fn show_again(&self, plan: &Plan) -> Result<(), Refused> {
        out::err(&Summary::of(plan).line());
        Ok(())
    }

    async fn answer(&self, question: &Question) -> Result<Answer, Refused> {
        let answer = match (self.asks, question.about) {
            (Asks::Nobody, About::Guard(_)) => Answer::No,
            (Asks::Nobody, About::Plan) => Answer::Yes { by: whoami(), means: Means::Flag },
            (Asks::Terminal, About::Guard(_) | About::Plan) => ask(question).await?,
        };
        if let (Answer::Yes { .. }, About::Plan) = (&answer, question.about) {
            // From here on a first Ctrl-C means something else.
            tokio::spawn(interrupt::tell(self.stops.clone()));
        }
        Ok(answer)
    }
}

/// Asks on the terminal. What is no answer is asked again; the end of input and `q` leave.
async fn ask(question: &Question) -> Result<Answer, Refused> {
    if !std::io::stdin().is_terminal() {
        return Err(Refused::Nobody);
    }
    if let About::Guard(guard) = question.about {
        explain(question, guard);
    }
    loop {
        out::prompt(&words(question));
        let open = Open;
        let (answer, answered) = oneshot::channel();
        // A thread of its own: a line that nobody types keeps no command from ending.
        std::thread::spawn(move || {
            let mut line = String::new();
            let read = std::io::stdin().lock().read_line(&mut line).map(|bytes| (bytes, line));
            // Nobody listens any more where the question was left.
            drop(answer.send(read));
        });
        let line = match answered.await {
            Ok(Ok((bytes, line))) if bytes > 0 => line,
            Ok(Ok(_) | Err(_)) | Err(_) => return Err(Refused::Left),
        };
        // Whoever answered ended the line.
        std::mem::forget(open);
        match (line.trim().to_ascii_lowercase().as_str(), question.about) {
            ("y" | "yes", _) => return Ok(Answer::Yes { by: whoami(), means: Means::Terminal }),
            ("n" | "no", About::Guard(_)) => return Ok(Answer::No),
            ("n" | "no" | "q" | "quit", _) => return Err(Refused::Left),
            _ => out::err("  that is no answer"),
        }
    }
}

/// A question that was not answered: what is told next begins on a line of its own.
struct Open;

impl Drop for Open {
    fn drop(&mut self) {
        out::err("");
    }
}

/// What would be done on whom, and what it costs.
fn explain(question: &Question, guard: Guarded) {
    for step in question.steps.iter().take(NAMED) {
        let on = count(step.width, "instance");
        out::err(&safe(&format!("  step {}, {on}: {}", step.number, step.after)));
    }
    if question.steps.len() > NAMED {
        out::err(&format!("  and {} more", count(question.steps.len() - NAMED, "step")));
    }
    if guard == Guarded::Spend {
        for (what, times) in &question.money {
            out::err(&format!("  costs money: {times} x {}", safe(what)));
        }
    }
}

fn words(question: &Question) -> String {
    match question.about {
        About::Guard(guard) => format!(
            "{} {} for the guard “{}”. Allow it? y yes, n leave it held, q do nothing: ",
            count(question.steps.len(), "step"),
            if question.steps.len() == 1 { "asks" } else { "ask" },
            guard.name()
        ),
        About::Plan => "Do it? y yes, q do nothing: ".to_owned(),
    }
}

pub(crate) fn whoami() -> String {
    std::env::var("USER")
        .or_else(|_| std::env::var("LOGNAME"))
        // Nobody said a name; the number is what the system knows.
        .unwrap_or_else(|_| format!("uid {}", rustix::process::getuid().as_raw()))
}
