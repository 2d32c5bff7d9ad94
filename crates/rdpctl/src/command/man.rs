//! `rdpctl man`: the manual pages, made from the same words as `--help`.

use std::path::PathBuf;

use clap_mangen::Man;

use crate::error::CliError;
use crate::exit::Exit;
use crate::out;

/// Arguments of `man`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  rdpctl man | man -l -\n  rdpctl man state list | man -l -\n  rdpctl man --dir ~/.local/share/man/man1"
)]
pub(crate) struct Args {
    /// The page of this command [default: the page of rdpctl itself]
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
    /// Write all pages into this folder instead
    #[arg(long, value_name = "FOLDER", conflicts_with = "command")]
    dir: Option<PathBuf>,
}

/// Runs `man`.
pub(crate) fn run(args: &Args, mut cli: clap::Command) -> Result<Exit, CliError> {
    if let Some(folder) = &args.dir {
        std::fs::create_dir_all(folder)
            .and_then(|()| clap_mangen::generate_to(cli, folder))
            .map_err(|error| {
                CliError::new(format!("cannot write pages into {}", folder.display())).why(error)
            })?;
        return Ok(Exit::Done);
    }
    cli.build();
    let mut page = cli;
    for name in &args.command {
        page = page.find_subcommand(name).cloned().ok_or_else(|| {
            CliError::new(format!("there is no command `{}`", args.command.join(" ")))
                .hint("`rdpctl --help` lists the commands")
        })?;
    }
    let mut text = Vec::new();
    Man::new(page).render(&mut text)?;
    out::out(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}
