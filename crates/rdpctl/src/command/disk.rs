//! `plan`, `apply` and `undo` with `--disk`: what differs on a disk in the hand, changed where it lies.
//!
//! The change is made whole before anything is written, and kept in the user's folder; then the disk may lose power at
//! any instant, and the next `apply` finishes what was begun. Nothing is done without a yes, or `--allow
//! offline-repair` beside `--auto-approve`.

use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rdpctl_disk::blocks::{FileBlocks, Open};
use rdpctl_disk::change::{Change, Standing};
use rdpctl_disk::table::Table;
use rdpctl_disk::windows::Disk;
use rdpctl_disk::{Error, Refusal};
use rdpctl_model::step::{Deed, Guarded};
use rdpctl_model::{Action, FacetId, GuestAction};
use rdpctl_providers::offline::{Done, Repair};

use crate::disk::{Asked, Conclusion, Journal, Judged, Opened, judge_open};
use crate::error::CliError;
use crate::exit::Exit;
use crate::out::{self, safe};
use crate::report::{doctor_disk, words};

/// One thing that would be done.
struct Planned {
    facet: FacetId,
    what: String,
    done: Result<Done, Error>,
}

/// Runs `plan --disk`.
pub(crate) fn plan(args: &super::plan::Args) -> Result<Exit, CliError> {
    let asked = &args.in_hand;
    let path = named(asked)?;
    if args.format != super::plan::Format::Text || args.out.is_some() {
        return Err(text_alone());
    }
    let detailed = if args.detailed_exitcode { Detailed::Yes } else { Detailed::No };
    let blocks = open(path, Open::Look)?;
    let judged = match looked(&blocks, path, asked)? {
        Ok(judged) => judged,
        Err(exit) => return Ok(exit),
    };
    let disk = Disk::open(&*blocks).map_err(said)?;
    let (planned, change) = prepare(&disk, &judged)?;
    out::out(&told(&judged, &planned, change.as_ref()))?;
    Ok(exit_of(&judged, &planned, detailed))
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
        .disk
        .as_deref()
        .ok_or_else(|| CliError::new("no disk was named").hint("name one with --disk"))
}

fn text_alone() -> CliError {
    CliError::new("`plan` and `apply` of a disk report as text, and make no plan file")
        .hint("leave --format and --out away; `doctor --disk --format json` is for machines")
}

/// Runs `apply --disk`.
pub(crate) fn apply(args: &super::apply::Args) -> Result<Exit, CliError> {
    let asked = &args.in_hand;
    let path = named(asked)?;
    if args.format != super::apply::Format::Text {
        return Err(text_alone());
    }
    let mut blocks = open(path, Open::Change)?;
    let identity = Table::read(&*blocks).map_err(said)?.identity;
    let journal = Journal::of(identity, args.place.state.as_deref().map(Path::new))?;
    finish_what_was_begun(&mut blocks, &journal)?;
    let judged = match looked(&blocks, path, asked)? {
        Ok(judged) => judged,
        Err(exit) => return Ok(exit),
    };
    let disk = Disk::open(&*blocks).map_err(said)?;
    let (planned, change) = prepare(&disk, &judged)?;
    drop(disk);
    out::out(&told(&judged, &planned, change.as_ref()))?;
    let Some(change) = change.filter(|change| !change.is_empty()) else {
        return Ok(exit_of(&judged, &planned, Detailed::No));
    };
    if !approved(args)? {
        return Ok(Exit::Partial);
    }
    let run = Timestamp::now().strftime("%Y%m%dT%H%M%S%.6fZ").to_string().replace('.', "-");
    journal.keep(&run, &change)?;
    change.apply(&mut *blocks).map_err(said)?;
    out::out(&format!("\nRun {run}: {} bytes written and read back.\n", change.bytes()))?;
    let after = match looked(&blocks, path, asked)? {
        Ok(judged) => judged,
        Err(exit) => return Ok(exit),
    };
    out::out(&format!("\n{}", doctor_disk::text(&after)))?;
    out::out(&format!(
        "Take it back with `rdpctl undo {run} --disk {}`, as long as Windows was not started.\n",
        safe(&path.display().to_string())
    ))?;
    Ok(match after.conclusion() {
        Conclusion::Sound => Exit::Done,
        Conclusion::Cause | Conclusion::Undecided => Exit::Partial,
    })
}

