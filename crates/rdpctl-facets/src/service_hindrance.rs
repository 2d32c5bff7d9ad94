//! What keeps the services of Remote Desktop from running and is not mended by a start: deleted, stuck, foreign, or
//! Windows' own base.

use rdpctl_model::guest::RunState;
use rdpctl_model::step::StartType;
use rdpctl_model::{Finding, Found};

use crate::service_seen::{NEEDED, Seen};
use crate::term_service::Library;

/// What stands in the way.
pub(crate) struct Hindrance {
    pub(crate) from: String,
    pub(crate) by: String,
    pub(crate) advice: String,
    pub(crate) found: Vec<Found>,
}

/// The first that there is.
pub(crate) fn hindrance(seen: &Seen) -> Option<Hindrance> {
    deleted(seen)
        .or_else(|| base(seen))
        .or_else(|| stuck(seen))
        .or_else(|| paused(seen))
        .or_else(|| foreign(seen))
}

fn deleted(seen: &Seen) -> Option<Hindrance> {
    if seen.deleted.is_empty() {
        return None;
    }
    let names = seen.deleted.join(", ");
    let told = |name: &String| Found::from(Finding::ServiceDeleted).with("service", name.as_str());
    Some(Hindrance {
        from: format!("{names} deleted"),
        by: "the deletion of their keys, which every Windows has".to_owned(),
        advice: format!(
            "create them again: import the keys of {names} under HKLM\\SYSTEM\\CurrentControlSet\\Services from a healthy Windows of the same build, or repair Windows by an upgrade in place, then reboot"
        ),
        found: seen.deleted.iter().map(told).collect(),
    })
}

fn base(seen: &Seen) -> Option<Hindrance> {
    let down = NEEDED.iter().filter(|needed| needed.base && needed.runs).find(|needed| {
        seen.services.get(needed.name).is_some_and(|one| {
            one.run.is_some_and(|run| run != RunState::Running)
                && one.start != Some(StartType::Disabled.number())
        })
    })?;
    Some(Hindrance {
        from: format!("{} does not run", down.name),
        by: format!("{} belongs to Windows' base and cannot be started alone", down.name),
        advice: "reboot the instance, and look into its system event log".to_owned(),
        found: vec![Found::from(Finding::BaseService).with("service", down.name)],
    })
}

fn stuck(seen: &Seen) -> Option<Hindrance> {
    let (name, run) = NEEDED.iter().filter(|needed| needed.runs).find_map(|needed| {
        let run = seen.services.get(needed.name)?.run?;
        let stuck = matches!(run, RunState::StartPending | RunState::StopPending);
        stuck.then_some((needed.name, run))
    })?;
    let (state, way) = if run == RunState::StartPending {
        ("START_PENDING", "start")
    } else {
        ("STOP_PENDING", "stop")
    };
    Some(Hindrance {
        from: format!("{name} hangs in {state}: it does not get on after its wait hint"),
        by: format!("a {way} of {name} that does not end"),
        advice: "look for 7000, 7009, 7011 and 7022 of the Service Control Manager in the system event log, compare ServiceDll and %SystemRoot%\\System32\\termsrv.dll with those of a healthy Windows, then reboot".to_owned(),
        found: vec![
            Found::from(Finding::ServiceHung).with("service", name).with("state", state),
        ],
    })
}

/// A paused service serves nobody, and a start says that it runs already.
fn paused(seen: &Seen) -> Option<Hindrance> {
    let needed = NEEDED.iter().find(|needed| {
        let run = seen.services.get(needed.name).and_then(|one| one.run);
        needed.runs && run == Some(RunState::Paused)
    })?;
    let name = needed.name;
    Some(Hindrance {
        from: format!("{name} is paused"),
        by: format!("somebody who told {name} to pause; a start does not wake it"),
        advice: format!("`sc continue {name}` in the guest, or a reboot"),
        found: vec![
            Found::from(Finding::ServiceHung).with("service", name).with("state", "PAUSED"),
        ],
    })
}

/// A library that somebody put in the place of Windows' own, where the service does not run with it.
fn foreign(seen: &Seen) -> Option<Hindrance> {
    let Library::Foreign(path) = &seen.library else { return None };
    let one = seen.services.get("TermService")?;
    let stopped = one.run == Some(RunState::Stopped);
    stopped.then(|| Hindrance {
        from: format!("TermService stopped, and it is to load {path}"),
        by: format!("{path}, which somebody put in the place of termsrv.dll"),
        advice: "such a library fits one build of Windows and fails after an update: bring it up to date, or write the value ServiceDll of TermService back to %SystemRoot%\\System32\\termsrv.dll and reboot".to_owned(),
        found: vec![Found::from(Finding::ServiceForeignLibrary).with("path", path.as_str())],
    })
}
