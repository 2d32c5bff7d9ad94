//! What is asked for once more when somebody looks at what is held, and before his yes counts: the vendors' prices, and who
//! is logged on.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdpctl_engine::price;
use rdpctl_model::Plan;
use rdpctl_model::anew::Anew;
use rdpctl_model::plan::{Group, PlannedStep, Quote, Sighted};
use rdpctl_page::{HeldLine, Waits};
use rdpctl_watch::Judged;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Whoever reads is shown a price that is at most so old: many readers are no reason to ask a vendor often.
const READ: Duration = Duration::from_mins(1);
/// Before a yes counts, it is asked for anew.
const DECIDED: Duration = Duration::ZERO;

/// For whom it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// Somebody who looks.
    Reader,
    /// Somebody who says yes.
    Decision,
}

/// What was asked lately, by the digest of what it is about.
#[derive(Default)]
pub(super) struct Prices(Mutex<HashMap<String, (Instant, Anew)>>);

impl Prices {
    fn all(&self) -> MutexGuard<'_, HashMap<String, (Instant, Anew)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What one thing that is held costs and whom it disturbs, as far as anybody says so.
    pub(super) async fn of(&self, line: &HeldLine, judged: &Judged, to: For) -> Anew {
        if !matches!(line.waits, Waits::Asks { .. }) {
            return Anew::default();
        }
        let sessions = sessions(line, judged);
        if line.money.is_empty() {
            return Anew { quotes: Vec::new(), sessions };
        }
        let most = match to {
            For::Reader => READ,
            For::Decision => DECIDED,
        };
        let now = Instant::now();
        let known = self.all().get(&line.digest).cloned();
        if let Some((at, known)) = known
            && now.duration_since(at) < most
        {
            return Anew { sessions, ..known };
        }
        let asked = Anew { quotes: quotes(line, judged).await, sessions };
        let mut all = self.all();
        all.retain(|_, (at, _)| now.duration_since(*at) < READ);
        all.insert(line.digest.clone(), (now, asked.clone()));
        asked
    }
}

/// The steps of those whom it concerns.
fn steps<'a>(line: &HeldLine, plan: &'a Plan) -> Vec<&'a PlannedStep> {
    let of_first = line.members.first().and_then(|first| {
        let is_it = |group: &&Group| group.members.iter().any(|it| it.name == *first);
        plan.groups.iter().find(is_it)
    });
    let ids = of_first.map(|group| group.steps.as_slice()).unwrap_or_default();
    ids.iter().filter_map(|id| plan.step(*id)).collect()
}

/// How many are logged on where it ends sessions, as they were last seen.
fn sessions(line: &HeldLine, judged: &Judged) -> Sighted<u64> {
    rdpctl_plan::dropped(&judged.plan, steps(line, &judged.plan)).alive()
}

/// The price of one of each thing that it costs.
async fn quotes(line: &HeldLine, judged: &Judged) -> Vec<Quote> {
    let (plan, never) = (&judged.plan, CancellationToken::new());
    let mut quotes: Vec<Quote> = Vec::new();
    for planned in steps(line, plan) {
        let Some(what) = rdpctl_plan::charged_as(planned) else { continue };
        if quotes.iter().all(|quote| quote.what != what) {
            let price = price(&judged.hands, plan, planned, &never).await;
            quotes.push(Quote { what: what.to_owned(), price });
        }
    }
    quotes
}