/// A run that was cut off left its journal, and a disk in between.
fn finish_what_was_begun(blocks: &mut FileBlocks, journal: &Journal) -> Result<(), CliError> {
    let Some(last) = journal.kept()?.pop() else { return Ok(()) };
    let standing = match last.change.standing(blocks) {
        Ok(standing) => standing,
        // An image that grew since is no longer the one that was changed.
        Err(error) if error.refusal() == Some(&Refusal::OtherDisk) => return Ok(()),
        Err(error) => return Err(said(error)),
    };
    if standing == Standing::Between {
        last.change.finish(blocks).map_err(said)?;
        out::err(&format!("run {} was cut off in the middle; it is finished now", last.run));
    }
    Ok(())
}

/// Arguments of `undo`.
#[derive(clap::Args)]
#[command(
    after_help = "What `apply --disk` changed is put back, to the byte. A disk on which somebody has written there since is refused:\nWindows was started, and what it wrote would be lost.\n\nExample:\n  rdpctl undo 20261126T101500-123456Z --disk server.raw"
)]
pub(crate) struct UndoArgs {
    /// The run, as `apply --disk` named it
    #[arg(value_name = "RUN")]
    run: String,
    /// The disk that it changed
    #[arg(long, value_name = "FILE|DEVICE")]
    disk: PathBuf,
    /// Where its journal was kept, if not in your own folder
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
    /// Do not ask
    #[arg(long)]
    auto_approve: bool,
}

/// Runs `undo`.
pub(crate) fn undo(args: UndoArgs) -> Result<Exit, CliError> {
    let mut blocks = open(&args.disk, Open::Change)?;
    let identity = Table::read(&*blocks).map_err(said)?.identity;
    let journal = Journal::of(identity, args.state.as_deref())?;
    let kept = journal.kept()?;
    let Some(found) = kept.iter().find(|kept| kept.run == args.run) else {
        let error = CliError::new(format!("no run {} of this disk is known", safe(&args.run)));
        let names: Vec<&str> = kept.iter().map(|kept| kept.run.as_str()).collect();
        return Err(error.hint(if names.is_empty() {
            "its journal lies in the folder of whoever applied it: name that with --state FOLDER"
                .to_owned()
        } else {
            format!("known are {}", names.join(", "))
        }));
    };
    if found.change.standing(&*blocks).map_err(said)? == Standing::Before {
        out::out("Nothing of this run is on the disk.\n")?;
        return Ok(Exit::Done);
    }
    let question =
        format!("Put back {} bytes as they were before run {}?", found.change.bytes(), found.run);
    if !args.auto_approve && !yes(&question)? {
        return Ok(Exit::Partial);
    }
    found.change.put_back(&mut *blocks).map_err(said)?;
    out::out(&format!("Run {} is undone.\n", found.run))?;
    Ok(Exit::Done)
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
) -> Result<Result<Judged, Exit>, CliError> {
    match judge_open(blocks, path, asked) {
        Ok(judged) => Ok(Ok(judged)),
        Err(error) => {
            out::out(&doctor_disk::refused(&path.display().to_string(), &error))?;
            Ok(Err(Exit::Partial))
        }
    }
}

