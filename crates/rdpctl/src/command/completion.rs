//! `rdpctl completion`: a script by which a shell asks what may come next, names of instances included.

use clap_complete::env::Shells;

use crate::error::CliError;
use crate::exit::Exit;
use crate::out;

/// Arguments of `completion`.
#[derive(clap::Args)]
#[command(
    after_help = "Commands and options are completed, and instances, facets, guards and targets by the declaration in the folder (or on the line) and by what the state remembers.\n\nExamples:\n  bash        rdpctl completion bash > ~/.local/share/bash-completion/completions/rdpctl\n  zsh         rdpctl completion zsh > \"${fpath[1]}/_rdpctl\"\n  fish        rdpctl completion fish > ~/.config/fish/completions/rdpctl.fish\n  PowerShell  rdpctl completion powershell >> $PROFILE"
)]
pub(crate) struct Args {
    /// Which shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// Shells that can be completed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Shell {
    /// Bash
    Bash,
    /// Elvish
    Elvish,
    /// Fish
    Fish,
    /// PowerShell
    Powershell,
    /// Z shell
    Zsh,
}

impl Shell {
    const fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Elvish => "elvish",
            Self::Fish => "fish",
            Self::Powershell => "powershell",
            Self::Zsh => "zsh",
        }
    }
}

/// Runs `completion`.
pub(crate) fn run(args: &Args) -> Result<Exit, CliError> {
    let name = args.shell.name();
    let shells = Shells::builtins();
    let completer = shells
        .completer(name)
        .ok_or_else(|| CliError::new(format!("there is no completion for {name}")))?;
    let mut script = Vec::new();
    completer.write_registration("COMPLETE", "rdpctl", "rdpctl", "rdpctl", &mut script)?;
    out::out(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
