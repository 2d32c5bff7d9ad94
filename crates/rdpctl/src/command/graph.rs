//! `rdpctl graph`: the plan as a picture.

use std::collections::{BTreeMap, BTreeSet};

use tokio_util::sync::CancellationToken;

use crate::arguments::{Place, Scope};
use crate::error::CliError;
use crate::exit::Exit;
use crate::out;
use crate::progress::Manner;
use crate::report::summary::{Pending, Summary};
use crate::session::Session;

/// Arguments of `graph`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  rdpctl graph --format svg > plan.svg\n  rdpctl graph | dot -Tpng > plan.png"
)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    scope: Scope,
    /// The form of the graph
    #[arg(long, value_enum, default_value_t = Format::Dot)]
    format: Format,
}

/// Forms of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Graphviz
    Dot,
    /// A picture
    Svg,
    /// For code hosts that draw it
    Mermaid,
}

/// Runs `graph`.
pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    crate::runtime::runtime()?.block_on(async {
        let session = Session::open(&args.place).await?;
        let (sight, untold) =
            session.look(&args.scope, Manner::Words, &CancellationToken::new()).await?;
        let allowed: BTreeSet<_> = args.scope.allow.iter().copied().collect();
        let plan = session.plan(&sight, &args.scope, &allowed, None)?;
        let format = match args.format {
            Format::Dot => super::plan::Format::Dot,
            Format::Svg => super::plan::Format::Svg,
            Format::Mermaid => super::plan::Format::Mermaid,
        };
        out::out(&super::plan::render(&plan, format, &BTreeMap::new())?)?;
        drop(untold);
        Ok(Summary::of(&plan).plan_exit(Pending::Passes))
    })
}
