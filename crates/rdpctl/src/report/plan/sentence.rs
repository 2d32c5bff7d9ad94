//! The first sentence of a plan: the worst that is true of it, and how much of it.

use rdpctl_model::plan::{Plan, Reached};
use rdpctl_term::{Ink, Words};

use crate::report::standing::Tally;
use crate::report::summary::Summary;
use crate::report::words::{count, grouped};

/// The first sentence, and what belongs to it.
pub(crate) fn first(plan: &Plan) -> Words {
    let summary = Summary::of(plan);
    if plan.is_quiet() || matches!(plan.basis.reached, Reached::Nothing) {
        return Words::new().ink(Ink::Strong, summary.line());
    }
    let tally = Tally::of(plan);
    let (worst, more) = worst(&tally);
    // Of what was seen before one can only say what is so at least.
    let worst = match plan.basis.reached {
        Reached::NotTried => format!("By what was last seen, {}", uncapitalized(&worst)),
        Reached::Something | Reached::Nothing => worst,
    };
    let words = Words::new().ink(Ink::Strong, worst);
    let mut rest = more;
    if rest.is_empty() {
        rest.extend(steps(&summary));
    }
    rest.into_iter().fold(words, |words, sentence| words.own(format!(" {sentence}")))
}

/// The worst that is true, and what is true beside it.
fn worst(tally: &Tally) -> (String, Vec<String>) {
    let mut more = Vec::new();
    let unknown = || match tally.unknown {
        1 => "1 is unknown".to_owned(),
        many => format!("{} are unknown", grouped(many)),
    };
    if tally.shut > 0 {
        let mut also = Vec::new();
        if tally.differ > 0 {
            let verb = if tally.differ == 1 { "differs" } else { "differ" };
            also.push(format!("{} more {verb}", grouped(tally.differ)));
        }
        if tally.unknown > 0 {
            also.push(unknown());
        }
        if !also.is_empty() {
            more.push(format!("{}.", also.join(", ")));
        }
        return (shut(tally), more);
    }
    if tally.differ > 0 {
        if tally.unknown > 0 {
            more.push(format!("{}.", unknown()));
        }
        let verb = if tally.differ == 1 { "differs" } else { "differ" };
        let of = of_all(tally.differ, tally.all);
        return (format!("{of} {verb} from what is declared."), more);
    }
    if tally.unknown > 0 {
        let of = of_all(tally.unknown, tally.all);
        return (format!("{of} cannot be judged."), more);
    }
    ("Not even the members of a fleet are known.".to_owned(), more)
}

fn shut(tally: &Tally) -> String {
    match (tally.shut, tally.all) {
        (1, 1) => "The instance does not answer RDP.".to_owned(),
        (2, 2) => "Neither of 2 instances answers RDP.".to_owned(),
        (shut, all) if shut == all => format!("None of {} instances answers RDP.", grouped(all)),
        (1, all) => format!("1 of {} instances does not answer RDP.", grouped(all)),
        (shut, all) => {
            format!("{} of {} instances do not answer RDP.", grouped(shut), grouped(all))
        }
    }
}

fn of_all(some: usize, all: usize) -> String {
    if all == 1 {
        "The instance".to_owned()
    } else {
        format!("{} of {}", grouped(some), count(all, "instance"))
    }
}

/// What can be done about it.
fn steps(summary: &Summary) -> Option<String> {
    let can = |steps: usize| format!("{} can be done", count(steps, "step"));
    match (summary.changes, summary.held) {
        (0, 0) => None,
        (changes, 0) => Some(format!("{}.", can(changes))),
        (0, held) => Some(format!("{} {} held.", count(held, "step"), is(held))),
        (changes, held) => {
            Some(format!("{}; {} more {} held.", can(changes), grouped(held), is(held)))
        }
    }
}

const fn is(number: usize) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

fn uncapitalized(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first: String = letters.next().map(|c| c.to_lowercase().collect()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}
