//! The instance runs: without that nothing else can be seen or reached.

use rdpctl_model::action::CloudVerb;
use rdpctl_model::cloud::{PowerFact, PowerState};
use rdpctl_model::step::Guarded;
use rdpctl_model::{CloudAction, FacetId, Finding, Found, Gap, Said, Step, Survey, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facet::{Context, Facet, Purpose, StepWords};
use crate::manual::Manual;
use crate::steps::say as step;

/// The facet.
pub struct Power;

/// What can be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Desired {
    /// The instance runs.
    Running,
}

impl Facet for Power {
    const ID: FacetId = FacetId::Power;
    const CAUSES: &'static [FacetId] = &[];
    const ASKS: &'static [CloudVerb] = &[CloudVerb::Start];
    const MANUAL: Manual = Manual {
        summary: "The instance runs.",
        declare: "power = \"running\"",
        reads: &[],
        healthy: "the state is RUNNING and nothing isolates the instance",
        sets: &[],
        risk: "An instance that was stopped without being charged costs money again and may fail to start for lack of capacity.",
        undo: "None by rdpctl: it never stops an instance.",
        seed: &["Tencent 1: is the instance running?"],
        pages: &["https://intl.cloud.tencent.com/document/product/213/32500"],
        errata: &[],
    };

    type Desired = Desired;
    type Seen = PowerFact;

    fn read(survey: &Survey) -> Result<PowerFact, Gap> {
        survey.cloud.as_ref().map(|cloud| cloud.power.clone()).map_err(Clone::clone)
    }

    fn judge(want: &Desired, seen: &PowerFact, _: &Context) -> Verdict {
        let Desired::Running = want;
        let from = said(&seen.state);
        if let Some(blocker) = &seen.blocker {
            return Verdict::Blocked {
                from,
                to: say::running(),
                by: blocker.by.clone(),
                advice: blocker.advice.clone(),
            };
        }
        match &seen.state {
            PowerState::Running => Verdict::healthy(from),
            PowerState::Stopped | PowerState::StoppedNotCharged => {
                Verdict::drifted(from, say::running())
            }
            PowerState::Transitional(word) => {
                Verdict::Unknown { gap: Gap::TimedOut { what: say::on_its_way(word) } }
            }
            PowerState::Unusable(word) => Verdict::Blocked {
                from,
                to: say::running(),
                by: say::cloud_says(word),
                advice: say::replace_it(),
            },
        }
    }

    fn findings(_: &Desired, seen: &PowerFact, _: &Context) -> Vec<Found> {
        match (&seen.state, &seen.blocker) {
            (_, Some(_)) | (PowerState::Unusable(_), None) => vec![Finding::PowerBlocked.into()],
            (PowerState::Stopped | PowerState::StoppedNotCharged, None) => {
                vec![Finding::PowerOff.into()]
            }
            (PowerState::Running | PowerState::Transitional(_), None) => Vec::new(),
        }
    }

    fn mend(_: &Desired, seen: &PowerFact, at: &Context) -> Vec<Step> {
        let start = Purpose {
            facet: Self::ID,
            seed: at.provider.vendor().step(FacetId::Power),
            why: step::stopped_answers_nobody(),
        }
        .cloud(CloudAction::Start, said(&seen.state), say::running())
        .irreversible();
        match seen.state {
            PowerState::StoppedNotCharged => vec![start.guarded(Guarded::Spend)],
            PowerState::Running
            | PowerState::Stopped
            | PowerState::Transitional(_)
            | PowerState::Unusable(_) => {
                vec![start]
            }
        }
    }
}

fn said(state: &PowerState) -> Said {
    match state {
        PowerState::Running => say::running(),
        PowerState::Stopped => say::stopped(),
        PowerState::StoppedNotCharged => say::stopped_not_charged(),
        PowerState::Transitional(word) | PowerState::Unusable(word) => {
            Said::quoted(word.to_lowercase())
        }
    }
}

rdpctl_model::says! { "power":
    on_its_way(state);
    running();
    stopped();
    stopped_not_charged();
    cloud_says(state);
    replace_it();
}
