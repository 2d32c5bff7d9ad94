//! `rdpctl blame INSTANCE/FACET`: since when something is as it is, what it was before, and whether rdpctl did it.

use rdpctl_contract::store::Recorded;
use rdpctl_model::chronicle::Turned;
use rdpctl_model::outcome::{JournalEntry, StepEvent};
use rdpctl_model::{FacetId, InstanceName, RunId, Verdict};
use rdpctl_term::Page;
use serde_json::json;

use crate::arguments::Place;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out;
use crate::report::table::{Table, short, time};
use crate::report::words;
use crate::session::Session;

/// Of a facet's turns so many are shown.
const SHOWN: usize = 50;
/// Entries of the journal that are looked through for what rdpctl did itself.
const LOOKED_THROUGH: usize = 1_000;

/// Arguments of `blame`.
#[derive(clap::Args)]
#[command(
    after_help = "What turned is kept by `rdpctl run` and `rdpctl drift`, at the time at which it was seen. Who changed what rdpctl did not change is not known: the cloud's own log says it.\n\nExamples:\n  rdpctl blame web-01/nla\n  rdpctl blame kiosks/ins-0abc1234/remote-desktop --format json"
)]
pub(crate) struct Args {
    /// What: `INSTANCE/FACET`, or `INSTANCE` for all of its facets
    #[arg(value_name = "INSTANCE[/FACET]")]
    what: String,
    #[command(flatten)]
    place: Place,
    /// The form of what is shown
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Forms of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For machines
    Json,
}

/// Runs `blame`.
pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    let (instance, facet) = match args.what.rsplit_once('/') {
        Some((instance, last)) => match FacetId::from_name(last) {
            Some(facet) => (instance, Some(facet)),
            // A member of a fleet has a slash of its own.
            None => (args.what.as_str(), None),
        },
        None => (args.what.as_str(), None),
    };
    let name = InstanceName::new(instance);
    crate::runtime::runtime()?.block_on(async {
        let session = Session::remembered(&args.place).await?;
        let turns = session.store.turns(&name, facet, SHOWN).await?;
        let journal = session.store.history(&name, LOOKED_THROUGH).await?;
        let mut runs = Vec::new();
        for (id, _) in &journal {
            if !runs.iter().any(|run: &Recorded| run.record.id == *id)
                && let Some(run) = session.store.run(id).await?
            {
                runs.push(run);
            }
        }
        let rows: Vec<Row<'_>> = turns
            .iter()
            .enumerate()
            .map(|(place, turn)| {
                let before = turns[place + 1..].iter().find(|other| other.facet == turn.facet);
                Row { turn, by: by(turn, before, &journal, &runs) }
            })
            .collect();
        if rows.is_empty() {
            out::err("Nothing of it ever turned, as far as the state knows: it is kept by `rdpctl run` and `rdpctl drift`.");
        }
        match args.format {
            Format::Text => out::page(&page(&rows))?,
            Format::Json => out::out(&format!("{}\n", document(&rows)))?,
        }
        Ok(Exit::Done)
    })
}

/// One turn, and the run of rdpctl's that did it, if one did.
struct Row<'a> {
    turn: &'a Turned,
    by: Option<&'a Recorded>,
}

/// The run that did something to the facet between the last turn before it and this one.
fn by<'a>(
    turn: &Turned,
    before: Option<&Turned>,
    journal: &[(RunId, JournalEntry)],
    runs: &'a [Recorded],
) -> Option<&'a Recorded> {
    let done = |entry: &JournalEntry| match &entry.event {
        StepEvent::Done { receipt } => !receipt.already,
        StepEvent::Intent { .. } | StepEvent::Failed { .. } | StepEvent::Skipped { .. } => false,
    };
    journal
        .iter()
        .filter(|(_, entry)| {
            done(entry) && entry.at <= turn.at && before.is_none_or(|before| entry.at > before.at)
        })
        .find_map(|(id, entry)| {
            let run = runs.iter().find(|run| run.record.id == *id)?;
            let planned = run.plan.find(&entry.step)?;
            (planned.step.facet == turn.facet).then_some(run)
        })
}

fn shown(verdict: Option<&Verdict>) -> String {
    verdict.map_or_else(|| "as declared".to_owned(), words::verdict)
}

fn page(rows: &[Row<'_>]) -> Page {
    let mut table = Table::new(["Seen", "Facet", "Was", "Is", "By"]);
    for Row { turn, by } in rows {
        table.push([
            time(turn.at),
            turn.facet.to_string(),
            shown(turn.from.as_ref()),
            shown(turn.to.as_ref()),
            by.map_or_else(
                || "not rdpctl".to_owned(),
                |run| format!("run {} ({})", short(run.record.id.as_str()), run.record.holder),
            ),
        ]);
    }
    table.page()
}

fn document(rows: &[Row<'_>]) -> serde_json::Value {
    let one = |Row { turn, by }: &Row<'_>| json!({ "turn": rdpctl_words::json::to_value(turn).unwrap_or_default(), "run": by.map(|run| &run.record.id), "by": by.map(|run| &run.record.holder) });
    json!({ "format": 1, "turns": rows.iter().map(one).collect::<Vec<_>>() })
}
