//! `rdpctl drift`: a report of what differs; changes nothing.

use std::collections::BTreeSet;
use std::path::PathBuf;

use rdpctl_engine::suspects::suspects;
use tokio_util::sync::CancellationToken;

use crate::arguments::{Place, Scope};
use crate::error::CliError;
use crate::exit::Exit;
use crate::out;
use crate::progress::Manner;
use crate::report::drift::{GroupBy, Report, Source, read_former};
use crate::report::next::{Next, word};
use crate::session::{Session, filter};

/// Arguments of `drift`.
#[derive(clap::Args)]
#[command(
    after_help = "Exit codes: 0 no drift, 2 drift, 3 no drift seen but something could not be judged, 1 an error.\n\nExamples:\n  rdpctl drift\n  rdpctl drift --group-by cause\n  rdpctl drift --format html > drift.html\n  rdpctl drift --format json > today.json; rdpctl drift --since yesterday.json"
)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    scope: Scope,
    /// The form of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Put findings together [default: by cause]
    #[arg(long, value_enum, value_name = "BY")]
    group_by: Option<GroupBy>,
    /// Show only what changed since an earlier report, which is a file with its JSON
    #[arg(long, value_name = "REPORT")]
    since: Option<PathBuf>,
}

/// Forms of a drift report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For machines
    Json,
    /// For a comment or a ticket; at most 65,536 bytes
    Markdown,
    /// One file for a browser or a mail
    Html,
    /// What shows the results of tests
    Junit,
    /// What shows the findings of analyses, at the lines that declare them
    Sarif,
    /// A spreadsheet
    Csv,
}

/// Runs `drift`.
pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    let former = args.since.as_deref().map(read_former).transpose()?;
    crate::runtime::runtime()?.block_on(async {
        let session = Session::open(&args.place).await?;
        let (sight, untold) =
            session.look(&args.scope, Manner::Words, &CancellationToken::new()).await?;
        let plan = session.plan(&sight, &args.scope, &BTreeSet::new(), None)?;
        // What turned since the last look at everything is kept; a look at a part says nothing of the rest.
        let standing = if args.scope.refresh && filter(&args.scope).is_open() {
            rdpctl_watch::note(session.store.as_ref(), &plan).await?
        } else {
            session.store.standing().await?
        };
        let today = session.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let mut report =
            Report::of(&plan, &session.declaration.accepts, today).remembered(&standing);
        if args.scope.refresh {
            let (eyes, differing) = (session.eyes()?, report.to_ask(session.clock.now()));
            let (estate, store) = (&session.estate, session.store.as_ref());
            let stop = CancellationToken::new();
            let told = suspects(estate, &eyes.clouds, store, &differing, &stop).await?;
            report = report.suspected(&told);
        }
        if let Some(former) = &former {
            let filter = filter(&args.scope);
            report = report.compared(former, |instance| filter.takes(instance));
        }
        let by = args.group_by.unwrap_or_default();
        if args.format == Format::Text {
            out::page(&report.page(by))?;
            drop(untold);
            crate::report::refused::tell(&plan, &session.declaration);
            let mut next = Next::after(&args.place);
            if let Some(worst) = report.worst() {
                next.push(&format!("doctor {}", word(worst)), "why, with evidence");
                next.push("plan", "what would be done");
            }
            next.tell();
            return Ok(report.exit());
        }
        out::out(&match args.format {
            Format::Text => String::new(),
            Format::Json => report.json()?,
            Format::Markdown => report.markdown(by),
            Format::Html => {
                let accepts = &session.declaration.accepts;
                report.html(&Source { plan: &plan, accepts, today }, by)
            }
            Format::Junit => report.junit(),
            Format::Sarif => report.sarif(&session.declaration)?,
            Format::Csv => report.csv(),
        })?;
        Ok(report.exit())
    })
}
