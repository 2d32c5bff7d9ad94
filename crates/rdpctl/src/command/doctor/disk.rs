//! `rdpctl doctor --disk`: a Windows that does not run, judged by its disk alone.

use std::path::Path;

use super::Format;
use crate::disk::{Asked, Conclusion, Judged, judge};
use crate::error::CliError;
use crate::exit::Exit;
use crate::out::{self, safe};
use crate::report::doctor_disk;

/// Runs `doctor --disk`.
pub(super) fn run(path: &Path, asked: &Asked, format: Format) -> Result<Exit, CliError> {
    let name = path.display().to_string();
    tell(&name, judge(path, asked), format)
}

/// Says what a disk says, or why it says nothing.
pub(super) fn tell(
    name: &str,
    judged: Result<Judged, rdpctl_disk::Error>,
    format: Format,
) -> Result<Exit, CliError> {
    let judged = match judged {
        Ok(judged) => judged,
        Err(error) => return refuse(name, &error, format),
    };
    match format {
        Format::Text => out::page(&doctor_disk::page(&judged))?,
        Format::Json => out::out(&doctor_disk::json(&judged)?)?,
        Format::Html | Format::Markdown => {
            return Err(CliError::new("`doctor --disk` reports as text or json")
                .hint("leave --format out, or say --format json"));
        }
    }
    Ok(match judged.conclusion() {
        Conclusion::Sound => Exit::Done,
        Conclusion::Cause => Exit::Pending,
        Conclusion::Undecided => Exit::Partial,
    })
}

/// A disk that cannot be opened is an error; one that is there and cannot be judged is an answer.
fn refuse(name: &str, error: &rdpctl_disk::Error, format: Format) -> Result<Exit, CliError> {
    if let rdpctl_disk::Error::Io { access: rdpctl_disk::Access::Open, source, .. } = error {
        return Err(CliError::new(format!("cannot open {}", safe(name)))
            .why(source)
            .hint("name an image file or a block device that you may read"));
    }
    match format {
        Format::Json => out::out(&doctor_disk::refused_json(name, error)?)?,
        Format::Text | Format::Html | Format::Markdown => {
            out::page(&doctor_disk::refused(name, error))?;
        }
    }
    Ok(Exit::Partial)
}
