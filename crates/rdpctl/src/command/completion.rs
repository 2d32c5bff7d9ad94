//! `rdpctl completion`: a script that completes commands and options in a shell.

use clap_complete::Shell;

use crate::error::CliError;
use crate::exit::Exit;
use crate::out;

/// Arguments of `completion`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  bash        rdpctl completion bash > ~/.local/share/bash-completion/completions/rdpctl\n  zsh         rdpctl completion zsh > \"${fpath[1]}/_rdpctl\"\n  fish        rdpctl completion fish > ~/.config/fish/completions/rdpctl.fish\n  PowerShell  rdpctl completion powershell >> $PROFILE"
)]
pub(crate) struct Args {
    /// Which shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// Runs `completion`.
pub(crate) fn run(args: &Args, mut cli: clap::Command) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut cli, "rdpctl", &mut script);
    out::out(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
