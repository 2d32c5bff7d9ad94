//! What runs that never ended left open.

use std::collections::BTreeMap;

use rdpctl_contract::{Store, StoreError};
use rdpctl_model::action::traits::Twice;
use rdpctl_model::outcome::{JournalEntry, StepEvent};
use rdpctl_model::plan::{Plan, StepId};
use rdpctl_model::{InstanceName, RunId};

/// Tokens of intents whose outcome nobody recorded, by subject, and the runs that never ended.
///
/// Repeating such a step under its former token is harmless: that is what the token is for. The runs are closed only
/// once the new run has ended, so that a second kill loses nothing.
pub(super) async fn unfinished(
    store: &dyn Store,
) -> Result<(BTreeMap<InstanceName, String>, Vec<RunId>), StoreError> {
    const LOOK_BACK: usize = 50;
    let mut tokens = BTreeMap::new();
    let mut orphans = Vec::new();
    for record in store.runs(LOOK_BACK).await?.into_iter().filter(|record| record.ended.is_none()) {
        if let Some((_, plan, journal)) = store.run(&record.id).await? {
            for (subject, token) in open_intents(&plan, &journal) {
                tokens.entry(subject).or_insert(token);
            }
        }
        orphans.push(record.id);
    }
    Ok((tokens, orphans))
}

/// Intents to obtain an address that were journaled and never followed by an outcome.
fn open_intents(plan: &Plan, journal: &[JournalEntry]) -> BTreeMap<InstanceName, String> {
    let mut open: BTreeMap<(StepId, InstanceName), String> = BTreeMap::new();
    for entry in journal {
        let key = (entry.step, entry.subject.clone());
        match &entry.event {
            StepEvent::Intent { token } => {
                open.insert(key, token.clone());
            }
            StepEvent::Done { .. } | StepEvent::Failed { .. } | StepEvent::Skipped { .. } => {
                open.remove(&key);
            }
        }
    }
    open.into_iter()
        .filter(|((step, _), _)| {
            // Steps that an observation added are not in the saved plan; none of them obtains an address.
            plan.step(*step).is_some_and(|it| it.step.action.traits().twice == Twice::Buys)
        })
        .map(|((_, subject), token)| (subject, token))
        .collect()
}
