//! What becomes of a difference next, and whom it waits for.

use rdpctl_model::plan::{Group, Held, Plan, PlannedStep};
use rdpctl_model::step::{Action, Guarded};
use rdpctl_model::{FacetId, Said, Verdict};
use serde::Serialize;

use super::opening::Opening;

/// Whether the loop only looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// It looks and tells.
    #[default]
    Detect,
    /// It does what the guards allow.
    Enforce,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Next {
    /// It is mended as soon as there is room.
    Planned,
    /// It would be mended, and the loop only looks.
    Reported,
    /// A person is asked.
    Asks {
        /// Which guards ask.
        guards: Vec<Guarded>,
    },
    /// A guard says no.
    Denied {
        /// Which.
        guard: Guarded,
    },
    /// It waits for a window.
    Window(Opening),
    /// It would close the last way in.
    LockOut {
        /// Which.
        why: Said,
    },
    /// Something wins over us.
    Blocked {
        /// What.
        by: Said,
        /// What the reader can do.
        advice: Said,
    },
    /// Nobody could look; a step of the plan will.
    Revealed,
    /// Nobody could look.
    Unseen,
    /// Somebody accepted it.
    Accepted,
    /// No step mends it by itself.
    Nothing,
}

impl Next {
    /// The stable name, as filters write it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Reported => "reported",
            Self::Asks { .. } => "asks",
            Self::Denied { .. } => "denied",
            Self::Window { .. } => "window",
            Self::LockOut { .. } => "lock-out",
            Self::Blocked { .. } => "blocked",
            Self::Revealed => "revealed",
            Self::Unseen => "unseen",
            Self::Accepted => "accepted",
            Self::Nothing => "nothing",
        }
    }

    /// What comes next of a conclusion about some facets of a group.
    pub(super) fn of(
        plan: &Plan,
        group: &Group,
        facets: &[FacetId],
        verdict: &Verdict,
        mode: Mode,
    ) -> Self {
        match verdict {
            Verdict::Blocked { by, advice, .. } => {
                return Self::Blocked { by: by.clone(), advice: advice.clone() };
            }
            Verdict::Unknown { .. } => {
                return if reveals(plan, group, facets) { Self::Revealed } else { Self::Unseen };
            }
            Verdict::Drifted { .. } | Verdict::Healthy { .. } | Verdict::NotApplicable { .. } => {}
        }
        let steps: Vec<&PlannedStep> = changes(plan, group, facets).collect();
        let held = steps.iter().find_map(|step| step.held.as_ref());
        match held.map(|held| root(plan, held)) {
            Some(Held::Asks { guards }) => Self::Asks { guards: guards.clone() },
            Some(Held::Denied { guard }) => Self::Denied { guard: *guard },
            Some(Held::Window { opens }) => Self::Window(Opening::of(opens)),
            Some(Held::LockOut { why }) => Self::LockOut { why: why.clone() },
            // A chain that ends in itself cannot be planned.
            Some(Held::Behind { .. }) => Self::Nothing,
            None if steps.is_empty() => Self::Nothing,
            None => match mode {
                Mode::Detect => Self::Reported,
                Mode::Enforce => Self::Planned,
            },
        }
    }
}

/// The steps of a group that change something for the sake of these facets.
pub(super) fn changes<'a>(
    plan: &'a Plan,
    group: &'a Group,
    facets: &'a [FacetId],
) -> impl Iterator<Item = &'a PlannedStep> {
    group.steps.iter().filter_map(|id| plan.step(*id)).filter(|planned| {
        facets.contains(&planned.step.facet) && planned.step.action.traits().through.changes()
    })
}

/// Why a step is held in the end, where it stands behind another.
pub(super) fn root<'a>(plan: &'a Plan, held: &'a Held) -> &'a Held {
    let mut at = held;
    // Needs point backwards, so that this ends; the bound is for a plan that somebody else wrote.
    for _ in 0..plan.steps.len() {
        let Held::Behind { step } = at else { break };
        match plan.step(*step).and_then(|step| step.held.as_ref()) {
            Some(before) => at = before,
            None => break,
        }
    }
    at
}

fn reveals(plan: &Plan, group: &Group, facets: &[FacetId]) -> bool {
    group.steps.iter().filter_map(|id| plan.step(*id)).any(|planned| match &planned.step.action {
        Action::Observe { facets: announced } => {
            facets.iter().all(|facet| announced.contains(facet))
        }
        Action::Prove { .. } => facets == [FacetId::Reachable],
        Action::Cloud(_) | Action::Guest(_) | Action::Own(_) | Action::LogOn { .. } => false,
    })
}
