//! `rdpctl state list`: what is known, and what rdpctl made.

use rdpctl_contract::store::Made;
use rdpctl_engine::give_back;
use rdpctl_model::facts::Stamp;
use rdpctl_term::Page;
use serde_json::json;

use super::Format;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out;
use crate::report::record::seen;
use crate::report::table::Table;
use crate::report::when::second as time;
use crate::session::Session;

pub(super) async fn run(session: &Session, format: Format) -> Result<Exit, CliError> {
    let facts = session.store.facts().await?;
    let mut made = session.store.created().await?;
    // By whom it serves: what was made side by side has no order in time that anybody could rely on.
    made.sort_by_cached_key(|one| {
        (one.subject.to_string(), one.created.kind.name(), one.created.id.as_str().to_owned())
    });
    let orphaned = give_back::orphaned(&session.estate, made.clone());
    let mut instances = Vec::new();
    for chunk in &facts.chunks {
        for row in chunk.rows() {
            let instance = chunk.source.member(row.id).to_string();
            let answered =
                row.known.looks.answered.iter().map(|(_, at)| *at).max().unwrap_or_default();
            // What its owner calls it says nothing where it is the same.
            let display = if row.name == row.id || row.name == instance { "" } else { row.name };
            instances.push((instance, row.id.to_owned(), display.to_owned(), answered));
        }
    }
    match format {
        Format::Text => out::page(&page(&instances, &made, &orphaned))?,
        Format::Json => {
            let instances = instances.iter().map(|(name, id, display, at)| {
                json!({ "instance": name, "id": id, "display": display, "seen": at.second() })
            });
            let made = made.iter().map(|one| {
                let Made { subject, created, at } = one;
                json!({
                    "kind": created.kind, "provider": created.provider, "id": created.id, "for": subject, "at": at,
                    "orphaned": orphaned.contains(one),
                })
            });
            let all = json!({
                "format": 1, "instances": instances.collect::<Vec<_>>(), "made": made.collect::<Vec<_>>(),
            });
            out::out(&format!("{all}\n"))?;
        }
    }
    Ok(Exit::Done)
}

fn page(instances: &[(String, String, String, Stamp)], made: &[Made], orphaned: &[Made]) -> Page {
    let mut known = Table::new(["Instance", "Cloud id", "Name", "Last seen"]);
    for (instance, id, display, at) in instances {
        known.push([instance.clone(), id.clone(), display.clone(), seen(*at)]);
    }
    let mut things = Table::new(["Made by rdpctl", "What", "For", "Since"]);
    for one in made {
        let Made { subject, created, at } = one;
        let orphaned = if orphaned.contains(one) { " (declared no more)" } else { "" };
        things.push([
            created.id.as_str().to_owned(),
            created.kind.name().to_owned(),
            format!("{subject}{orphaned}"),
            time(*at),
        ]);
    }
    let mut page = known.page();
    if !made.is_empty() {
        page.blank();
        page.append(things.page());
    }
    page
}
