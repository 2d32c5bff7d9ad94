//! `TermService` and what it needs: start type and running state.

use std::collections::BTreeMap;

use rdpctl_model::guest::{GuestSurvey, RunState};
use rdpctl_model::step::{Check, Disruption, StartType, service_key};
use rdpctl_model::{FacetId, Gap, GuestAction, Step, Survey, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facet::{Context, Facet, Purpose, StepWords};
use crate::manual::{Erratum, Manual};

/// The facet.
pub struct Service;

/// What can be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Desired {
    /// `TermService` runs and starts by itself. Windows starts it on demand too, so its default, manual, is not drift.
    Auto,
    /// `TermService` runs and its start type is automatic, nothing else.
    AutomaticStart,
}

/// Start types and states of the services on which RDP rests.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seen {
    /// By name. Services that are not installed are left out.
    services: BTreeMap<String, One>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct One {
    start: Option<u32>,
    run: Option<RunState>,
}

/// A service that RDP needs, with the start type it is given when it was disabled.
struct Needed {
    name: &'static str,
    start: StartType,
    /// Whether it must run now; the others are started by Windows when they are wanted.
    runs: bool,
    /// Whether it is part of Windows' base: when it does not run, starting it by hand is hopeless.
    base: bool,
}

const fn needed(name: &'static str, start: StartType, runs: bool, base: bool) -> Needed {
    Needed { name, start, runs, base }
}

const NEEDED: &[Needed] = &[
    needed("RpcSs", StartType::Auto, true, true),
    needed("RpcEptMapper", StartType::Auto, false, true),
    needed("DcomLaunch", StartType::Auto, false, true),
    needed("LSM", StartType::Auto, false, true),
    needed("BFE", StartType::Auto, true, false),
    needed("MpsSvc", StartType::Auto, true, false),
    needed("CryptSvc", StartType::Auto, true, false),
    needed("KeyIso", StartType::Manual, false, false),
    needed("CertPropSvc", StartType::Manual, false, false),
    needed("Dhcp", StartType::Auto, false, false),
    needed("SessionEnv", StartType::Manual, false, false),
    needed("TermService", StartType::Auto, true, false),
    needed("UmRdpService", StartType::Manual, false, false),
];

impl Facet for Service {
    const ID: FacetId = FacetId::Service;
    const CAUSES: &'static [FacetId] = &[FacetId::Power, FacetId::Boot];
    const MANUAL: Manual = Manual {
        summary: "TermService runs, starts by itself, and nothing that it needs is disabled.",
        declare: "service = \"auto\"   (\"automatic-start\" insists on the start type Automatic)",
        reads: &[
            r"HKLM\SYSTEM\CurrentControlSet\Services\NAME: Start, for TermService and the services on which it rests",
            "sc queryex NAME: state and process",
        ],
        healthy: "TermService runs with start type automatic or manual (Windows' own default); RpcSs, BFE, MpsSvc, CryptSvc run; none is disabled",
        sets: &["sc config NAME start= auto", "sc start NAME, polled until it runs"],
        risk: "None: starting disconnects nobody.",
        undo: "The journal keeps the way back, which sets the former start type and leaves what runs running.",
        seed: &[
            "Tencent 5.7: Remote Desktop Services is started",
            "Tencent 6.4: start type automatic, state running",
        ],
        pages: &[
            "https://learn.microsoft.com/troubleshoot/windows-server/remote/rdp-error-general-troubleshooting",
        ],
        errata: &[Erratum {
            says: "the start type must be Automatic",
            wrong: "Windows ships TermService as manual and starts it when connections are allowed",
            instead: "manual and running is healthy; automatic is what is written when something must be written",
        }],
    };

    type Desired = Desired;
    type Seen = Seen;

    fn read(survey: &Survey) -> Result<Seen, Gap> {
        let guest = survey.guest.as_ref().map_err(Clone::clone)?;
        let services = NEEDED
            .iter()
            .map(|needed| Ok(one(guest, needed.name)?.map(|one| (needed.name.to_owned(), one))))
            .filter_map(Result::transpose)
            .collect::<Result<_, Gap>>()?;
        Ok(Seen { services })
    }

