//! `rdpctl show`: a plan file, what the state knows of an instance, or what a run did.

use std::collections::BTreeMap;
use std::path::Path;

use rdpctl_engine::Filter;
use rdpctl_model::InstanceName;
use rdpctl_model::outcome::Purpose;

use crate::arguments::Place;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out;
use crate::report::evidence::{Amount, Known};
use crate::report::next::{Next, word};
use crate::report::record;
use crate::report::table::short;
use crate::session::Session;

/// Arguments of `show`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  rdpctl show plan.json\n  rdpctl show web-01\n  rdpctl show 3f9a12bc\n  rdpctl show web-01 --format json\n  rdpctl show --disk server.qcow2      # all that a disk answers"
)]
pub(crate) struct Args {
    /// A plan file, an instance's name, or a run's id, of which its beginning is enough
    #[arg(
        value_name = "PLAN|INSTANCE|RUN",
        required_unless_present = "disk",
        conflicts_with = "disk",
        add = clap_complete::ArgValueCompleter::new(crate::complete::instances)
    )]
    what: Option<String>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    which: crate::disk::Which,
    /// Every reply as it was given, not only what it means
    #[arg(long)]
    all: bool,
    /// The form of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Forms of what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For machines
    Json,
}

/// Runs `show`.
pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    let Some(what) = args.what else {
        let form = match args.format {
            Format::Text => super::disk::Form::Text,
            Format::Json => super::disk::Form::Json,
        };
        let path = args.which.disk.clone().unwrap_or_default();
        return super::disk::show(&path, args.which, form);
    };
    let path = Path::new(&what);
    if crate::plan_file::is_one(path) {
        let plan = crate::plan_file::read(path)?;
        let form = match args.format {
            Format::Text => super::plan::Format::Text,
            Format::Json => super::plan::Format::Json,
        };
        out::out(&super::plan::render(&plan, form, &BTreeMap::new())?)?;
        return Ok(Exit::Done);
    }
    crate::runtime::runtime()?.block_on(async {
        let session = Session::remembered(&args.place).await?;
        let name = InstanceName::new(&what);
        let known = session.store.evidence(std::slice::from_ref(&name)).await?.pop().flatten();
        let Some(evidence) = known else {
            let recorded = super::state::find_run(&session, &what).await?;
            match args.format {
                Format::Text => out::page(&record::run(&recorded))?,
                Format::Json => out::out(&format!("{}\n", record::run_json(&recorded)))?,
            }
            let is_undone = match recorded.record.purpose {
                Purpose::Apply | Purpose::RepairDisk(_) => true,
                Purpose::Undo(_) | Purpose::Console(_) => false,
            };
            if args.format == Format::Text && is_undone {
                let mut next = Next::after(&args.place);
                next.push(
                    &format!("undo {}", short(recorded.record.id.as_str())),
                    "plans the way back of what can be undone",
                );
                next.tell();
            }
            return Ok(Exit::Done);
        };
        if args.format == Format::Json {
            let text = rdpctl_words::json::to_string(&evidence)
                .map_err(|error| CliError::from_error(&error))?;
            out::out(&format!("{text}\n"))?;
            return Ok(Exit::Done);
        }
        let filter = Filter::of([&name]);
        let facts = session.store.facts().await?;
        let now = session.clock.now();
        let assessed = rdpctl_engine::assess(&session.estate, &facts, &filter, now);
        let known = Known {
            name: name.as_str(),
            evidence: &evidence,
            facets: assessed.first().map(|one| one.facets.as_ref()),
            now,
        };
        out::page(&known.page(if args.all { Amount::All } else { Amount::Meaning }))?;
        if !args.all {
            let mut next = Next::after(&args.place);
            next.push(
                &format!("show {} --all", word(name.as_str())),
                "every reply, as it was given",
            );
            next.tell();
        }
        Ok(Exit::Done)
    })
}
