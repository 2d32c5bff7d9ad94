//! What all commands about a disk have in common.

use std::io::{BufRead, IsTerminal};
use std::path::Path;

use rdpctl_disk::Error;
use rdpctl_disk::blocks::{FileBlocks, Open};
use rdpctl_engine::run::Stops;
use rdpctl_term::{Ink, Page, Words, grid};

use crate::asked::{keys, line};
use crate::disk::{Asked, Conclusion, Fate, Judged, Opened, Work, judge_open};
use crate::error::CliError;
use crate::exit::Exit;
use crate::out::{self, safe};
use crate::report::doctor_disk;

/// In which form a report is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Whether `plan` tells changes by its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detailed {
    /// 2 when something would be done.
    Yes,
    /// 0 as well.
    No,
}

/// The disk that was named.
pub(super) fn named(asked: &Asked) -> Result<&Path, CliError> {
    asked
        .which
        .disk
        .as_deref()
        .ok_or_else(|| CliError::new("no disk was named").hint("name one with --disk"))
}

/// Opens a disk, or says what to name instead.
pub(super) fn open(path: &Path, purpose: Open) -> Result<Opened, CliError> {
    crate::disk::open(path, purpose).map_err(|error| match error {
        Error::Io { source, .. } => {
            CliError::new(format!("cannot open {}: {source}", safe(&path.display().to_string())))
                .hint("name an image file or a block device that you may read and write")
        }
        Error::Damaged(_) | Error::Refused(_) => said(error),
    })
}

/// A failure with its way out.
pub(super) fn said(error: Error) -> CliError {
    let said = CliError::from_error(&error);
    match error.way_out() {
        Some(way_out) => said.hint(way_out),
        None => said,
    }
}

/// The judgement, or how to end where there is none.
pub(super) fn looked(
    blocks: &FileBlocks,
    path: &Path,
    asked: &Asked,
    form: Form,
) -> Result<Result<Judged, Exit>, CliError> {
    match judge_open(blocks, &path.display().to_string(), asked) {
        Ok(judged) => Ok(Ok(judged)),
        Err(error) => {
            let name = path.display().to_string();
            match form {
                Form::Text => out::page(&doctor_disk::refused(&name, &error))?,
                Form::Json => out::out(&doctor_disk::refused_json(&name, &error)?)?,
            }
            Ok(Err(Exit::Partial))
        }
    }
}

/// How a plan ends.
pub(super) fn exit_of(judged: &Judged, work: &Work, detailed: Detailed) -> Exit {
    let stopped = |fate: &Fate| match fate {
        Fate::Held(_) | Fate::Refused { .. } => true,
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

/// Asks somebody at a terminal. What is no answer is asked again; the end of input is a no.
pub(crate) fn yes(question: &str) -> Result<bool, CliError> {
    pose(question)?;
    loop {
        out::prompt(PROMPT);
        let mut line = String::new();
        if std::io::stdin().lock().read_line(&mut line)? == 0 {
            out::err("");
            return Ok(false);
        }
        if let Some(answer) = answer(&line) {
            return Ok(answer);
        }
    }
}

/// The same where Ctrl-C is heard by somebody else: nothing where it was stopped.
pub(crate) async fn yes_unless_stopped(
    prompt: &str,
    question: &str,
    stops: &Stops,
) -> Result<Option<bool>, CliError> {
    pose(question)?;
    loop {
        out::prompt(prompt);
        let line = tokio::select! {
            biased;
            () = stops.gently.cancelled() => return Ok(None),
            line = line() => line,
        };
        let Some(line) = line else { return Ok(Some(false)) };
        if let Some(answer) = answer(&line) {
            return Ok(Some(answer));
        }
    }
}

/// How the line begins on which one answers about a disk.
pub(crate) const PROMPT: &str = "disk> ";

fn pose(question: &str) -> Result<(), CliError> {
    if !std::io::stdin().is_terminal() {
        return Err(CliError::new("nobody is there to be asked")
            .so("nothing was done")
            .hint("say --auto-approve, and --allow offline-repair where a disk is changed"));
    }
    let mut page = Page::new();
    page.push(grid::plain(Words::new().said_in(Ink::Strong, question)));
    keys(&mut page, &[("y", "yes"), ("n", "do nothing")]);
    out::err("");
    out::tell(&page);
    Ok(())
}

/// What a line answers; nothing where it is no answer, which is said.
fn answer(line: &str) -> Option<bool> {
    match line.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Some(true),
        "n" | "no" | "q" | "quit" => Some(false),
        _ => {
            out::err("    Please answer y or n. Nothing was decided.");
            None
        }
    }
}
