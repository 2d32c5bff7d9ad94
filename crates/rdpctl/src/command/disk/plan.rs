//! `plan --disk`: what would be done.

use rdpctl_disk::blocks::Open;
use rdpctl_disk::windows::Disk;

use super::common::{Detailed, Form, exit_of, looked, named, open, said};
use crate::command::plan::{Args, Format};
use crate::disk::prepare;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out;
use crate::report::{doctor_disk, plan_disk};

/// Runs `plan --disk`.
pub(crate) fn plan(args: &Args) -> Result<Exit, CliError> {
    let asked = &args.in_hand;
    let path = named(asked)?;
    let form = match args.format {
        Format::Text => Form::Text,
        Format::Json => Form::Json,
        Format::Markdown | Format::Dot | Format::Svg | Format::Mermaid => {
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
    match form {
        Form::Text => out::page(&plan_disk::page(&judged, &work))?,
        Form::Json => out::out(&doctor_disk::pretty(&plan_disk::value(&judged, &work))?)?,
    }
    Ok(exit_of(&judged, &work, detailed))
}
