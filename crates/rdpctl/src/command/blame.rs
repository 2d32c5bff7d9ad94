//! `rdpctl blame INSTANCE/FACET`: since when something is as it is, what it was before, and whether rdpctl did it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rdpctl_contract::changes::IN_A_CLOUDS_LOG;
use rdpctl_contract::store::Recorded;
use rdpctl_engine::suspects::{Differs, suspects};
use rdpctl_model::chronicle::Turned;
use rdpctl_model::outcome::{JournalEntry, StepEvent};
use rdpctl_model::{FacetId, InstanceName, RunId, Verdict};
use rdpctl_term::Page;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::arguments::Place;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out;
use crate::report::table::{Table, short};
use crate::report::when::second as time;
use crate::report::who::Suspect;
use crate::report::words;
use crate::session::Session;
use rdpctl_words::english;

/// Of a facet's turns so many are shown.
const SHOWN: usize = 50;
/// Entries of the journal that are looked through for what rdpctl did itself.
const LOOKED_THROUGH: usize = 1_000;

/// Arguments of `blame`.
#[derive(clap::Args)]
#[command(
    after_help = "What turned is kept by `rdpctl run` and `rdpctl drift`, at the time at which it was seen. Who changed what rdpctl did not change is asked of the cloud's own log (CloudAudit, Activity Log), where somebody granted the account; it knows of power, addresses, bandwidth and rules, and nothing inside of guests.\n\nExamples:\n  rdpctl blame web-01/nla\n  rdpctl blame kiosks/ins-0abc1234/remote-desktop --format json"
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
        let suspects = ask(&args.place, &name, &turns).await;
        let rows: Vec<Row<'_>> = turns
            .iter()
            .enumerate()
            .map(|(place, turn)| {
                let before = turns[place + 1..].iter().find(|other| other.facet == turn.facet);
                let by = by(turn, before, &journal, &runs);
                // Whom the cloud's log names did it after whatever rdpctl had done there.
                let suspect = suspects.get(&(turn.facet, turn.at));
                Row { turn, by: by.filter(|_| suspect.is_none()), suspect }
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

/// One turn, and the run of rdpctl's that did it, if one did, or who else may have.
struct Row<'a> {
    turn: &'a Turned,
    by: Option<&'a Recorded>,
    suspect: Option<&'a Suspect>,
}

/// Turns of which a cloud's log is asked.
const ASKED: usize = 5;

/// Who may have made the last turns for the worse, by the cloud's log. What it does not say is not known.
async fn ask(
    place: &Place,
    name: &InstanceName,
    turns: &[Turned],
) -> BTreeMap<(FacetId, Timestamp), Suspect> {
    let mut suspected = BTreeMap::new();
    let drifted = |turn: &&Turned| {
        IN_A_CLOUDS_LOG.contains(&turn.facet) && turn.to.as_ref().is_some_and(Verdict::is_drifted)
    };
    let asked: Vec<&Turned> = turns.iter().filter(drifted).take(ASKED).collect();
    if asked.is_empty() {
        return suspected;
    }
    let Ok(session) = Session::remembered_with_eyes(place).await else { return suspected };
    let Ok(eyes) = session.eyes() else { return suspected };
    for turn in asked {
        let differs = Differs { instance: name.clone(), facet: turn.facet, seen: turn.at };
        let stop = CancellationToken::new();
        let (estate, store) = (&session.estate, session.store.as_ref());
        let told =
            suspects(estate, &eyes.clouds, store, std::slice::from_ref(&differs), &stop).await;
        let Ok(told) = told else { continue };
        for (provider, error) in &told.silent {
            out::err(&format!(
                "The log of {} does not say who it was: {}.",
                out::safe(provider.as_str()),
                out::safe(&english(&error.said()))
            ));
        }
        if !told.silent.is_empty() {
            break;
        }
        if let Some(change) = told.found.values().next() {
            suspected.insert((turn.facet, turn.at), Suspect::of(change));
        }
    }
    suspected
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
    for Row { turn, by, suspect } in rows {
        table.push([
            time(turn.at),
            turn.facet.to_string(),
            shown(turn.from.as_ref()),
            shown(turn.to.as_ref()),
            by.map_or_else(
                || suspect.map_or_else(|| "not rdpctl".to_owned(), Suspect::words),
                |run| format!("run {} ({})", short(run.record.id.as_str()), run.record.holder),
            ),
        ]);
    }
    table.page()
}

fn document(rows: &[Row<'_>]) -> serde_json::Value {
    let one = |Row { turn, by, suspect }: &Row<'_>| json!({ "turn": rdpctl_words::json::to_value(turn).unwrap_or_default(), "run": by.map(|run| &run.record.id), "by": by.map(|run| &run.record.holder), "changed-by": suspect });
    json!({ "format": 1, "turns": rows.iter().map(one).collect::<Vec<_>>() })
}
