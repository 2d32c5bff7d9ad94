//! `rdpctl fmt`: brings declarations into the usual form.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rdpctl_config::{Source, format, gather, read_one};

use crate::error::CliError;
use crate::exit::Exit;
use crate::out;

/// Arguments of `fmt`.
#[derive(clap::Args)]
#[command(
    after_help = "Only the layout changes: spacing, aligned `=`, blank lines. Comments, order and values stay as they are. The names of files that were changed (with --check: would be) are printed.\n\nExit codes: 0 done, or with --check nothing to do; 1 a file could not be read, or with --check would change.\n\nExamples:\n  rdpctl fmt\n  rdpctl fmt --check examples/\n  rdpctl fmt - < fleet.toml"
)]
pub(crate) struct Args {
    /// TOML files or folders; - reads standard input and writes the result to standard output
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// Change nothing; exit with 1 if something would change
    #[arg(long)]
    check: bool,
}

/// Runs `fmt`.
pub(crate) fn run(args: &Args) -> Result<Exit, CliError> {
    if args.paths == [Path::new("-")] {
        return filter(args.check);
    }
    let mut changed = String::new();
    let mut failed = false;
    for source in gather(&args.paths)? {
        match format(&source) {
            Ok(text) if text == source.text() => {}
            Ok(text) => {
                if !args.check {
                    replace(source.path(), &text)?;
                }
                changed.push_str(&out::safe(&source.path().display().to_string()));
                changed.push('\n');
            }
            // The other files are brought into form all the same.
            Err(diagnostics) => {
                failed = true;
                out::err(diagnostics.render(out::paint()).trim_end());
            }
        }
    }
    let pending = args.check && !changed.is_empty();
    out::out(&changed)?;
    Ok(if failed || pending { Exit::Error } else { Exit::Done })
}

fn filter(check: bool) -> Result<Exit, CliError> {
    let source: Source = read_one(Path::new("<stdin>"), io::stdin().lock())?;
    let text = format(&source)?;
    if check {
        return Ok(if text == source.text() { Exit::Done } else { Exit::Error });
    }
    out::out(&text)?;
    Ok(Exit::Done)
}

/// Replaces a file as a whole or not at all, also when the disk is full or the power goes.
fn replace(path: &Path, text: &str) -> Result<(), CliError> {
    let failed = |error: io::Error| {
        CliError::new(format!("cannot write {}", path.display()))
            .why(error)
            .hint("the file is as it was")
    };
    // A link stays a link: what it leads to is replaced.
    let path = fs::canonicalize(path).map_err(failed)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let draft = folder.join(format!(".{name}.{}.rdpctl", std::process::id()));
    let written = fs::File::create_new(&draft)
        .and_then(|mut file| {
            file.set_permissions(fs::metadata(&path)?.permissions())?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&draft, &path));
    written.map_err(|error| {
        // Removing the draft is a courtesy; the error that matters is the one above.
        let _ = fs::remove_file(&draft);
        failed(error)
    })
}
