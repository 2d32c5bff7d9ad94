//! Steps that no command line can say: told as blocked when the plan is made.

use rdpctl_model::action::spelling::Unspeakable;
use rdpctl_model::{GuestAction, Step, Verdict};

/// A step whose text from the guest stands on no command line is none: the machine keeps what it has, and that is told
/// now rather than by a step that fails.
pub(crate) fn unspoken(verdict: Verdict, steps: Vec<Step>) -> (Verdict, Vec<Step>) {
    let found =
        steps.iter().filter_map(|step| step.action.inside()).find_map(GuestAction::unspeakable);
    match (found, verdict) {
        (Some(Unspeakable { what, found }), Verdict::Drifted { from, to }) => {
            let by = match found {
                Some(found) => {
                    format!("{what} holds {found:?}, which cannot stand on a command line")
                }
                None => format!("{what} has a name that cannot stand on a command line"),
            };
            let advice = "mend it in the machine itself, or rename what is called so".to_owned();
            (Verdict::Blocked { from, to, by: by.into(), advice: advice.into() }, Vec::new())
        }
        (Some(_) | None, verdict) => (verdict, steps),
    }
}
