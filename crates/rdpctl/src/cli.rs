//! The commands by name, the help that teaches them, and which of them runs.

use clap::{CommandFactory, Parser, Subcommand};
use rdpctl_term::{When, Wishes};

use crate::ci::Wish;
use crate::command;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out::Hush;

/// Options that every command has stand behind its own.
const EVERYWHERE: &str = "Options of every command";

/// Keeps Windows VMs reachable over RDP: declare the state, see the plan, apply it, have it proved from outside.
#[derive(Parser)]
#[command(
    name = "rdpctl",
    version,
    disable_version_flag = false,
    after_help = "Exit codes: 0 done or nothing to do, 1 error, 2 changes or drift pending, or a cause found (drift; doctor; plan --detailed-exitcode), 3 finished with held, unknown or failed parts, 130 interrupted.\n\nStart here, without any cloud account:\n  rdpctl plan  --sim examples/quickstart/world.toml examples/quickstart\n  rdpctl apply --sim examples/quickstart/world.toml examples/quickstart"
)]
pub(crate) struct Cli {
    /// Write logs to standard error: a level (info, debug), or a filter (`rdpctl_providers=debug`)
    #[arg(long, global = true, value_name = "FILTER", env = "RDPCTL_LOG", hide_env_values = true, help_heading = EVERYWHERE)]
    pub(crate) log: Option<String>,
    /// The form of those logs: lines for people, or a JSON object a line with the ids of run, instance and step
    #[arg(long, global = true, value_name = "FORM", value_enum, env = "RDPCTL_LOG_FORMAT", hide_env_values = true, default_value_t = LogForm::Text, hide_default_value = true, help_heading = EVERYWHERE)]
    pub(crate) log_format: LogForm,
    #[command(flatten)]
    pub(crate) look: Look,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Forms of logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogForm {
    /// Lines for people
    Text,
    /// A JSON object a line
    Json,
}

/// How what is said looks.
#[derive(clap::Args)]
pub(crate) struct Look {
    /// When to use colours [default: on terminals, as `NO_COLOR`, `CLICOLOR_FORCE`, `CLICOLOR` and `TERM` allow]
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = Color::Auto, hide_default_value = true, help_heading = EVERYWHERE)]
    color: Color,
    /// Use no character of our own beyond ASCII (also by `RDPCTL_ASCII=1`, or by the locale)
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    ascii: bool,
    /// Tell no progress and no next command; results, errors and questions stay
    #[arg(long, short, global = true, help_heading = EVERYWHERE)]
    quiet: bool,
    /// Tell every request and look with its time; twice: what was sent and what came back, too, without what is secret
    #[arg(long, short, global = true, action = clap::ArgAction::Count, help_heading = EVERYWHERE)]
    pub(crate) verbose: u8,
    /// The build server whose log this is: plan and progress fold there, failures stand out
    #[arg(long, global = true, value_name = "SERVER", value_enum, default_value_t = Wish::Auto, hide_default_value = true, help_heading = EVERYWHERE)]
    pub(crate) ci: Wish,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Color {
    /// On terminals
    Auto,
    /// Into files and pipes, too
    Always,
    /// Nowhere
    Never,
}

impl Look {
    pub(crate) const fn wishes(&self) -> Wishes {
        let color = match self.color {
            Color::Auto => When::Auto,
            Color::Always => When::Always,
            Color::Never => When::Never,
        };
        Wishes { color, ascii: self.ascii }
    }

    pub(crate) const fn hush(&self) -> Hush {
        if self.quiet { Hush::Quiet } else { Hush::Tell }
    }
}

/// What can be done.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Write a first declaration, by three questions
    Init(command::init::Args),
    /// Show what differs, and what would be done, in which order
    Plan(command::plan::Args),
    /// Do it, safely, and verify it
    Apply(command::apply::Args),
    /// Put back what a run replaced, as far as there is a way back
    Undo(command::undo::Args),
    /// Report what differs; change nothing (exit code 2 when something does)
    Drift(command::drift::Args),
    /// Look again and again, and tell what turns: the continuous loop
    Run(command::run::Args),
    /// Have the loop change nothing at an instance or a fleet, for a while or until it is resumed
    Pause(command::steer::PauseArgs),
    /// Have the loop go on as before a pause
    Resume(command::steer::TargetArgs),
    /// Have the loop look at an instance or a fleet now, and try again what it left alone
    Now(command::steer::TargetArgs),
    /// Since when something is as it is, what it was before, and whether rdpctl did it
    Blame(command::blame::Args),
    /// Why can't I connect? The founding documents' decision trees, with evidence
    Doctor(command::doctor::Args),
    /// Show a plan file, what the state knows of an instance, or what a run did
    Show(command::show::Args),
    /// What a machine's serial console says, and does, without anybody logging on
    Console(command::console::Args),
    /// Draw the plan as a graph
    Graph(command::graph::Args),
    /// A facet's manual: what it reads and sets, risk, undo, vendor page, errata
    Explain(command::explain::Args),
    /// The least cloud policy that this declaration needs
    Permissions(command::permissions::Args),
    /// Write declarations for what exists, whose plan is empty
    Import(command::import::Args),
    /// Check declarations without looking at anything else
    Validate(command::validate::Args),
    /// What a declaration asks for that its author may not give himself; grants it after a yes
    Trust(command::trust::Args),
    /// Bring declarations into the usual form
    Fmt(command::fmt::Args),
    /// Print the JSON Schema of declarations
    Schema(command::schema::Args),
    /// Look into the state, and mend it
    State(command::state::Args),
    /// Shake hands with RDP ports from here; log on to nothing
    Probe(command::probe::Args),
    /// Serve a simulated world on loopback
    Sim(command::sim::Args),
    /// Print a completion script for a shell
    Completion(command::completion::Args),
    /// Print the manual page
    Man(command::man::Args),
    /// Print the version
    Version(command::version::Args),
}

/// Runs the command that was given.
pub(crate) fn run(command: Command) -> Result<Exit, CliError> {
    match command {
        Command::Plan(args) if args.in_hand.which.disk.is_some() => command::disk::plan(&args),
        Command::Init(args) => command::init::run(&args),
        Command::Plan(args) => command::plan::run(args),
        Command::Apply(args) if args.in_hand.which.disk.is_some() => command::disk::apply(&args),
        Command::Apply(args) => command::apply::run(args),
        Command::Undo(args) => command::undo::run(args),
        Command::Drift(args) => command::drift::run(args),
        Command::Run(args) => command::run::run(args),
        Command::Pause(args) => command::steer::pause(args),
        Command::Resume(args) => command::steer::resume(args),
        Command::Now(args) => command::steer::now(args),
        Command::Blame(args) => command::blame::run(args),
        Command::Doctor(args) => command::doctor::run(args),
        Command::Show(args) => command::show::run(args),
        Command::Console(args) => command::console::run(args),
        Command::Graph(args) => command::graph::run(args),
        Command::Explain(args) => command::explain::run(&args),
        Command::Permissions(args) => command::permissions::run(args),
        Command::Import(args) => command::import::run(args),
        Command::Validate(args) => command::validate::run(&args),
        Command::Trust(args) => command::trust::run(args),
        Command::Fmt(args) => command::fmt::run(&args),
        Command::Schema(args) => command::schema::run(&args),
        Command::State(args) => command::state::run(args),
        Command::Probe(args) => command::probe::run(args),
        Command::Sim(args) => command::sim::run(args),
        Command::Completion(args) => command::completion::run(&args),
        Command::Man(args) => command::man::run(&args, Cli::command()),
        Command::Version(args) => command::version::run(&args),
    }
}
