//! `TermService` and what it needs: start type and running state.

use rdpctl_model::guest::{GuestSurvey, RegData, RunState};
use rdpctl_model::step::{Check, Disruption, Setting, StartType, service_key};
use rdpctl_model::{FacetId, Finding, Found, Gap, GuestAction, Said, Step, Survey, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facet::{Context, Facet, Purpose, StepWords};
use crate::manual::{Erratum, Manual};
use crate::paths::TERM_SERVICE_PARAMETERS;
use crate::service_hindrance::{self, Hindrance};
use crate::service_needed::NEEDED;
use crate::service_policy;
pub use crate::service_seen::Seen;
use crate::steps::say as step;
use crate::term_service::{self, Library};

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

impl Facet for Service {
    const ID: FacetId = FacetId::Service;
    const CAUSES: &'static [FacetId] = &[FacetId::Power, FacetId::Boot, FacetId::RemoteDesktop];
    const MANUAL: Manual = Manual {
        summary: "TermService runs, starts by itself, and nothing that it needs is disabled.",
        declare: "service = \"auto\"   (\"automatic-start\" insists on the start type Automatic)",
        reads: &[
            r"HKLM\SYSTEM\CurrentControlSet\Services\NAME: Start, for TermService and the services on which it rests",
            "sc queryex NAME: state, process and, of what is on its way, whether it moves: a second look after its wait hint",
            r"…\TermService\Parameters: ServiceDll",
            "in a domain, where a start type is wrong: gpresult, which names the policy that sets it",
        ],
        healthy: "TermService runs with start type automatic or manual (Windows' own default); RpcSs, BFE, MpsSvc, CryptSvc run; none is disabled",
        sets: &[
            "sc config NAME start= auto",
            "ServiceDll, where none is named",
            "sc start NAME, polled until it runs",
        ],
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
        Seen::read(guest)
    }

    fn judge(want: &Desired, seen: &Seen, _: &Context) -> Verdict {
        if let Some(Hindrance { from, by, advice, .. }) = hindrance(*want, seen) {
            return Verdict::Blocked { from, to: say::running(), by, advice };
        }
        let faults = faults(*want, seen);
        let mut from: Vec<Said> = faults.iter().map(Fault::said).collect();
        if no_library(seen) {
            from.insert(0, say::no_library());
        }
        if from.is_empty() {
            return Verdict::healthy(say::running());
        }
        let to = if *want == Desired::AutomaticStart
            || faults.iter().any(|fault| fault.name == "TermService")
        {
            say::auto_running()
        } else {
            say::enabled_running()
        };
        Verdict::drifted(say::marks(from), to)
    }

    fn findings(want: &Desired, seen: &Seen, _: &Context) -> Vec<Found> {
        if let Some(Hindrance { found, .. }) = hindrance(*want, seen) {
            return found;
        }
        let mut found = Vec::new();
        if no_library(seen) {
            found.push(Finding::ServiceNoLibrary.into());
        }
        let only_waits = |fault: &Fault| {
            fault.name == "TermService" && fault.set_start.is_none() && seen.refused
        };
        for fault in faults(*want, seen) {
            let finding = match (fault.name, fault.set_start) {
                _ if only_waits(&fault) => Finding::ServiceWaits,
                ("TermService", Some(_)) => Finding::ServiceDisabled,
                ("TermService", None) => Finding::ServiceStopped,
                _ => Finding::NeededService,
            };
            let told = Found::from(finding).with("service", fault.name);
            let told = match fault.start {
                Some(_) if fault.set_start.is_some() => told.with("start", named(fault.start, "")),
                Some(_) | None => told,
            };
            found.push(match fault.exit {
                Some(exit) => told.with("exit", exit.to_string()),
                None => told,
            });
        }
        if let Library::Foreign(path) = &seen.library {
            found.push(Found::from(Finding::ServiceForeignLibrary).with("path", path.as_str()));
        }
        found
    }

    fn mend(want: &Desired, seen: &Seen, _: &Context) -> Vec<Step> {
        let purpose =
            Purpose { facet: Self::ID, seed: "Tencent 5.7, 6.4", why: step::needs_services() };
        let mut steps = Vec::new();
        if no_library(seen) {
            let own = RegData::ExpandSz(term_service::OWN.to_owned());
            let action = GuestAction::SetRegistry {
                key: TERM_SERVICE_PARAMETERS.to_owned(),
                name: term_service::SERVICE_DLL.to_owned(),
                data: own,
                setting: Setting::Startup,
            };
            let after = step::value("ServiceDll", term_service::OWN);
            // Nothing is worth putting back there.
            let step = purpose.guest(action, say::no_library(), after);
            steps.push(step.irreversible());
        }
        for fault in faults(*want, seen) {
            if let Some(start) = fault.set_start {
                steps.push(
                    purpose
                        .guest(
                            GuestAction::SetServiceStart { service: fault.name.to_owned(), start },
                            started(&fault),
                            step::start(fault.name, start.name()),
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
                            say::stopped(fault.name),
                            step::service_running(fault.name),
                        )
                        .disrupting(Disruption::None),
                );
            }
        }
        steps
    }
}

/// What stands in the way. A policy that sets a start type is the last to be named, as all else comes before a start: one
/// that has a service disabled, or that has what is declared to start by itself not do so. One that is content with a
/// start by hand would put that back, and it serves.
fn hindrance(want: Desired, seen: &Seen) -> Option<Hindrance> {
    let by_policy = |fault: Fault| {
        let good = fault.set_start?;
        let (start, policy) = seen.by_policy.of(fault.name)?;
        let insists = want == Desired::AutomaticStart && fault.name == "TermService";
        let against = start == StartType::Disabled || (insists && start != good);
        against.then(|| service_hindrance::of_policy(fault.name, start, policy))
    };
    service_hindrance::hindrance(seen)
        .or_else(|| faults(want, seen).into_iter().find_map(by_policy))
}

/// Whether it matters which policy sets start types: one is wrong, and a domain sets policy.
pub(crate) fn asks_for_policies(want: Desired, guest: &GuestSurvey) -> bool {
    service_policy::matters(guest)
        && Seen::read(guest)
            .is_ok_and(|seen| faults(want, &seen).iter().any(|fault| fault.set_start.is_some()))
}

struct Fault {
    name: &'static str,
    start: Option<u32>,
    set_start: Option<StartType>,
    must_start: bool,
    exit: Option<u32>,
}

impl Fault {
    fn said(&self) -> Said {
        let start = match self.start {
            None => say::no_start_type(),
            Some(number) => StartType::from_number(number)
                .map_or_else(|| say::start_type(number), |start| Said::quoted(start.name())),
        };
        match (self.set_start.is_some(), self.must_start) {
            (true, true) => say::start_stopped(self.name, start),
            (true, false) => say::start(self.name, start),
            (false, _) => match self.exit {
                Some(exit) => say::stopped_error(self.name, exit),
                None => say::stopped(self.name),
            },
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

fn started(fault: &Fault) -> Said {
    match fault.start {
        None => step::start_absent(fault.name),
        Some(number) => match StartType::from_number(number) {
            Some(start) => step::start(fault.name, start.name()),
            None => step::start(fault.name, say::start_type(number)),
        },
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
                exit: one.exit,
            })
        })
        .collect()
}

/// Whether no library is named.
const fn no_library(seen: &Seen) -> bool {
    match &seen.library {
        Library::None(_) => true,
        Library::Own | Library::Foreign(_) => false,
    }
}

rdpctl_model::says! { "service":
    running();
    auto_running();
    enabled_running();
    no_library();
    start_stopped(name, start);
    start(name, start);
    stopped_error(name, exit);
    stopped(name);
    no_start_type();
    start_type(number);
    marks(all);
}
