//! Why a reconcile came to nothing, and where a plan that was kept differs from the one of now.

use rdpctl_engine::approve::Refused;
use rdpctl_engine::{ReconcileError, RunError};
use rdpctl_plan::{Asked, Difference};
use rdpctl_words::english;

use super::CliError;
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
            ReconcileError::Stale(difference) => {
                Self::new(format!("the plan is stale: {}", stale(&difference)))
                    .so("nothing was done")
                    .hint("rdpctl plan --out FILE makes it again; read it, then apply it with the --target and --exclude it was made with")
            }
            ReconcileError::Scope(error) => error.into(),
            ReconcileError::Store(error) => error.into(),
            ReconcileError::Run(error) => error.into(),
        }
    }
}

/// Where a plan in a file and the one that is made now differ first. What they do not differ in by their words, they differ
/// in by what is held against the machine.
fn stale(difference: &Difference) -> String {
    let Difference::Step { instance, place, file, now } = difference else {
        return difference.to_string();
    };
    let [now, file] =
        [now, file].map(|asked| asked.as_deref().map_or_else(|| "nothing".to_owned(), asked_for));
    if now == file {
        return format!(
            "step {place} on {instance}, “{now}”, is held against other values in the file"
        );
    }
    format!("step {place} on {instance} is now “{now}”, and in the file “{file}”")
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
