//! `show --disk`: what a disk says, without any judgement.

use std::path::Path;

use rdpctl_disk::blocks::Open;

use super::common::{Form, looked, open};
use crate::disk::{Asked, Which};
use crate::error::CliError;
use crate::exit::Exit;
use crate::out;
use crate::report::doctor_disk;

/// Runs `show --disk`: all answers of the control set that the next start uses, as text or JSON.
pub(crate) fn show(path: &Path, which: Which, form: Form) -> Result<Exit, CliError> {
    let asked = Asked::of(which);
    let blocks = open(path, Open::Look)?;
    let judged = match looked(&blocks, path, &asked, form)? {
        Ok(judged) => judged,
        Err(exit) => return Ok(exit),
    };
    match form {
        Form::Text => {
            let mut page = doctor_disk::heading(&judged);
            page.blank();
            page.append(crate::report::guest_text::page(&judged.seen.guest));
            out::page(&page)?;
        }
        Form::Json => out::out(&doctor_disk::pretty(&doctor_disk::shown(&judged)?)?)?,
    }
    Ok(Exit::Done)
}
