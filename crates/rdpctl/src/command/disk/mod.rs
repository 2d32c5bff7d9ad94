//! `plan`, `apply`, `show` and `undo` with `--disk`: what differs on a disk in the hand, changed where it lies.
//!
//! The change is made whole before anything is written, and kept in the user's folder; then the disk may lose power at
//! any instant, and the next `apply` finishes what was begun. Nothing is done without a yes, or `--allow
//! offline-repair` beside `--auto-approve`.

mod apply;
mod show;
mod undo;

pub(crate) use apply::apply;
pub(crate) use show::show;
pub(crate) use undo::{UndoArgs, undo};

use std::io::{BufRead, IsTerminal};
use std::path::Path;

use rdpctl_disk::blocks::{FileBlocks, Open};
use rdpctl_disk::windows::Disk;
use rdpctl_disk::{Error, Refusal};

use crate::disk::{Asked, Conclusion, Fate, Judged, Opened, Work, judge_open, prepare};
use crate::error::CliError;
use crate::exit::Exit;
use crate::out::{self, safe};
use crate::report::{doctor_disk, plan_disk};

/// In which form a report is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Runs `plan --disk`.
pub(crate) fn plan(args: &super::plan::Args) -> Result<Exit, CliError> {
    let asked = &args.in_hand;
    let path = named(asked)?;
    let form = match args.format {
        super::plan::Format::Text => Form::Text,
        super::plan::Format::Json => Form::Json,
        super::plan::Format::Markdown
        | super::plan::Format::Dot
        | super::plan::Format::Svg
        | super::plan::Format::Mermaid => {
            return Err(CliError::new("a plan of a disk is told as text or json")
                .hint("leave --format out, or say --format json"));
        }
    };
    if args.out.is_some() {
        return Err(CliError::new("a plan of a disk is not kept in a file").hint(
            "`apply --disk` looks again and asks; `plan --disk --format json` is for machines",
        ));
    }
    let detailed = if args.detailed_exitcode { Detailed::Yes } else { Detailed::No };
    let blocks = open(path, Open::Look)?;
    let judged = match looked(&blocks, path, asked, form)? {
        Ok(judged) => judged,
        Err(exit) => return Ok(exit),
    };
    let disk = Disk::open(&*blocks).map_err(said)?;
    let work = prepare(&disk, &judged, &args.scope.allow)?;
    out::out(&match form {
        Form::Text => plan_disk::text(&judged, &work),
        Form::Json => doctor_disk::pretty(&plan_disk::value(&judged, &work))?,
    })?;
    Ok(exit_of(&judged, &work, detailed))
}

/// Whether `plan` tells changes by its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detailed {
    /// 2 when something would be done.
    Yes,
    /// 0 as well.
    No,
}

fn named(asked: &Asked) -> Result<&Path, CliError> {
    asked
        .which
        .disk
        .as_deref()
        .ok_or_else(|| CliError::new("no disk was named").hint("name one with --disk"))
}

fn open(path: &Path, purpose: Open) -> Result<Opened, CliError> {
    crate::disk::open(path, purpose).map_err(|error| match error {
        Error::Io { source, .. } => {
            CliError::new(format!("cannot open {}: {source}", safe(&path.display().to_string())))
                .hint("name an image file or a block device that you may read and write")
        }
        Error::Damaged(_) | Error::Refused(_) => said(error),
    })
}

fn said(error: Error) -> CliError {
    let way_out = error.refusal().map(Refusal::way_out);
    let base = CliError::new(error.to_string());
    way_out.map_or_else(|| CliError::new(error.to_string()), |way_out| base.hint(way_out))
}

/// The judgement, or how to end where there is none.
fn looked(
    blocks: &FileBlocks,
    path: &Path,
    asked: &Asked,
    form: Form,
) -> Result<Result<Judged, Exit>, CliError> {
    match judge_open(blocks, path, asked) {
        Ok(judged) => Ok(Ok(judged)),
        Err(error) => {
            let name = path.display().to_string();
            out::out(&match form {
                Form::Text => doctor_disk::refused(&name, &error),
                Form::Json => doctor_disk::refused_json(&name, &error)?,
            })?;
            Ok(Err(Exit::Partial))
        }
    }
}

fn exit_of(judged: &Judged, work: &Work, detailed: Detailed) -> Exit {
    let stopped = |fate: &Fate| match fate {
        Fate::Held(_) | Fate::Refused(_) => true,
        Fate::Edited | Fate::AtStart => false,
    };
    let held = work.steps.iter().any(|step| stopped(&step.fate));
    match (held, work.change.is_some(), judged.conclusion()) {
        (true, _, _) => Exit::Partial,
        (false, true, _) if detailed == Detailed::Yes => Exit::Pending,
        (false, true, _) | (false, false, Conclusion::Sound) => Exit::Done,
        (false, false, Conclusion::Cause | Conclusion::Undecided) => Exit::Partial,
    }
}

fn yes(question: &str) -> Result<bool, CliError> {
    if !std::io::stdin().is_terminal() {
        return Err(CliError::new("nobody is there to be asked")
            .hint("say --auto-approve, and --allow offline-repair where a disk is changed"));
    }
    out::prompt(&format!("{question} Only `yes` is a yes: "));
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim() == "yes")
}