    fn judge(want: &Desired, seen: &Seen, _: &Context) -> Verdict {
        if !seen.services.contains_key("TermService") {
            return Verdict::Blocked {
                from: "TermService is not installed".to_owned(),
                to: "running".to_owned(),
                by: "this Windows has no Remote Desktop service".to_owned(),
                advice: "use an edition of Windows with Remote Desktop".to_owned(),
            };
        }
        for needed in NEEDED.iter().filter(|needed| needed.base) {
            if let Some(one) = seen.services.get(needed.name)
                && needed.runs
                && one.run.is_some_and(|run| run != RunState::Running)
                && one.start != Some(StartType::Disabled.number())
            {
                return Verdict::Blocked {
                    from: format!("{} does not run", needed.name),
                    to: "running".to_owned(),
                    by: format!(
                        "{} belongs to Windows' base and cannot be started alone",
                        needed.name
                    ),
                    advice: "reboot the instance, and look into its system event log".to_owned(),
                };
            }
        }
        let faults = faults(*want, seen);
        if faults.is_empty() {
            return Verdict::healthy("running");
        }
        let from = faults.iter().map(Fault::words).collect::<Vec<_>>().join(", ");
        let to = if *want == Desired::AutomaticStart
            || faults.iter().any(|fault| fault.name == "TermService")
        {
            "auto, running"
        } else {
            "enabled, running"
        };
        Verdict::drifted(from, to)
    }

    fn mend(want: &Desired, seen: &Seen, _: &Context) -> Vec<Step> {
        let purpose = Purpose {
            facet: Self::ID,
            seed: "Tencent 5.7, 6.4",
            why: "without its services Windows does not listen for RDP".to_owned(),
        };
        let mut steps = Vec::new();
        for fault in faults(*want, seen) {
            if let Some(start) = fault.set_start {
                let before = named(fault.start, "absent");
                steps.push(
                    purpose
                        .guest(
                            GuestAction::SetServiceStart { service: fault.name.to_owned(), start },
                            format!("{} start {before}", fault.name),
                            format!("{} start {}", fault.name, start.name()),
                        )
                        .expecting(vec![Check::Registry {
                            key: service_key(fault.name),
                            name: "Start".to_owned(),
                            data: fault.start.map(rdpctl_model::guest::RegData::Dword),
                        }]),
                );
            }
            if fault.must_start {
                steps.push(
                    purpose
                        .guest(
                            GuestAction::StartService { service: fault.name.to_owned() },
                            format!("{} stopped", fault.name),
                            format!("{} running", fault.name),
                        )
                        .disrupting(Disruption::None),
                );
            }
        }
        steps
    }
}

struct Fault {
    name: &'static str,
    start: Option<u32>,
    set_start: Option<StartType>,
    must_start: bool,
}

impl Fault {
    fn words(&self) -> String {
        let start = named(self.start, "no start type");
        match (self.set_start.is_some(), self.must_start) {
            (true, true) => format!("{} {start}, stopped", self.name),
            (true, false) => format!("{} {start}", self.name),
            (false, _) => format!("{} stopped", self.name),
        }
    }
}

/// A start type in words; a number that Windows does not know as it stands.
fn named(start: Option<u32>, absent: &str) -> String {
    match start {
        None => absent.to_owned(),
        Some(number) => StartType::from_number(number)
            .map_or_else(|| format!("start type {number}"), |start| start.name().to_owned()),
    }
}

fn faults(want: Desired, seen: &Seen) -> Vec<Fault> {
    NEEDED
        .iter()
        .filter_map(|needed| {
            let one = seen.services.get(needed.name)?;
            let disabled = one.start == Some(StartType::Disabled.number());
            let not_automatic = needed.name == "TermService"
                && want == Desired::AutomaticStart
                && one.start != Some(StartType::Auto.number());
            // A number that Windows does not know starts nothing either.
            let nonsense = one.start.is_some_and(|start| StartType::from_number(start).is_none());
            let set_start = (disabled || nonsense || not_automatic).then_some(needed.start);
            let must_start = needed.runs && one.run.is_some_and(|run| run == RunState::Stopped);
            (set_start.is_some() || must_start).then_some(Fault {
                name: needed.name,
                start: one.start,
                set_start,
                must_start,
            })
        })
        .collect()
}

/// `None` when Windows does not have the service.
fn one(guest: &GuestSurvey, name: &str) -> Result<Option<One>, Gap> {
    let start = guest.registry.dword(&service_key(name), "Start")?;
    let run = match guest.services.get(&name.to_ascii_lowercase()) {
        None => None,
        Some(Ok(state)) if state.run == RunState::NotInstalled => return Ok(None),
        Some(Ok(state)) => Some(settled(state.run)),
        Some(Err(gap)) => return Err(gap.clone()),
    };
    if start.is_none() && run.is_none() {
        return Ok(None);
    }
    Ok(Some(One { start, run }))
}

/// States on the way count as where they lead, so that two surveys a moment apart do not differ.
const fn settled(run: RunState) -> RunState {
    match run {
        RunState::StartPending | RunState::ContinuePending | RunState::Running => RunState::Running,
        RunState::StopPending | RunState::Stopped | RunState::PausePending | RunState::Paused => {
            RunState::Stopped
        }
        RunState::NotInstalled => RunState::NotInstalled,
    }
}
