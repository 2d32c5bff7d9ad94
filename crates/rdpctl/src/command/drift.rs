//! `rdpctl drift`: a report of what differs; changes nothing.

use std::collections::BTreeSet;

use tokio_util::sync::CancellationToken;

use crate::arguments::{Place, Scope};
use crate::error::CliError;
use crate::exit::Exit;
use crate::out;
use crate::progress::Manner;
use crate::report::drift::Report;
use crate::session::Session;

/// Arguments of `drift`.
#[derive(clap::Args)]
#[command(
    after_help = "Exit codes: 0 no drift, 2 drift, 3 no drift seen but something could not be judged, 1 an error.\n\nExamples:\n  rdpctl drift\n  rdpctl drift --format json | jq '.findings[].instance'"
)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    scope: Scope,
    /// The form of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Forms of a drift report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For machines
    Json,
}

/// Runs `drift`.
pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    crate::runtime::runtime()?.block_on(async {
        let session = Session::open(&args.place).await?;
        let sight = session.look(&args.scope, Manner::Words, &CancellationToken::new()).await?;
        let plan = session.plan(&sight, &args.scope, &BTreeSet::new())?;
        let today = session.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let report = Report::of(&plan, &session.declaration.accepts, today);
        match args.format {
            Format::Text => out::out(&report.text())?,
            Format::Json => {
                let text = serde_json::to_string(&report)
                    .map_err(|error| CliError::new(error.to_string()))?;
                out::out(&format!("{text}\n"))?;
            }
        }
        Ok(report.exit())
    })
}
