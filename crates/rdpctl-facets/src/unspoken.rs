//! Steps that no command line can say: told as blocked when the plan is made.

use rdpctl_model::action::spelling::{Spelled, Unspeakable};
use rdpctl_model::{GuestAction, Said, Step, Verdict};

/// A step whose text from the guest stands on no command line is none: the machine keeps what it has, and that is told
/// now rather than by a step that fails.
pub(crate) fn unspoken(verdict: Verdict, steps: Vec<Step>) -> (Verdict, Vec<Step>) {
    let found =
        steps.iter().filter_map(|step| step.action.inside()).find_map(GuestAction::unspeakable);
    match (found, verdict) {
        (Some(Unspeakable { what, found }), Verdict::Drifted { from, to }) => {
            let by = match found {
                Some(found) => say::unspeakable_letter(named(what), format!("{found:?}")),
                None => say::unspeakable_name(named(what)),
            };
            (Verdict::Blocked { from, to, by, advice: say::mend_the_name() }, Vec::new())
        }
        (Some(_) | None, verdict) => (verdict, steps),
    }
}

fn named(what: Spelled) -> Said {
    match what {
        Spelled::RegistryKey => say::the_registry_key(),
        Spelled::ValueName => say::the_value_name(),
        Spelled::Data => say::the_data(),
        Spelled::Service => say::the_service(),
        Spelled::File => say::the_file(),
        Spelled::Other(name) => Said::quoted(name),
    }
}

rdpctl_model::says! { "common":
    unspeakable_letter(what, letter);
    unspeakable_name(what);
    mend_the_name();
    the_registry_key();
    the_value_name();
    the_data();
    the_service();
    the_file();
}
