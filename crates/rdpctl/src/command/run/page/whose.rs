//! Who may have changed what differs, asked of the clouds' logs beside the loop: nobody who reads waits for it. A log may be
//! late, so that what nobody is named for is asked about again, a few times and not often.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rdpctl_contract::changes::IN_A_CLOUDS_LOG;
use rdpctl_contract::{Changed, Store};
use rdpctl_engine::suspects::{Differs, suspects};
use rdpctl_model::{FacetId, InstanceName, ProviderName, Said, Verdict};
use rdpctl_page::{Silence, Standing, Suspect, View, Whose};
use rdpctl_watch::Judged;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Logs are asked at most so often, for all that is new together.
const OFTEN: Duration = Duration::from_mins(1);
/// Of one difference they are asked so often, and so long after the last time.
const TIMES: u8 = 3;
const LATER: Duration = Duration::from_mins(5);
/// So many differences at once: what the engine asks of at most.
const MOST: usize = 500;
/// So long all logs may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A difference: on whom, what, and since when as far as that is known.
type Part = (InstanceName, FacetId);

/// What is known of one.
struct Known {
    since: Option<Timestamp>,
    times: u8,
    at: Instant,
    by: Option<Changed>,
    answered: bool,
}

/// What was asked, and what came of it.
#[derive(Default)]
pub(super) struct Asking(Mutex<Asked>);

#[derive(Default)]
struct Asked {
    known: HashMap<Part, Known>,
    silent: Vec<(ProviderName, Said)>,
    last: Option<Instant>,
    goes_on: bool,
}

impl Asking {
    fn all(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the logs said of what differs now.
    pub(super) fn told(&self) -> Whose {
        let asked = self.all();
        let named = asked.known.iter().filter_map(|((instance, facet), known)| {
            let change = known.by.as_ref()?;
            Some(Suspect {
                instance: instance.clone(),
                facet: *facet,
                by: change.by.clone(),
                what: change.what.clone(),
                at: change.at,
            })
        });
        let mut changed_by: Vec<Suspect> = named.collect();
        changed_by.sort_by(|a, b| (&a.instance, a.facet).cmp(&(&b.instance, b.facet)));
        let not_told = asked.silent.iter();
        let not_told = not_told
            .map(|(provider, why)| Silence { provider: provider.clone(), why: why.clone() });
        let answered = asked.known.values().filter(|known| known.answered).count();
        Whose { asked: answered, changed_by, not_told: not_told.collect() }
    }

    /// What is to be asked about now, of all that differs; what differs no more is forgotten.
    pub(super) fn due(
        &self,
        view: &View,
        since: &dyn Fn(&InstanceName, FacetId) -> Option<Timestamp>,
        now: Instant,
    ) -> Vec<Differs> {
        let mut asked = self.all();
        let differing: HashMap<Part, Option<Timestamp>> = differing(view)
            .map(|(name, facet)| ((name.clone(), facet), since(name, facet)))
            .collect();
        asked.known.retain(|part, known| {
            let Some(since) = differing.get(part) else { return false };
            // Since when it is so is noted a moment after it was seen.
            let same = known.since.is_none() || known.since == *since;
            known.since = *since;
            same
        });
        if asked.known.is_empty() && differing.is_empty() {
            asked.silent.clear();
        }
        let too_soon = asked.last.is_some_and(|last| now.duration_since(last) < OFTEN);
        if asked.goes_on || too_soon {
            return Vec::new();
        }
        let is_due = |part: &Part| match asked.known.get(part) {
            None => true,
            Some(known) => {
                known.by.is_none() && known.times < TIMES && now.duration_since(known.at) >= LATER
            }
        };
        let due: Vec<(Part, Option<Timestamp>)> =
            differing.into_iter().filter(|(part, _)| is_due(part)).take(MOST).collect();
        for (part, since) in &due {
            let new = Known { since: *since, times: 0, at: now, by: None, answered: false };
            let known = asked.known.entry(part.clone()).or_insert(new);
            known.times += 1;
            known.at = now;
        }
        if !due.is_empty() {
            asked.last = Some(now);
            asked.goes_on = true;
        }
        let seen = |since: Option<Timestamp>| since.unwrap_or(view.at);
        due.into_iter()
            .map(|((instance, facet), since)| Differs { instance, facet, seen: seen(since) })
            .collect()
    }

    /// Asks, and whether there is anything new to show.
    pub(super) async fn ask(&self, due: &[Differs], judged: &Judged, store: &dyn Store) -> bool {
        let never = CancellationToken::new();
        let asks = suspects(&judged.estate, &judged.clouds, store, due, &never);
        let told = tokio::time::timeout(PATIENCE, asks).await;
        let mut asked = self.all();
        asked.goes_on = false;
        // Whoever does not answer in time, or whose evidence cannot be read, is asked again.
        let Ok(Ok(told)) = told else { return false };
        for one in due {
            if let Some(known) = asked.known.get_mut(&(one.instance.clone(), one.facet)) {
                known.answered = true;
            }
        }
        for (part, change) in told.found {
            if let Some(known) = asked.known.get_mut(&part) {
                known.by = Some(change);
            }
        }
        let silent = told.silent.iter();
        asked.silent = silent.map(|(name, error)| (name.clone(), error.said())).collect();
        true
    }
}

/// What a cloud's log can know of: differences that have no other cause and that nobody accepted.
fn differing(view: &View) -> impl Iterator<Item = (&InstanceName, FacetId)> {
    let causes = view.causes.iter().filter(|cause| {
        cause.section != Standing::Accepted && matches!(cause.verdict, Verdict::Drifted { .. })
    });
    causes.flat_map(|cause| {
        let facets = cause.facets.iter().filter(|facet| IN_A_CLOUDS_LOG.contains(facet));
        facets.flat_map(|facet| cause.members.iter().map(|name| (name, *facet)))
    })
}
