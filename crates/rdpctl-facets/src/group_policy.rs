//! Group policy runs: nobody left its service suspended after a repair.

use rdpctl_model::action::traits::Phase;
use rdpctl_model::guest::RunState;
use rdpctl_model::step::{Disruption, Guarded, StartType, service_key};
use rdpctl_model::{FacetId, Finding, Found, Gap, GuestAction, Step, Survey, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facet::{Context, Facet, Purpose, StepWords};
use crate::manual::{Erratum, Manual};
use crate::paths::GROUP_POLICY_STATE;
use crate::steps::say as step;

/// The facet.
pub struct GroupPolicy;

/// What can be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Desired {
    /// Its service is enabled.
    Running,
}

/// The service's start type, and whether a domain sets policy here.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seen {
    start: Option<u32>,
    domain: bool,
    /// In a domain: enabled, and not running, as it is when it was resumed after the boot.
    #[serde(default)]
    stopped: bool,
}

impl Facet for GroupPolicy {
    const ID: FacetId = FacetId::GroupPolicy;
    const CAUSES: &'static [FacetId] = &[FacetId::Power];
    const MANUAL: Manual = Manual {
        summary: "The group policy service is not left suspended; policies that contradict a declared facet are named by that facet.",
        declare: "group-policy = \"running\"",
        reads: &[
            r"HKLM\SYSTEM\CurrentControlSet\Services\gpsvc: Start",
            "whether gpsvc runs, and whether the machine belongs to a domain",
        ],
        healthy: "gpsvc is not disabled, and in a domain it runs",
        sets: &[
            "gpsvc Start = 2 in the registry and for the service manager, where needed by a task as SYSTEM; then it is started, and gpupdate",
            "where Windows starts it only with the next boot: one reboot, and gpupdate",
        ],
        risk: "Policies that were kept away come back with the refresh, and may revert a repair: the survey after it says so.",
        undo: "The journal keeps the way back, which writes the former start type.",
        seed: &[
            "Azure 3.2: suspend group policy updates",
            "Azure 3.3: enable them again, refresh, see whether the change was reverted",
        ],
        pages: &[
            "https://learn.microsoft.com/windows-server/administration/windows-commands/gpupdate",
        ],
        errata: &[Erratum {
            says: "sc config gpsvc start= auto sc start gpsvc",
            wrong: "two commands on one line, and gpsvc refuses both from an administrator",
            instead: "the registry value, a reboot, gpupdate /target:computer /force",
        }],
    };

    type Desired = Desired;
    type Seen = Seen;

    fn read(survey: &Survey) -> Result<Seen, Gap> {
        let guest = survey.guest.as_ref().map_err(Clone::clone)?;
        let registry = &guest.registry;
        let start = registry.dword(&service_key("gpsvc"), "Start")?;
        let domain = registry.value(GROUP_POLICY_STATE, "Distinguished-Name")?.is_some();
        let state = guest.services.get("gpsvc").and_then(|answer| answer.as_ref().ok());
        // Outside a domain the service may end by itself.
        let stopped = domain
            && start == Some(StartType::Auto.number())
            && state.is_some_and(|state| state.run == RunState::Stopped);
        Ok(Seen { start, domain, stopped })
    }

    fn judge(_: &Desired, seen: &Seen, _: &Context) -> Verdict {
        if seen.start == Some(StartType::Disabled.number()) {
            let suspended =
                if seen.domain { say::suspended_domain() } else { say::suspended_local() };
            Verdict::drifted(suspended, say::running())
        } else if seen.stopped {
            Verdict::drifted(say::not_before_the_boot(), say::running())
        } else {
            Verdict::healthy(say::running())
        }
    }

    fn findings(_: &Desired, seen: &Seen, _: &Context) -> Vec<Found> {
        if seen.start == Some(StartType::Disabled.number()) || seen.stopped {
            vec![Finding::PolicySuspended.into()]
        } else {
            Vec::new()
        }
    }

    fn mend(_: &Desired, seen: &Seen, _: &Context) -> Vec<Step> {
        let purpose = Purpose { facet: Self::ID, seed: "Azure 3.3", why: step::never_resumed() };
        let steps = resumed(&purpose);
        if seen.stopped {
            let afresh = |step: Step| {
                let waits = step.action.traits().phase == Phase::Refresh;
                waits.then(|| step.disrupting(Disruption::Reboots).guarded(Guarded::Reboot))
            };
            return steps.into_iter().filter_map(afresh).collect();
        }
        steps.to_vec()
    }
}

/// The steps that let group policy back, and show what it does with what was set.
pub(crate) fn resumed(purpose: &Purpose) -> [Step; 2] {
    [
        purpose.guest(
            GuestAction::ResumeGroupPolicy,
            step::policy_suspended(),
            step::policy_runs(),
        ),
        purpose
            .guest(
                GuestAction::RefreshPolicy { keeps: Vec::new() },
                step::policies_before(),
                step::policies_refreshed(),
            )
            .irreversible(),
    ]
}

rdpctl_model::says! { "group-policy":
    running();
    suspended_domain();
    suspended_local();
    not_before_the_boot();
}
