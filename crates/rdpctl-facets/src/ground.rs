//! On what a look into a guest stood, as the facts keep it: each distinct ground once, as text.

use std::collections::BTreeSet;

use rdpctl_model::facts::{Facts, Known};
use rdpctl_model::ground::{Folders, Ground, Leftover, Remains, Silence, Silent};
use rdpctl_model::guest::remains::Token;
use rdpctl_model::guest::{GuestSurvey, Registry};
use rdpctl_model::step::SWITCH_MARKS;
use rdpctl_model::{Gap, Survey};

use crate::paths::WINDOWS_VERSION;

/// What a look stood on, where the guest answered it.
pub(crate) fn read(survey: &Survey) -> Option<Ground> {
    let guest = survey.guest.as_ref().ok()?;
    Some(Ground {
        via: guest.via,
        acts_as: guest.via.way().runs_as,
        // Several may be others' as well as ours.
        caller: match guest.callers.as_slice() {
            [one] => Some(*one),
            [] | [_, _, ..] => None,
        },
        build: guest
            .registry
            .text(WINDOWS_VERSION, "CurrentBuild")
            .ok()
            .flatten()
            .and_then(|build| build.trim().parse().ok()),
        leftover: leftover(&guest.registry),
        remains: remains(guest),
        silent: silent(guest),
    })
}

/// A ground as text.
pub(crate) fn encoded(ground: &Ground) -> String {
    // A ground always has a JSON form; an empty text would be read back as none.
    serde_json::to_string(ground).unwrap_or_default()
}

/// On what the last look into a guest stood. What another version wrote and this one cannot read was never seen.
#[must_use]
pub fn ground(facts: &Facts, known: &Known) -> Option<Ground> {
    serde_json::from_str(facts.ground(known)?).ok()
}

/// The marks of a dead man's switch, where they were asked for.
fn leftover(registry: &Registry) -> Option<Leftover> {
    let marked = |name: &str| matches!(registry.value(SWITCH_MARKS, name), Ok(Some(_)));
    match (marked("Restored"), marked("Switch")) {
        (true, _) => Some(Leftover::Fired),
        (false, true) => Some(Leftover::Armed),
        (false, false) => None,
    }
}

/// Of how many runs something lies there, and since when.
fn remains(guest: &GuestSurvey) -> Option<Remains> {
    let tokens: BTreeSet<Token> = guest.remains().filter_map(Token::of).collect();
    let runs: BTreeSet<&str> = tokens.iter().map(Token::run).collect();
    let folders = match &guest.left {
        Ok(left) if !left.folders.is_empty() => Folders::Some,
        Ok(_) | Err(_) => Folders::None,
    };
    let is_something = !runs.is_empty() || folders == Folders::Some;
    is_something.then(|| Remains {
        oldest: tokens.iter().map(Token::day).min(),
        runs: runs.len(),
        folders,
    })
}

/// The channels that were passed over, without the words, which differ between machines.
fn silent(guest: &GuestSurvey) -> Vec<Silent> {
    let silence = |gap: &Gap| match gap {
        Gap::Unreachable { .. } | Gap::Unresponsive { .. } | Gap::TimedOut { .. } => {
            Silence::Absent
        }
        Gap::NotSurveyed
        | Gap::NotAsked
        | Gap::NotRunning
        | Gap::NotFound { .. }
        | Gap::NoChannel
        | Gap::NotGranted { .. }
        | Gap::AgentUnavailable { .. }
        | Gap::Denied { .. }
        | Gap::Truncated { .. }
        | Gap::Garbled { .. }
        | Gap::ApiError { .. } => Silence::Refused,
    };
    let mut silent: Vec<Silent> = guest
        .passed_over
        .iter()
        .map(|(channel, gap)| Silent { channel: *channel, silence: silence(gap) })
        .collect();
    silent.sort_unstable();
    silent.dedup();
    silent
}
