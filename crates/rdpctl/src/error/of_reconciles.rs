//! Why a reconcile came to nothing, and where a plan that was kept differs from the one of now.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rdpctl_engine::approve::Refused;
use rdpctl_engine::{ReconcileError, RunError};
use rdpctl_model::{InstanceName, Verdict};
use rdpctl_plan::{Asked, Difference};
use rdpctl_words::english;

use super::CliError;
use crate::report::when::moment;
use crate::report::words;

impl From<ReconcileError> for CliError {
    fn from(error: ReconcileError) -> Self {
        match error {
            ReconcileError::Stopped => Self::interrupted(),
            ReconcileError::Refused { why: Refused::Left, .. } => Self::left(),
            ReconcileError::Refused { why: Refused::Unseen, .. } => {
                Self::new("the plan could not be shown").so("nothing was done")
            }
            ReconcileError::Refused { why: Refused::Nobody, guards } => {
                let guards: Vec<&str> = guards.iter().map(|guard| guard.name()).collect();
                let also = match guards.as_slice() {
                    [] => String::new(),
                    some => format!(", and --allow {} for what the guards ask", some.join(",")),
                };
                Self::new("there is no terminal to ask for approval")
                    .so("nothing was done")
                    .hint(format!("add --auto-approve{also}"))
            }
            ReconcileError::Stale { made, differences } => stale(made, &differences),
            ReconcileError::Scope(error) => error.into(),
            ReconcileError::Store(error) => error.into(),
            ReconcileError::Run(error) => error.into(),
        }
    }
}

/// Differences that are told one by one; more are counted.
const TOLD: usize = 12;

/// In what a plan in a file and the one that is made now differ.
fn stale(made: Option<Timestamp>, differences: &[Difference]) -> CliError {
    let since = made.map_or_else(String::new, |at| format!(" at {}", moment(at)));
    let whose: BTreeSet<&InstanceName> =
        differences.iter().filter_map(Difference::instance).collect();
    let what = if whose.is_empty() {
        "the declaration has changed since it was made".to_owned()
    } else {
        let moved = words::count(whose.len(), "instance");
        format!("{moved} moved since it was made{since}")
    };
    let mut error = CliError::new(format!("the plan is stale: {what}"));
    // What could not be seen then says nothing of the world: it is counted.
    let was_unseen = |difference: &&Difference| matches!(difference, Difference::Finding { file: Some(file), .. } if matches!(**file, Verdict::Unknown { .. }));
    let unseen = differences.iter().filter(was_unseen).count();
    let rows: Vec<[String; 3]> =
        differences.iter().filter(|one| !was_unseen(one)).filter_map(row).collect();
    let width = |column: usize| rows.iter().map(|row| rdpctl_term::width(&row[column])).max();
    let widths = [0, 1].map(|column| width(column).unwrap_or_default());
    for [name, what, text] in rows.iter().take(TOLD) {
        let pad = |cell: &str, to: usize| " ".repeat(to.saturating_sub(rdpctl_term::width(cell)));
        let (gap, behind) = (pad(name, widths[0]), pad(what, widths[1]));
        error = error.moved(format!("{name}{gap}  {what}{behind}  {text}"));
    }
    if rows.len() > TOLD {
        error = error.moved(format!("and {} more", words::grouped(rows.len() - TOLD)));
    }
    if unseen > 0 {
        let facets = words::count(unseen, "facet");
        error = error.moved(format!("and {facets} that could not be seen then"));
    }
    error.so("nothing was done").hint(
        "rdpctl plan --out FILE makes it again; read it, then apply it with the --target and --exclude it was made with",
    )
}

/// Whose it is, what of him, and what it was and is.
fn row(difference: &Difference) -> Option<[String; 3]> {
    let name = difference.instance()?.to_string();
    let (what, text) = match difference {
        Difference::Declaration => return None,
        Difference::New(_) => ("-".to_owned(), "differs now and is not in the file".to_owned()),
        Difference::Gone(_) => {
            ("-".to_owned(), "is in the file and does not differ now".to_owned())
        }
        Difference::Identity(_) => {
            ("-".to_owned(), "has another id, profile, port or way in than in the file".to_owned())
        }
        Difference::Own(_) => (
            "-".to_owned(),
            "what is its own (certificate, key file, security groups) is not as in the file"
                .to_owned(),
        ),
        Difference::Repair(_) => {
            ("disk".to_owned(), "its repair is not the one in the file".to_owned())
        }
        Difference::Finding { facet, file, now, .. } => {
            (facet.to_string(), format!("{} → {}", seen(file.as_deref()), seen(now.as_deref())))
        }
        Difference::Step { place, file, now, .. } => {
            (format!("step {place}"), of_step(file.as_deref(), now.as_deref()))
        }
    };
    Some([name, what, text])
}

/// What a verdict says is there; without one it is as declared.
fn seen(verdict: Option<&Verdict>) -> String {
    match verdict {
        Some(Verdict::Drifted { from, .. } | Verdict::Blocked { from, .. }) => english(from),
        Some(Verdict::Healthy { .. }) | None => "as declared".to_owned(),
        Some(other) => words::verdict(other),
    }
}

/// What they do not differ in by their words, they differ in by what is held against the machine.
fn of_step(file: Option<&Asked>, now: Option<&Asked>) -> String {
    let [now, file] =
        [now, file].map(|asked| asked.map_or_else(|| "nothing".to_owned(), asked_for));
    if now == file {
        return format!("“{now}” is held against other values in the file");
    }
    format!("is now “{now}”, and in the file “{file}”")
}

fn asked_for(asked: &Asked) -> String {
    let guards = match asked.guards.as_slice() {
        [] => String::new(),
        some => format!(", asks {}", some.join(", ")),
    };
    let Asked { facet, action, after, .. } = asked;
    format!("{facet}: {} → {}{guards}", words::action(action), english(after))
}

impl From<RunError> for CliError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Store(error) => error.into(),
            RunError::Unsound(_) => Self::new(error.to_string()).so("nothing was done").hint(
                "this is a fault of rdpctl: please report it with `rdpctl plan --format json`",
            ),
        }
    }
}
