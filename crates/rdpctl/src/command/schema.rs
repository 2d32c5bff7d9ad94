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
    /// The schema of what rdpctl writes for machines instead
    #[arg(long, value_name = "DOCUMENT", value_enum, conflicts_with = "grants")]
    of: Option<Document>,
}

/// What rdpctl writes for machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Document {
    /// A plan: `plan --format json`, `plan --out`
    Plan,
    /// A line of `apply --format json`
    Event,
    /// A diagnosis: `doctor --format json`
    Diagnosis,
    /// What a disk shows: `doctor --disk --format json`
    Disk,
}

impl Document {
    const fn text(self) -> &'static str {
        match self {
            Self::Plan => include_str!("../../../../state/schemas/plan.json"),
            Self::Event => include_str!("../../../../state/schemas/event.json"),
            Self::Diagnosis => include_str!("../../../../state/schemas/diagnosis.json"),
            Self::Disk => include_str!("../../../../state/schemas/disk.json"),
        }
    }
}

/// Runs `schema`.
pub(crate) fn run(args: &Args) -> Result<Exit, CliError> {
    if let Some(document) = args.of {
        out::out(document.text())?;
        return Ok(Exit::Done);
    }
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
