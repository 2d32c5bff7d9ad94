//! `rdpctl schema`: the JSON Schema of declarations, and of grants.

use crate::error::CliError;
use crate::exit::Exit;
use crate::out;

/// Arguments of `schema`.
#[derive(clap::Args)]
#[command(
    after_help = "Editors complete and check TOML with it. For those that use taplo (Even Better TOML), write the schema to\na file and name it in the first line of a declaration:\n  #:schema ./rdpctl.schema.json\n\nExample:\n  rdpctl schema > rdpctl.schema.json"
)]
pub(crate) struct Args {
    /// The schema of a grants file instead
    #[arg(long)]
    grants: bool,
}

/// Runs `schema`.
pub(crate) fn run(args: &Args) -> Result<Exit, CliError> {
    let schema = if args.grants {
        rdpctl_trust::Grants::schema().to_value()
    } else {
        rdpctl_config::schema()
    };
    let text = serde_json::to_string_pretty(&schema)
        .map_err(|error| CliError::new("the schema cannot be written as JSON").why(error))?;
    out::out(&(text + "\n"))?;
    Ok(Exit::Done)
}
