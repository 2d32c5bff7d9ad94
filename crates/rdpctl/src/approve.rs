//! The questions before anything is done, on the terminal. Whoever leaves them has changed nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, IsTerminal};

use rdpctl_engine::run::Stops;
use rdpctl_model::Plan;
use rdpctl_model::plan::Held;
use rdpctl_model::step::Guarded;
use tokio::sync::oneshot;

use crate::error::CliError;
use crate::out::{self, safe};
use crate::report::words::count;

/// Steps of one guard that a question names; the plan above it names all.
const NAMED: usize = 3;

/// Steps that wait for an answer, by the guard that asks.
pub(crate) fn waiting(plan: &Plan) -> BTreeMap<Guarded, Vec<String>> {
    let mut waiting: BTreeMap<Guarded, Vec<String>> = BTreeMap::new();
    for step in &plan.steps {
        if let Some(Held::Asks { guards }) = &step.held {
            let on = plan.groups.get(step.group).map_or(0, |group| group.members.len());
            for guard in guards {
                let what = &step.step.after;
                waiting.entry(*guard).or_default().push(format!(
                    "step {}, {}: {what}",
                    step.number,
                    count(on, "instance")
                ));
            }
        }
    }
    waiting
}

/// Asks for each guard. Gives back those that were allowed.
pub(crate) async fn guards(plan: &Plan, stops: &Stops) -> Result<BTreeSet<Guarded>, CliError> {
    let mut allowed = BTreeSet::new();
    for (guard, steps) in waiting(plan) {
        for step in steps.iter().take(NAMED) {
            out::err(&format!("  {}", safe(step)));
        }
        if steps.len() > NAMED {
            out::err(&format!("  and {} more", count(steps.len() - NAMED, "step")));
        }
        if guard == Guarded::Spend {
            for (what, times) in &plan.budget.money {
                out::err(&format!("  costs money: {times} x {}", safe(what)));
            }
        }
        let verb = if steps.len() == 1 { "asks" } else { "ask" };
        let question = format!(
            "{} {verb} for the guard “{}”. Allow it? y yes, n leave it held, q do nothing: ",
            count(steps.len(), "step"),
            guard.name()
        );
        if ask(question, stops).await? {
            allowed.insert(guard);
        }
    }
    Ok(allowed)
}

/// Asks for the whole.
pub(crate) async fn whole(stops: &Stops) -> Result<(), CliError> {
    if ask("Do it? y yes, q do nothing: ".to_owned(), stops).await? {
        Ok(())
    } else {
        Err(CliError::new("not approved; nothing was done"))
    }
}

/// Whether somebody is there to ask.
pub(crate) fn demand_a_terminal(plan: &Plan) -> Result<(), CliError> {
    if std::io::stdin().is_terminal() {
        return Ok(());
    }
    let guards: Vec<&str> = waiting(plan).keys().map(|guard| guard.name()).collect();
    let hint = match guards.as_slice() {
        [] => "add --auto-approve".to_owned(),
        some => {
            format!("add --auto-approve, and --allow {} for what the guards ask", some.join(","))
        }
    };
    Err(CliError::new("there is no terminal to ask for approval").hint(hint))
}

/// Yes or no. What is neither is asked again; the end of input and `q` leave, and so does Ctrl-C, at once.
async fn ask(question: String, stops: &Stops) -> Result<bool, CliError> {
    loop {
        out::prompt(&question);
        let (answer, answered) = oneshot::channel();
        // A thread of its own: a line that nobody types keeps no command from ending.
        std::thread::spawn(move || {
            let mut line = String::new();
            let read = std::io::stdin().lock().read_line(&mut line).map(|bytes| (bytes, line));
            // Nobody listens any more where the question was left.
            drop(answer.send(read));
        });
        let (bytes, line) = tokio::select! {
            () = stops.gently.cancelled() => {
                out::err("");
                return Err(CliError::interrupted());
            }
            read = answered => read.map_err(|_| CliError::interrupted())??,
        };
        if bytes == 0 {
            return Err(CliError::new("not approved; nothing was done"));
        }
        match line.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            "q" | "quit" => return Err(CliError::new("not approved; nothing was done")),
            _ => out::err("  that is no answer"),
        }
    }
}
