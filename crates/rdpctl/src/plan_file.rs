//! A plan that somebody kept in a file: known by its content, read with a limit, and only ever compared.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rdpctl_model::Plan;

use crate::arguments::Place;
use crate::error::CliError;

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
    let unreadable = |error: std::io::Error| CliError::new(format!("cannot read {shown}: {error}"));
    let mut text = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut text))
        .map_err(unreadable)?;
    if text.len() as u64 > LARGEST {
        return Err(CliError::new(format!("{shown} is larger than 256 MiB, which no plan is")));
    }
    let plan: Plan = serde_json::from_slice(&text).map_err(|error| {
        CliError::new(format!("{shown} is not a plan file: {error}"))
            .hint("plan files are written by `rdpctl plan --out FILE`")
    })?;
    if plan.format > rdpctl_model::plan::PLAN_FORMAT {
        return Err(CliError::new(format!("{shown} was written by a newer rdpctl"))
            .hint("use that rdpctl, or make the plan again"));
    }
    if let Some(violation) = rdpctl_plan::violations(&plan).first() {
        return Err(CliError::new(format!("{shown} is not a sound plan: {violation}"))
            .hint("make the plan again; plan files are not for editing"));
    }
    Ok(plan)
}

/// Refuses a plan that is not what would be planned now. What is done is the plan of now in any case.
pub(crate) fn compare(file: &Plan, now: &Plan) -> Result<(), CliError> {
    match rdpctl_plan::difference(file, now) {
        None => Ok(()),
        Some(difference) => Err(CliError::new(format!("the plan is stale: {difference}")).hint(
            "make it again with `rdpctl plan --out FILE`; a plan is applied with the --target and --exclude it was made with",
        )),
    }
}
