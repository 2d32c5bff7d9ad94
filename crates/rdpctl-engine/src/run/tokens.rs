//! What runs that never ended left open.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rdpctl_contract::store::Recorded;
use rdpctl_contract::{Runs, StoreError, Token};
use rdpctl_model::action::CloudVerb;
use rdpctl_model::action::traits::Twice;
use rdpctl_model::outcome::{JournalEntry, StepEvent};
use rdpctl_model::plan::Plan;
use rdpctl_model::{Action, InstanceName, RunId, StepNumber};

use crate::assess::Filter;

/// So long the copy of a run that was killed is as good as a new one.
const AS_GOOD: SignedDuration = SignedDuration::from_hours(1);

/// By whom something was for, and what.
pub(super) type Tokens = BTreeMap<(InstanceName, CloudVerb), String>;

/// Tokens of intents whose outcome nobody recorded, by whom they were for and what, and the runs that former holders
/// never ended.
///
/// Repeating such a step under its former token is harmless: that is what the token is for. The runs are closed only
/// once the new run has ended, so that a second kill loses nothing; and only by one that may do all that they had in
/// hand, so that a run for another part of the estate loses nothing either.
pub(super) async fn unfinished(
    store: &dyn Runs,
    token: &Token,
    scope: &Filter,
    now: Timestamp,
) -> Result<(Tokens, Vec<RunId>), StoreError> {
    let mut tokens = Tokens::new();
    let mut orphans = Vec::new();
    // The newest last: where two runs tried the same, its token counts.
    for run in store.unfinished(token).await? {
        let all = run.in_hand().iter().all(|name| scope.means(name));
        let Recorded { record, plan, journal } = run;
        tokens.extend(open_intents(&plan, &journal, now));
        if all {
            orphans.push(record.id);
        }
    }
    Ok((tokens, orphans))
}

/// Intents to obtain something that costs money, which were journaled and never followed by an outcome; and the copies of
/// disks that such a run made a short while ago: what goes on where it ended makes no second one.
fn open_intents(plan: &Plan, journal: &[JournalEntry], now: Timestamp) -> Tokens {
    let mut open: BTreeMap<(&StepNumber, InstanceName), String> = BTreeMap::new();
    for entry in journal {
        // It is obtained for one instance.
        let Some(instance) = entry.subject.instance() else { continue };
        let key = (&entry.step, instance.clone());
        match &entry.event {
            StepEvent::Intent { token } => {
                open.insert(key, token.clone());
            }
            StepEvent::Done { .. } if serves_still(plan, entry, now) => {}
            StepEvent::Done { .. } | StepEvent::Failed { .. } | StepEvent::Skipped { .. } => {
                open.remove(&key);
            }
        }
    }
    open.into_iter()
        .filter_map(|((step, instance), token)| {
            let action = &plan.find(step)?.step.action;
            let verb = verb(action).filter(|_| action.traits().twice == Twice::Buys)?;
            Some(((instance, verb), token))
        })
        .collect()
}

/// Whether it is a copy of a disk that is as good as one that would be made now.
fn serves_still(plan: &Plan, entry: &JournalEntry, now: Timestamp) -> bool {
    let planned = plan.find(&entry.step);
    let verb = planned.and_then(|planned| verb(&planned.step.action));
    let age = now.duration_since(entry.at);
    verb == Some(CloudVerb::SnapshotSystemDisk) && !age.is_negative() && age <= AS_GOOD
}

/// What an action asks of a cloud, if it does.
pub(super) fn verb(action: &Action) -> Option<CloudVerb> {
    match action {
        Action::Cloud(action) => Some(action.verb()),
        Action::Guest(_)
        | Action::Own(_)
        | Action::Observe { .. }
        | Action::Prove { .. }
        | Action::LogOn { .. } => None,
    }
}
