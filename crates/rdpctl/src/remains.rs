//! Removing what earlier runs left in guests, and saying so.

use std::sync::Arc;

use rdpctl_engine::Filter;
use rdpctl_engine::lease::Permit;
use rdpctl_engine::remains::{self, Removed};
use rdpctl_engine::run::Stops;

use crate::error::CliError;
use crate::out::{self, safe};
use crate::session::Session;

/// Removes what undo needs no more, and says so.
pub(crate) async fn remove(
    session: &Session,
    permit: &Arc<Permit>,
    scope: &Filter,
    stops: &Stops,
) -> Result<(), CliError> {
    let hands = session.hands()?;
    let store = session.store.as_ref();
    let estate = &session.estate;
    let removed = remains::remove(estate, &hands, store, permit, scope, &stops.gently).await?;
    for one in &removed {
        out::err(&words(one, "the next apply tries again"));
    }
    Ok(())
}

/// What came of it; where it came to nothing, who tries again.
pub(crate) fn words(one: &Removed, otherwise: &str) -> String {
    let name = safe(one.instance.as_str());
    let runs: Vec<String> = one
        .runs
        .iter()
        .map(|(day, run)| format!("run {} of {}", safe(run), day.strftime("%-d %b %Y")))
        .collect();
    let what = match runs.len() {
        0 => "folders of scripts that did not come to their end".to_owned(),
        1..=3 => format!("what {} left", runs.join(", ")),
        many => format!("what {many} runs left"),
    };
    match &one.outcome {
        Ok(()) => format!("removed from {name}: {what}; undo needs it no more"),
        Err(error) => format!("still on {name}: {what}; {error}; {otherwise}"),
    }
}
