//! `apply --disk`: the change is kept, done, read back, and judged again.

use std::path::Path;

use jiff::Timestamp;
use rdpctl_disk::Refusal;
use rdpctl_disk::blocks::{FileBlocks, Open};
use rdpctl_disk::change::Standing;
use rdpctl_disk::table::Table;
use rdpctl_disk::windows::Disk;
use rdpctl_model::step::Guarded;

use super::common::{Detailed, Form, exit_of, looked, named, open, said, yes};
use crate::command::apply::{Args, Format};
use crate::disk::{Conclusion, Journal, prepare};
use crate::error::CliError;
use crate::exit::Exit;
use crate::out;
use crate::report::next::{Next, word};
use crate::report::{doctor_disk, plan_disk};

/// Runs `apply --disk`.
pub(crate) fn apply(args: &Args) -> Result<Exit, CliError> {
    let asked = &args.in_hand;
    let path = named(asked)?;
    let form = match args.format {
        Format::Text => Form::Text,
        Format::Json => Form::Json,
    };
    let mut blocks = open(path, Open::Change)?;
    let identity = Table::read(&*blocks).map_err(said)?.identity;
    let journal = Journal::of(identity, args.place.state.as_deref().map(Path::new))?;
    finish_what_was_begun(&mut blocks, &journal)?;
    let judged = match looked(&blocks, path, asked, form)? {
        Ok(judged) => judged,
        Err(exit) => return Ok(exit),
    };
    let disk = Disk::open(&*blocks).map_err(said)?;
    let work = prepare(&disk, &judged, &args.scope.allow)?;
    drop(disk);
    let mut report = plan_disk::value(&judged, &work);
    if form == Form::Text {
        out::page(&plan_disk::page(&judged, &work))?;
    }
    let nothing = work.change.is_none();
    if nothing || !approved(args)? {
        if form == Form::Json {
            out::out(&doctor_disk::pretty(&report)?)?;
        }
        return Ok(if nothing { exit_of(&judged, &work, Detailed::No) } else { Exit::Partial });
    }
    let Some(change) = &work.change else { return Ok(Exit::Done) };
    let run = Timestamp::now().strftime("%Y%m%dT%H%M%S%.6fZ").to_string().replace('.', "-");
    journal.keep(&run, change, &work.touched)?;
    change.apply(&mut *blocks).map_err(said)?;
    if form == Form::Text {
        out::out(&format!("\nRun {run}: {} bytes written and read back.\n", change.bytes()))?;
    }
    let after = match looked(&blocks, path, asked, form)? {
        Ok(judged) => judged,
        Err(exit) => return Ok(exit),
    };
    match form {
        Form::Text => {
            out::out("\n")?;
            out::page(&doctor_disk::page(&after))?;
            let mut next = Next::default();
            let disk = word(&path.display().to_string());
            next.push(
                &format!("undo {run} --disk {disk}"),
                "takes it back, as long as Windows was not started",
            );
            next.tell();
        }
        Form::Json => {
            report["run"] = run.into();
            report["after"] = doctor_disk::value(&after);
            out::out(&doctor_disk::pretty(&report)?)?;
        }
    }
    Ok(match (exit_of(&judged, &work, Detailed::No), after.conclusion()) {
        (Exit::Done, Conclusion::Sound) => Exit::Done,
        (_, Conclusion::Sound | Conclusion::Cause | Conclusion::Undecided) => Exit::Partial,
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

/// The guard that every repair of a disk asks for.
fn approved(args: &Args) -> Result<bool, CliError> {
    if !args.auto_approve {
        return yes("Change this disk (guard offline-repair)?");
    }
    let allowed = args.scope.allow.contains(&Guarded::OfflineRepair);
    if !allowed {
        out::err("held: the guard offline-repair asks; say --allow offline-repair");
    }
    Ok(allowed)
}
