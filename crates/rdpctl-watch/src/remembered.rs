//! What a process shows that stands by: what the state remembers, held against what is declared here. It looks at nothing
//! itself, so that what is old is shown as old.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use rdpctl_contract::{Clock, Store};
use rdpctl_engine::{Draft, Extent, Filter, LogOns, ReconcileError, View, bind};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::judged::Judged;
use crate::source::Fresh;
use crate::voice::Voice;

/// How often the state is asked, at most.
const EVERY: Duration = Duration::from_secs(5);
/// After judging, so many times its own duration is left to others.
const LEFT_TO_OTHERS: u32 = 19;

/// Shows it from when this process is known to stand by, for as long as it is waited for.
pub(crate) async fn show(
    stands_by: &Notify,
    fresh: &Fresh,
    (store, clock): (&dyn Store, &dyn Clock),
    voice: &Voice,
) {
    stands_by.notified().await;
    // Whoever comes back to this is still standing by.
    stands_by.notify_one();
    loop {
        let began = Instant::now();
        // A state that does not answer takes nothing away of what was shown before; that it does not is told elsewhere.
        if voice.is_shown()
            && let Ok(judged) = judge(fresh, store, clock).await
        {
            voice.show(|| judged);
        }
        tokio::time::sleep((began.elapsed() * LEFT_TO_OTHERS).max(EVERY)).await;
    }
}

async fn judge(
    fresh: &Fresh,
    store: &dyn Store,
    clock: &dyn Clock,
) -> Result<Judged, ReconcileError> {
    let facts = store.facts().await?;
    let tried = LogOns::recall(store, &fresh.estate, &facts).await?;
    let (tariffs, now) = (fresh.hands.tariffs(), clock.now());
    let draft = Draft {
        tried: Some(&tried),
        again: &[],
        estate: &fresh.estate,
        scope: &Filter::default(),
        allowed: &BTreeSet::new(),
        tariffs: &tariffs,
        second: fresh.hands.second.as_deref(),
        now,
    };
    let view = View { facts, unseen: None };
    let mut plan = draft.plan(&view)?;
    // What is allowed here is done by whoever leads, to whom it is still this.
    bind(&fresh.estate, store, &mut plan, Extent::Asking, &tariffs).await?;
    Ok(Judged {
        estate: Arc::clone(&fresh.estate),
        hands: fresh.hands.clone(),
        // Whoever leads asks the clouds' logs.
        clouds: BTreeMap::new(),
        mode: fresh.looping.mode,
        facts: view.facts,
        plan,
        first_look: None,
    })
}
