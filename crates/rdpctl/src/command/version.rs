//! `rdpctl version`.

use serde_json::json;

use crate::error::CliError;
use crate::exit::Exit;
use crate::out;

/// Arguments of `version`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The form of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Forms of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For machines, with the formats of what is kept and exchanged
    Json,
}

/// Runs `version`.
pub(crate) fn run(args: &Args) -> Result<Exit, CliError> {
    let version = env!("CARGO_PKG_VERSION");
    let text = match args.format {
        Format::Text => format!("rdpctl {version}"),
        Format::Json => {
            let plan = rdpctl_model::plan::PLAN_FORMAT;
            json!({ "rdpctl": version, "plan-format": plan }).to_string()
        }
    };
    out::out(&format!("{text}\n"))?;
    Ok(Exit::Done)
}
