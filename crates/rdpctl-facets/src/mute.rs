//! A Windows that says over its console who it is, takes no commands there, and answers nowhere else: what is left is to
//! start it anew by the console's own word.
//!
//! It is told beside `boot`, since it is Windows itself that does not come to work, and only where its desktop does not
//! answer: nobody is thrown out because a console has no channel left.

use std::sync::Arc;

use rdpctl_model::assessment::Assessments;
use rdpctl_model::facet::World;
use rdpctl_model::facts::{Facts, Known, UNSEEN};
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::step::{Disruption, Guarded};
use rdpctl_model::{FacetId, Gap, GuestAction, Verdict};

use crate::facet::{Purpose, StepWords};
use crate::reason;

/// The way in that answered at the last look, or the console, where it alone did with its own word.
pub(crate) fn way_in(
    answered: Option<ChannelKind>,
    facts: &Facts,
    known: &Known,
) -> Option<ChannelKind> {
    let slot = known.looks.failed[World::Guest];
    let is_mute = || slot != UNSEEN && matches!(reason::of(facts, slot), Gap::Unresponsive { .. });
    answered.or_else(|| is_mute().then_some(ChannelKind::Serial))
}

/// Tells it, with the step that starts it anew.
pub(crate) fn tell(assessed: &mut Assessments) {
    let is_deaf =
        assessed[FacetId::Reachable].as_ref().is_some_and(|outside| outside.verdict.is_drifted());
    let Some(boot) = &mut assessed[FacetId::Boot] else { return };
    if !is_deaf || !matches!(&boot.verdict, Verdict::Unknown { gap: Gap::Unresponsive { .. } }) {
        return;
    }
    let boot = Arc::make_mut(boot);
    boot.verdict = Verdict::drifted(say::console_alone(), say::takes_commands());
    let purpose = Purpose { facet: FacetId::Boot, seed: "", why: say::by_its_own_word() };
    boot.steps = vec![
        purpose
            .guest(GuestAction::Reboot, say::console_alone(), say::takes_commands())
            .disrupting(Disruption::Reboots)
            .guarded(Guarded::Reboot)
            .irreversible(),
    ];
}

rdpctl_model::says! { "boot":
    console_alone();
    takes_commands();
    by_its_own_word();
}
