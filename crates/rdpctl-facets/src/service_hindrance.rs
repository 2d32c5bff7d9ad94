//! What keeps the services of Remote Desktop from running and is not mended by a start: deleted, stuck, foreign, or
//! Windows' own base.

use rdpctl_model::guest::RunState;
use rdpctl_model::step::StartType;
use rdpctl_model::{Finding, Found, Said};

use crate::service_needed::NEEDED;
use crate::service_seen::Seen;
use crate::term_service::{self, Library};

/// What stands in the way.
pub(crate) struct Hindrance {
    pub(crate) from: Said,
    pub(crate) by: Said,
    pub(crate) advice: Said,
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
    let names = || seen.deleted.iter().map(String::as_str).collect::<Vec<_>>();
    let told = |name: &String| Found::from(Finding::ServiceDeleted).with("service", name.as_str());
    Some(Hindrance {
        from: say::deleted(names()),
        by: say::keys_deleted(),
        advice: say::create_again(names()),
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
        from: say::does_not_run(down.name),
        by: say::of_the_base(down.name),
        advice: say::look_into_the_log(),
        found: vec![Found::from(Finding::BaseService).with("service", down.name)],
    })
}

fn stuck(seen: &Seen) -> Option<Hindrance> {
    let (name, run) = NEEDED.iter().filter(|needed| needed.runs).find_map(|needed| {
        let run = seen.services.get(needed.name)?.run?;
        let stuck = matches!(run, RunState::StartPending | RunState::StopPending);
        stuck.then_some((needed.name, run))
    })?;
    let (state, by) = if run == RunState::StartPending {
        ("START_PENDING", say::endless_start(name))
    } else {
        ("STOP_PENDING", say::endless_stop(name))
    };
    Some(Hindrance {
        from: say::hangs(name, state),
        by,
        advice: say::compare_the_library(),
        found: vec![Found::from(Finding::ServiceHung).with("service", name).with("state", state)],
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
        from: say::paused(name),
        by: say::told_to_pause(name),
        advice: say::go_on(name),
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
    let (by, advice) = term_service::foreign(path);
    stopped.then(|| Hindrance {
        from: say::stopped_with_library(path),
        by,
        advice,
        found: vec![Found::from(Finding::ServiceForeignLibrary).with("path", path.as_str())],
    })
}

/// A policy that has a service start otherwise than it should.
pub(crate) fn of_policy(service: &str, start: StartType, policy: &str) -> Hindrance {
    Hindrance {
        from: say::starts(service, start.name()),
        by: say::policy_starts(policy, service, start.name()),
        advice: say::change_its_policy(service),
        found: vec![
            Found::from(Finding::ServiceByPolicy)
                .with("service", service)
                .with("start", start.name())
                .with("policy", policy),
        ],
    }
}

rdpctl_model::says! { "service":
    starts(name, start);
    policy_starts(policy, name, start);
    change_its_policy(name);
    paused(name);
    told_to_pause(name);
    go_on(name);
    deleted(names);
    keys_deleted();
    create_again(names);
    does_not_run(name);
    of_the_base(name);
    look_into_the_log();
    hangs(name, state);
    endless_start(name);
    endless_stop(name);
    compare_the_library();
    stopped_with_library(path);
}
