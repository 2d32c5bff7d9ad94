//! One command, one file.

pub(crate) mod apply;
pub(crate) mod completion;
pub(crate) mod doctor;
pub(crate) mod drift;
pub(crate) mod explain;
pub(crate) mod fmt;
pub(crate) mod graph;
pub(crate) mod import;
pub(crate) mod man;
pub(crate) mod permissions;
pub(crate) mod plan;
pub(crate) mod probe;
pub(crate) mod schema;
pub(crate) mod show;
pub(crate) mod sim;
pub(crate) mod state;
pub(crate) mod trust;
pub(crate) mod validate;

use crate::cli::{Cli, Command};
use crate::error::CliError;
use crate::exit::Exit;

/// Runs the command that was given.
pub(crate) fn run(cli: Cli) -> Result<Exit, CliError> {
    match cli.command {
        Command::Plan(args) => plan::run(args),
        Command::Apply(args) => apply::run(args),
        Command::Drift(args) => drift::run(args),
        Command::Doctor(args) => doctor::run(args),
        Command::Show(args) => show::run(args),
        Command::Graph(args) => graph::run(args),
        Command::Explain(args) => explain::run(&args),
        Command::Permissions(args) => permissions::run(args),
        Command::Import(args) => import::run(args),
        Command::Validate(args) => validate::run(&args),
        Command::Trust(args) => trust::run(args),
        Command::Fmt(args) => fmt::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::State(args) => state::run(args),
        Command::Probe(args) => probe::run(args),
        Command::Sim(args) => sim::run(args),
        Command::Completion(args) => completion::run(&args),
        Command::Man(args) => man::run(&args),
        Command::Version => {
            crate::out::out(&format!("rdpctl {}\n", env!("CARGO_PKG_VERSION")))?;
            Ok(Exit::Done)
        }
    }
}

/// A runtime for commands that talk to somebody.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}
