//! Group policy runs: nobody left its service suspended after a repair.

use rdpctl_model::guest::RegData;
use rdpctl_model::step::{Check, Disruption, Guarded, StartType, service_key};
use rdpctl_model::{FacetId, Gap, GuestAction, Step, Survey, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facet::{Context, Facet, Purpose, StepWords};
use crate::manual::{Erratum, Manual};
use crate::paths::GROUP_POLICY_STATE;

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
}

impl Facet for GroupPolicy {
    const ID: FacetId = FacetId::GroupPolicy;
    const CAUSES: &'static [FacetId] = &[FacetId::Power];
    const MANUAL: Manual = Manual {
        summary: "The group policy service is not left suspended; policies that contradict a declared facet are named by that facet.",
        declare: "group-policy = \"running\"",
        reads: &[
            r"HKLM\SYSTEM\CurrentControlSet\Services\gpsvc: Start",
            "whether the machine belongs to a domain",
        ],
        healthy: "gpsvc is not disabled",
        sets: &[
            "gpsvc Start = 2 in the registry, since its configuration refuses sc; then one reboot and gpupdate",
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
        let registry = &survey.guest.as_ref().map_err(Clone::clone)?.registry;
        Ok(Seen {
            start: registry.dword(&service_key("gpsvc"), "Start")?,
            domain: registry.value(GROUP_POLICY_STATE, "Distinguished-Name")?.is_some(),
        })
    }

    fn judge(_: &Desired, seen: &Seen, _: &Context) -> Verdict {
        if seen.start == Some(StartType::Disabled.number()) {
            let whose = if seen.domain {
                "the domain's policies do not arrive"
            } else {
                "local policies are not applied"
            };
            Verdict::drifted(format!("suspended: {whose}"), "running")
        } else {
            Verdict::healthy("running")
        }
    }

    fn mend(_: &Desired, seen: &Seen, _: &Context) -> Vec<Step> {
        let purpose = Purpose {
            facet: Self::ID,
            seed: "Azure 3.3",
            why: "group policy was suspended for a repair and never resumed".to_owned(),
        };
        let key = service_key("gpsvc");
        vec![
            purpose
                .guest(
                    GuestAction::SetRegistry {
                        key: key.clone(),
                        name: "Start".to_owned(),
                        data: RegData::Dword(StartType::Auto.number()),
                    },
                    "gpsvc disabled",
                    "gpsvc automatic",
                )
                .disrupting(Disruption::Reboots)
                .guarded(Guarded::Reboot)
                .expecting(vec![Check::Registry {
                    key,
                    name: "Start".to_owned(),
                    data: seen.start.map(RegData::Dword),
                }]),
            purpose
                .guest(
                    GuestAction::RefreshPolicy,
                    "policies of before the suspension",
                    "policies refreshed",
                )
                .irreversible(),
        ]
    }
}
