//! The program for the second way, `rdpctl-rescue`: what is sent lies beside rdpctl and says that it is of the same version;
//! its sum stands in the plan and in the question.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use jiff::Timestamp;
use rdpctl_engine::SecondWays;
use rdpctl_model::ResourceId;
use rdpctl_model::repair::{PlannedRepair, SecondWay};
use rdpctl_providers::azure::Program;

use super::known;
use crate::error::CliError;
use crate::out::safe;

pub(super) const NAME: &str = "rdpctl-rescue";
/// What the program says of itself; it is looked for in the file, which may be another machine's to run.
const VERSION: &str = concat!("rdpctl-rescue ", env!("CARGO_PKG_VERSION"), " of rdpctl");
/// No such program is longer.
const LONGEST: u64 = 8 << 20;
/// What one script takes: its call, the looks whether it is over, and its time.
const CALLS: u64 = 2;
const SECONDS: u64 = 25;

/// The second way of whoever works beside a state: by the program beside rdpctl, and by what is remembered there of links.
#[derive(Debug)]
pub(crate) struct Second {
    beside: PathBuf,
    /// What was read of the program, and of which file.
    read: Mutex<Option<(Stamp, SecondWay)>>,
}

/// By what a file is known to be the same still.
type Stamp = Option<(u64, SystemTime)>;

impl Second {
    pub(crate) fn beside(beside: &Path) -> Self {
        Self { beside: beside.to_owned(), read: Mutex::default() }
    }
}

impl SecondWays for Second {
    /// Where there is no program, a plan says that.
    fn of(&self, vm: &ResourceId, now: Timestamp) -> SecondWay {
        let stamp = stamp();
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let known = read.take().filter(|(of, _)| *of == stamp);
        let (_, whole) = read.insert(known.unwrap_or_else(|| {
            (stamp, program().map_or_else(|_| SecondWay::default(), |program| way(&program)))
        }));
        SecondWay { at_once: known::recall(&self.beside, vm, now), ..whole.clone() }
    }
}

fn stamp() -> Stamp {
    let about = std::fs::metadata(place().ok()?).ok()?;
    Some((about.len(), about.modified().ok()?))
}

fn way(program: &Program) -> SecondWay {
    let scripts = program.scripts();
    SecondWay {
        sha256: Some(program.sum.clone()),
        scripts,
        api_calls: scripts.saturating_mul(CALLS),
        seconds: scripts.saturating_mul(SECONDS),
        ..SecondWay::default()
    }
}

/// The program beside rdpctl itself.
pub(super) fn program() -> Result<Program, CliError> {
    let path = place()?;
    let shown = path.display().to_string();
    let remedy = |error: CliError| {
        error.hint(format!(
            "put the {NAME} of this release beside rdpctl, at {}: it is one static file for Linux",
            safe(&shown)
        ))
    };
    let missing = |error| remedy(CliError::new(format!("{NAME} is not beside rdpctl")).why(error));
    let length = std::fs::metadata(&path).map_err(missing)?.len();
    if length > LONGEST {
        return Err(remedy(CliError::new(format!("what lies there as {NAME} is none"))));
    }
    let file = std::fs::read(&path).map_err(missing)?;
    let is_ours = file.windows(VERSION.len()).any(|part| part == VERSION.as_bytes());
    if !file.starts_with(b"\x7fELF") || !is_ours {
        let version = env!("CARGO_PKG_VERSION");
        let other =
            format!("the {NAME} beside rdpctl is not of version {version}, or not for Linux");
        return Err(remedy(CliError::new(other)));
    }
    Program::of(&file, VERSION).ok_or_else(|| {
        remedy(CliError::new(format!("the {NAME} beside rdpctl is too long to be sent")))
    })
}

fn place() -> Result<PathBuf, CliError> {
    let own = std::env::current_exe().and_then(std::fs::canonicalize);
    let own =
        own.map_err(|error| CliError::new("it is not known where rdpctl itself lies").why(error))?;
    Ok(own.with_file_name(NAME))
}

/// The program that somebody said yes to; one that was exchanged since is not sent.
pub(super) fn approved(planned: &PlannedRepair) -> Result<Program, CliError> {
    let program = program()?;
    match &planned.second {
        Some(way) if way.sha256.as_ref() == Some(&program.sum) => Ok(program),
        Some(_) | None => Err(CliError::new(format!(
            "the {NAME} beside rdpctl is not the one that was planned with"
        ))
        .hint("plan again; its SHA-256 stands in the plan")),
    }
}
