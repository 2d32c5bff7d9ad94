//! What is known of the services on which Remote Desktop rests: which they are, how they start, whether they run.

use std::collections::BTreeMap;

use rdpctl_model::Gap;
use rdpctl_model::guest::{ChannelKind, GuestSurvey, Pending, RunState, ServiceState};
use rdpctl_model::step::service_key;
use serde::{Deserialize, Serialize};

use crate::service_needed::{NEEDED, Needed};
use crate::service_policy::Starts;
use crate::term_service::{self, Library};

/// Start types and states of the services on which RDP rests.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seen {
    /// By name. Services that are not installed are left out.
    pub(crate) services: BTreeMap<String, One>,
    /// Services that every Windows has and this one has not.
    #[serde(default)]
    pub(crate) deleted: Vec<String>,
    /// What `TermService` loads.
    #[serde(default)]
    pub(crate) library: Library,
    /// Whether connections are refused: Windows starts `TermService` on demand, and there is none.
    #[serde(default)]
    pub(crate) refused: bool,
    /// Start types that a policy sets.
    #[serde(default)]
    pub(crate) by_policy: Starts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct One {
    pub(crate) start: Option<u32>,
    pub(crate) run: Option<RunState>,
    /// The exit code of its last end, where that is an error of its own.
    #[serde(default)]
    pub(crate) exit: Option<u32>,
}

impl Seen {
    pub(crate) fn read(guest: &GuestSurvey) -> Result<Self, Gap> {
        let mut services = BTreeMap::new();
        let mut deleted = Vec::new();
        for needed in NEEDED {
            match one(guest, needed)? {
                Installed::Yes(one) => {
                    services.insert(needed.name.to_owned(), one);
                }
                Installed::No => deleted.push(needed.name.to_owned()),
                Installed::NotKnown => {}
            }
        }
        let library = Library::read(&guest.registry)?;
        let refused = term_service::refuses(&guest.registry)?;
        Ok(Self { services, deleted, library, refused, by_policy: Starts::read(guest) })
    }
}

enum Installed {
    Yes(One),
    /// Its key is gone, and the service manager knows nothing of it.
    No,
    NotKnown,
}

fn one(guest: &GuestSurvey, needed: &Needed) -> Result<Installed, Gap> {
    let name = needed.name;
    let start = match guest.registry.dword(&service_key(name), "Start") {
        // A survey of before it was asked for.
        Err(Gap::NotAsked) if name != "TermService" => return Ok(Installed::NotKnown),
        start => start?,
    };
    let state = match guest.services.get(&name.to_ascii_lowercase()) {
        None => None,
        Some(Ok(state)) if state.run == RunState::NotInstalled => {
            return Ok(if start.is_none() { Installed::No } else { Installed::NotKnown });
        }
        Some(Ok(state)) => Some(*state),
        Some(Err(gap)) => return Err(gap.clone()),
    };
    if start.is_none() && state.is_none() {
        let gone = guest.via == ChannelKind::Offline;
        return Ok(if gone { Installed::No } else { Installed::NotKnown });
    }
    let run = state.map(|state| settled(needed, state)).transpose()?;
    let exit = state.map(|state| state.win32_exit).filter(|exit| !matches!(exit, 0 | 1077));
    Ok(Installed::Yes(One { start, run, exit }))
}

/// States on the way count as where they lead, so that two surveys a moment apart do not differ; one that does not move
/// stays what it is, and one of which that is not known yet is not known.
fn settled(needed: &Needed, state: ServiceState) -> Result<RunState, Gap> {
    let stalled = state.pending.is_some_and(|pending| pending.stalled);
    let long = state.pending.filter(|pending| pending.hint > LONG);
    match state.run {
        RunState::StartPending | RunState::StopPending if stalled => Ok(state.run),
        RunState::StartPending if needed.runs && long.is_some() => {
            Err(Gap::TimedOut { what: say::still_starting(needed.name) })
        }
        RunState::StartPending | RunState::ContinuePending | RunState::Running => {
            Ok(RunState::Running)
        }
        RunState::StopPending | RunState::Stopped => Ok(RunState::Stopped),
        // A start does not wake it.
        RunState::PausePending | RunState::Paused => Ok(RunState::Paused),
        RunState::NotInstalled => Ok(RunState::NotInstalled),
    }
}

/// Longer than anybody waits for a second look, in milliseconds.
const LONG: u32 = 10_000;

/// The needed services that are on their way.
pub(crate) fn awaited(guest: &GuestSurvey) -> impl Iterator<Item = Pending> {
    NEEDED.iter().filter(|needed| needed.runs).filter_map(|needed| {
        let state = guest.services.get(&needed.name.to_ascii_lowercase())?.as_ref().ok()?;
        state.pending
    })
}

rdpctl_model::says! { "service":
    still_starting(name);
}