/// All that the facets want, as one change. What cannot be done this way is left out and told.
fn prepare(disk: &Disk<'_>, judged: &Judged) -> Result<(Vec<Planned>, Option<Change>), CliError> {
    let steps = FacetId::ALL
        .into_iter()
        .filter_map(|facet| judged.facets[facet].as_ref())
        .flat_map(|assessed| &assessed.steps);
    let mut wanted: Vec<(FacetId, GuestAction)> = Vec::new();
    for step in steps {
        let deed = step.deed(&judged.binds).map_err(|unbound| {
            CliError::new(unbound.to_string()).hint("`doctor --disk` says what the disk shows")
        })?;
        match deed {
            Deed::Guest { action, .. } => wanted.push((step.facet, action)),
            Deed::Cloud(_) | Deed::Look | Deed::Proof => {}
        }
    }
    if wanted.is_empty() {
        return Ok((Vec::new(), None));
    }
    let words = |action: &GuestAction| words::action(&Action::Guest(action.clone()));
    let mut repair = match Repair::open(disk, &judged.installation, now()) {
        Ok(repair) => repair,
        Err(Error::Refused(refusal)) => {
            let refused = |(facet, action): &(FacetId, GuestAction)| Planned {
                facet: *facet,
                what: words(action),
                done: Err((*refusal).clone().into()),
            };
            return Ok((wanted.iter().map(refused).collect(), None));
        }
        Err(error) => return Err(said(error)),
    };
    let mut planned = Vec::new();
    for (facet, action) in &wanted {
        let done = repair.take(action);
        if let Err(Error::Io { .. }) = &done {
            return Err(done.err().map_or_else(|| CliError::new("the disk cannot be read"), said));
        }
        planned.push(Planned { facet: *facet, what: words(action), done });
    }
    // An edit that stopped in the middle leaves its hive in pieces: nothing of it may reach the disk.
    if planned.iter().any(|planned| planned.done.is_err()) {
        return Ok((planned, None));
    }
    Ok((planned, Some(repair.change().map_err(said)?)))
}

/// In 100 ns since 1601, as Windows counts.
fn now() -> u64 {
    const FROM_1601: i64 = 11_644_473_600;
    let seconds = Timestamp::now().as_second().saturating_add(FROM_1601);
    u64::try_from(seconds).unwrap_or(0).saturating_mul(10_000_000)
}

fn told(judged: &Judged, planned: &[Planned], change: Option<&Change>) -> String {
    let mut text = doctor_disk::text(judged);
    if planned.is_empty() {
        text.push_str("\nNo changes.\n");
        return text;
    }
    text.push('\n');
    let mut number = 0;
    for one in planned {
        let (mark, note) = match &one.done {
            Ok(Done::Edited) => {
                number += 1;
                (format!("{number:4}."), String::new())
            }
            Ok(Done::AtStart) => (
                "    -".to_owned(),
                "  (nothing to do: Windows is not running, and starts afresh)".to_owned(),
            ),
            Err(error) => ("    !".to_owned(), format!("  (not done: {error})")),
        };
        text.push_str(&format!("{mark} {}: {}{}\n", one.facet, safe(&one.what), safe(&note)));
    }
    if let Some(change) = change {
        text.push_str(&format!(
            "\nPlan: {}, {} bytes of the disk; asks for offline-repair.\n",
            words::count(number, "change"),
            change.bytes()
        ));
        return text;
    }
    text.push_str("\nPlan: nothing is done to this disk.\n");
    let refusals = planned.iter().filter_map(|one| one.done.as_ref().err()?.refusal());
    for way_out in refusals.take(1).map(Refusal::way_out) {
        text.push_str(&format!("  {way_out}\n"));
    }
    text
}

fn exit_of(judged: &Judged, planned: &[Planned], detailed: Detailed) -> Exit {
    let held = planned.iter().any(|one| one.done.is_err());
    let any = planned.iter().any(|one| matches!(one.done, Ok(Done::Edited)));
    match (held, any, judged.conclusion()) {
        (true, _, _) => Exit::Partial,
        (false, true, _) if detailed == Detailed::Yes => Exit::Pending,
        (false, true, _) | (false, false, Conclusion::Sound) => Exit::Done,
        (false, false, Conclusion::Cause | Conclusion::Undecided) => Exit::Partial,
    }
}

/// The guard that every repair of a disk asks for.
fn approved(args: &super::apply::Args) -> Result<bool, CliError> {
    if !args.auto_approve {
        return yes("Change this disk (guard offline-repair)?");
    }
    let allowed = args.scope.allow.contains(&Guarded::OfflineRepair);
    if !allowed {
        out::err("held: the guard offline-repair asks; say --allow offline-repair");
    }
    Ok(allowed)
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
