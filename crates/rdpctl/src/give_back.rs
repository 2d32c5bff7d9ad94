//! Giving things back that rdpctl made, and saying so.

use std::sync::Arc;

use rdpctl_contract::store::Made;
use rdpctl_engine::give_back::{self, GivenBack};
use rdpctl_engine::lease::Permit;
use rdpctl_engine::run::Stops;

use crate::error::CliError;
use crate::out::{self, safe};
use crate::session::Session;
use rdpctl_words::english;

/// Gives things back and says so; returns how many are gone.
pub(crate) async fn give_back(
    session: &Session,
    permit: &Arc<Permit>,
    all: Vec<Made>,
    stops: &Stops,
) -> Result<usize, CliError> {
    if all.is_empty() {
        return Ok(0);
    }
    let hands = session.hands()?;
    let store = session.store.as_ref();
    let given = give_back::give_back(&hands, store, permit, all, &stops.gently).await?;
    for one in &given {
        out::err(&words(one));
    }
    Ok(given.iter().filter(|one| one.outcome.is_ok()).count())
}

/// What came of it, in a line.
pub(crate) fn words(one: &GivenBack) -> String {
    let (kind, id) = (one.made.created.kind.name(), safe(one.made.created.id.as_str()));
    let subject = one.made.subject.to_string();
    let subject = safe(&subject);
    match &one.outcome {
        Ok(receipt) => {
            format!("gave back the {kind} of {subject}: {}", safe(&english(&receipt.note)))
        }
        Err(error) => {
            let (why, advice) = (english(&error.said()), english(&error.advice()));
            format!("the {kind} {id} of {subject} is still there: {}; {advice}", safe(&why))
        }
    }
}
