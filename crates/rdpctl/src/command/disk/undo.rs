//! `undo --disk`: what a run changed is put back, to the byte.

use std::path::PathBuf;

use rdpctl_disk::blocks::Open;
use rdpctl_disk::change::Standing;
use rdpctl_disk::table::Table;

use super::common::{open, said, yes};
use crate::approve::Asks;
use crate::disk::Journal;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out::{self, safe};

/// A run of a disk that is to be undone.
pub(crate) struct Undoing {
    /// The run, as `apply --disk` named it.
    pub(crate) run: String,
    /// The disk that it changed.
    pub(crate) disk: PathBuf,
    /// Where its journal was kept, if not in the user's own folder.
    pub(crate) state: Option<PathBuf>,
    /// Who is asked.
    pub(crate) asks: Asks,
}

/// Runs `undo`.
pub(crate) fn undo(args: Undoing) -> Result<Exit, CliError> {
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
    if args.asks == Asks::Terminal && !yes(&question)? {
        return Ok(Exit::Partial);
    }
    found.change.put_back(&mut *blocks).map_err(said)?;
    out::out(&format!("Run {} is undone.\n", found.run))?;
    Ok(Exit::Done)
}
