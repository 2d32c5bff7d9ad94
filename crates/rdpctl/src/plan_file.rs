//! A plan that somebody kept in a file: known by its content, read with a limit, and only ever compared.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use rdpctl_model::{Gap, Plan, Said, Verdict};

use crate::arguments::Place;
use crate::error::CliError;
use crate::whole;

/// A plan of a hundred thousand machines is smaller.
const LARGEST: u64 = 256 * 1024 * 1024;

/// A plan file among the paths: then the declaration is the folder in which it was made, or what else is named.
pub(crate) fn among(place: &mut Place) -> Result<Option<Plan>, CliError> {
    let Some(at) = place.paths.iter().position(|path| is_one(path)) else { return Ok(None) };
    let path = place.paths.remove(at);
    if place.paths.is_empty() {
        place.paths.push(PathBuf::from("."));
    }
    read(&path).map(Some)
}

/// Whether a file holds a plan rather than a declaration: no TOML begins with a brace.
pub(crate) fn is_one(path: &Path) -> bool {
    if !path.is_file() {
        return false;
    }
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut head));
    read.is_ok() && head.trim_ascii_start().first() == Some(&b'{')
}

/// Reads a plan file.
pub(crate) fn read(path: &Path) -> Result<Plan, CliError> {
    let shown = path.display();
    let unreadable =
        |error: std::io::Error| CliError::new(format!("cannot read {shown}")).why(error);
    let mut text = Vec::new();
    crate::links::own(path)?;
    File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut text))
        .map_err(unreadable)?;
    if text.len() as u64 > LARGEST {
        return Err(CliError::new(format!("{shown} is larger than 256 MiB, which no plan is")));
    }
    let plan: Plan = rdpctl_words::json::from_slice(&text).map_err(|error| {
        CliError::new(format!("{shown} is not a plan file"))
            .why(error)
            .hint("plan files are written by `rdpctl plan --out FILE`")
    })?;
    if plan.format > rdpctl_model::plan::PLAN_FORMAT {
        return Err(CliError::new(format!("{shown} was written by a newer rdpctl"))
            .hint("use that rdpctl, or make the plan again"));
    }
    if let Some(violation) = rdpctl_plan::violations(&plan).first() {
        return Err(CliError::new(format!("{shown} is not a sound plan"))
            .why(violation)
            .hint("make the plan again; plan files are not for editing"));
    }
    Ok(plan)
}

/// Refuses a plan that was made with other grants than those of now, or without some that its declaration asks for.
pub(crate) fn demand_its_grants(file: &Plan, granted: &[String]) -> Result<(), CliError> {
    if let Some(what) = ungranted(file) {
        return Err(CliError::new(
            "the plan is for reading: it was made without what was not granted",
        )
        .why(rdpctl_words::english(&what))
        .so("nothing was done")
        .hint("`rdpctl trust` grants it after a yes; make the plan again then"));
    }
    let then = &file.basis.granted;
    let only =
        |one: &[String], other: &[String]| one.iter().find(|it| !other.contains(it)).cloned();
    let difference = only(then, granted)
        .map(|what| format!("it was made with a grant that is gone: {what}"))
        .or_else(|| {
            only(granted, then).map(|what| format!("it was made without a grant of now: {what}"))
        });
    match difference {
        None => Ok(()),
        Some(difference) => Err(CliError::new(format!("the plan is stale: {difference}"))
            .so("nothing was done")
            .hint("make it again with `rdpctl plan --out FILE` and the same --grants")),
    }
}

/// What a plan could not see because nobody granted it.
fn ungranted(plan: &Plan) -> Option<Said> {
    let facets = plan.groups.iter().flat_map(|group| &group.facets);
    let judged = facets.filter_map(|finding| match &finding.verdict {
        Verdict::Unknown { gap } => Some(gap),
        Verdict::Healthy { .. }
        | Verdict::Drifted { .. }
        | Verdict::Blocked { .. }
        | Verdict::NotApplicable { .. } => None,
    });
    let unseen = plan.basis.unseen.iter().map(|fleet| &fleet.gap);
    judged.chain(unseen).find_map(|gap| match gap {
        Gap::NotGranted { what, .. } => Some(what.clone()),
        Gap::NotSurveyed
        | Gap::NotAsked
        | Gap::NotRunning
        | Gap::NotFound { .. }
        | Gap::NoChannel
        | Gap::AgentUnavailable { .. }
        | Gap::Unreachable { .. }
        | Gap::Unresponsive { .. }
        | Gap::Denied { .. }
        | Gap::TimedOut { .. }
        | Gap::Truncated { .. }
        | Gap::Garbled { .. }
        | Gap::ApiError { .. } => None,
    })
}

/// Keeps a plan for its owner alone, whole or not at all. A link is not followed, and a file that is there is replaced.
pub(crate) fn save(plan: &Plan, path: &Path) -> Result<(), CliError> {
    let failed = |error: &dyn std::fmt::Display| {
        CliError::new(format!("cannot write the plan to {}", path.display())).why(error)
    };
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => {
            return Err(failed(&"what is there is no file, and a link is not followed")
                .hint("name the file itself; `--format json` writes a plan to standard output"));
        }
        Ok(_) | Err(_) => {}
    }
    let text = rdpctl_words::json::to_string_pretty(plan).map_err(|error| failed(&error))?;
    whole::write(path, text.as_bytes()).map_err(|error| failed(&error))
}
