//! The number under which an order to a console stands in the journal.

use rdpctl_model::StepNumber;
use rdpctl_providers::channel::serial::Anew;

/// Numbers in the journal, apart from those of repairs of disks.
const RESTART: u32 = 101;
const INTERRUPT: u32 = 102;

pub(super) fn number(how: Anew) -> StepNumber {
    StepNumber::first_level(match how {
        Anew::Restart => RESTART,
        Anew::Interrupt => INTERRUPT,
    })
}

pub(super) fn of_number(step: &StepNumber) -> Option<Anew> {
    [Anew::Restart, Anew::Interrupt].into_iter().find(|how| number(*how) == *step)
}
