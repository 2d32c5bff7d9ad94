//! The arguments, and the help that teaches them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::command;

/// Keeps Windows VMs reachable over RDP: declare the state, see the plan, apply it, have it proved from outside.
#[derive(Parser)]
#[command(
    name = "rdpctl",
    version,
    disable_version_flag = false,
    after_help = "Exit codes: 0 done or nothing to do, 1 error, 2 changes or drift pending, or a cause found (drift; doctor;\nplan --detailed-exitcode), 3 finished with held, unknown or failed parts, 130 interrupted.\n\nStart here, without any cloud account:\n  rdpctl plan  --sim examples/quickstart/world.toml examples/quickstart\n  rdpctl apply --sim examples/quickstart/world.toml examples/quickstart"
)]
pub(crate) struct Cli {
    /// Write logs to standard error: a level (info, debug), or a filter (`rdpctl_providers=debug`)
    #[arg(long, global = true, value_name = "FILTER", env = "RDPCTL_LOG", hide_env_values = true)]
    pub(crate) log: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What can be done.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show what differs, and what would be done, in which order
    Plan(command::plan::Args),
    /// Do it, safely, and verify it
    Apply(command::apply::Args),
    /// Report what differs; change nothing (exit code 2 when something does)
    Drift(command::drift::Args),
    /// Why can't I connect? The founding documents' decision trees, with evidence
    Doctor(command::doctor::Args),
    /// Show a plan file, or what the state knows of an instance
    Show(command::show::Args),
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
    Version,
}

/// Where declarations, state and the world are found.
#[derive(Args, Clone)]
pub(crate) struct Place {
    /// Declaration files or folders
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// Where the state is kept [default: .rdpctl/state.db beside the declaration]
    #[arg(long, value_name = "URL")]
    pub(crate) state: Option<String>,
    /// Work on a simulated world instead of a cloud
    #[arg(long, value_name = "WORLD.toml")]
    pub(crate) sim: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) trusted: Trusted,
}

/// What a declaration may have.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Trusted {
    /// What somebody granted to declarations [default: rdpctl/grants.toml in the user's configuration folder]
    #[arg(long, value_name = "FILE", env = "RDPCTL_GRANTS", hide_env_values = true)]
    pub(crate) grants: Option<PathBuf>,
    /// The declaration is a stranger's: read the cloud by the default credentials, and nothing else
    #[arg(long)]
    pub(crate) untrusted: bool,
}

/// Which part of the declaration is meant, and how it is looked at.
#[derive(Args, Clone)]
pub(crate) struct Scope {
    /// Only this `INSTANCE`, or `INSTANCE/FACET`; may be repeated; * stands for any run of characters
    #[arg(long, value_name = "INSTANCE[/FACET]")]
    pub(crate) target: Vec<rdpctl_engine::assess::Pattern>,
    /// Not this `INSTANCE`, or `INSTANCE/FACET`; may be repeated
    #[arg(long, value_name = "INSTANCE[/FACET]")]
    pub(crate) exclude: Vec<rdpctl_engine::assess::Pattern>,
    /// Look at the world first; with --refresh=false plan from what was last seen, without the network
    #[arg(long, value_name = "BOOL", default_value_t = true, num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub(crate) refresh: bool,
    /// Allow what a guard asks about: reboot, spend, stop-service, move-port, open-to-world, weaken, …
    #[arg(long, value_name = "GUARD", value_delimiter = ',', value_parser = guard)]
    pub(crate) allow: Vec<rdpctl_model::step::Guarded>,
}

fn guard(text: &str) -> Result<rdpctl_model::step::Guarded, String> {
    rdpctl_model::step::Guarded::from_name(text).ok_or_else(|| {
        let names: Vec<&str> =
            rdpctl_model::step::Guarded::ALL.iter().map(|guard| guard.name()).collect();
        format!("there is no such guard; guards are {}", names.join(", "))
    })
}
