//! `rdpctl state history`: runs, or what was done to one instance.

use std::collections::BTreeMap;

use rdpctl_contract::store::Recorded;
use rdpctl_model::{InstanceName, RunId};
use rdpctl_term::Page;
use serde_json::json;

use super::Format;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out;
use crate::report::record::{self, Entry};
use crate::session::Session;

pub(super) async fn run(
    session: &Session,
    instance: Option<&str>,
    limit: usize,
    format: Format,
) -> Result<Exit, CliError> {
    let (page, text) = match instance {
        None => {
            let runs = session.store.runs(limit).await?;
            match format {
                Format::Text => (record::runs(&runs), String::new()),
                Format::Json => {
                    (Page::new(), format!("{}\n", json!({ "format": 1, "runs": runs })))
                }
            }
        }
        Some(instance) => {
            let entries = session.store.history(&InstanceName::new(instance), limit).await?;
            let mut runs: BTreeMap<RunId, Recorded> = BTreeMap::new();
            for (run, _) in &entries {
                if !runs.contains_key(run)
                    && let Some(recorded) = session.store.run(run).await?
                {
                    runs.insert(run.clone(), recorded);
                }
            }
            let entry = |(run, entry)| {
                let Recorded { record, plan, .. } = runs.get(&run)?;
                Some(Entry { record, plan, entry })
            };
            let entries: Vec<Entry<'_>> = entries.into_iter().filter_map(entry).collect();
            match format {
                Format::Text => (record::steps(&entries), String::new()),
                Format::Json => (Page::new(), format!("{}\n", record::steps_json(&entries))),
            }
        }
    };
    if text.is_empty() && page.is_empty() {
        out::err("Nothing is recorded.");
    }
    out::page(&page)?;
    out::out(&text)?;
    Ok(Exit::Done)
}
