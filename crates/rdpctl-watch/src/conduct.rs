//! A run of the loop's own, which holds the run lease: by the guards alone, or by what a person allowed.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use rdpctl_contract::{Lease, LeaseName, StoreError};
use rdpctl_engine::approve::{About, Answer, Approver, Question, Refused};
use rdpctl_engine::give_back;
use rdpctl_engine::lease::{self, Held, Permit};
use rdpctl_engine::remains;
use rdpctl_engine::{Errand, Filter, Goal, Reconcile, ReconcileError, Reconciled, RestsOn};
use rdpctl_model::chronicle::{Command, Order};
use rdpctl_model::declaration::{Patience, Share};
use rdpctl_model::outcome::{Allowed, Means};
use rdpctl_model::{InstanceName, Plan, Said};
use tokio::sync::mpsc;

use crate::event::Event;
use crate::leave::{ByLeave, Leave};
use crate::mend::{Job, Outcome};
use crate::source::Fresh;
use crate::tools::Tools;
use crate::undo::{self, ByWish, Wish};

/// Units of work at once in a run.
const PARALLELISM: usize = 10;
/// Failed machines that stop a run.
const MAX_FAILURES: Share = Share::Percent(10.0);

/// Brings about what is declared, in a run of its own.
pub(crate) async fn mend(job: Job, tools: Tools) -> (BTreeSet<InstanceName>, Outcome) {
    let Job { scope, names, leave } = job;
    let owner = format!("{} (the loop)", tools.here.holder.owner);
    let outcome = match &leave {
        Some(leave) => {
            let first = First::Spend(leave);
            conduct(scope, Goal::Declared, &ByLeave(leave), first, &tools).await
        }
        None => {
            conduct(scope, Goal::Declared, &ByTheGuards { owner }, First::Nothing, &tools).await
        }
    };
    (names, outcome)
}

/// Puts back what a run replaced, in a run of its own.
pub(crate) async fn undo(wish: Wish, tools: Tools) -> (BTreeSet<InstanceName>, Outcome) {
    let past = match wish.past(&tools).await {
        Ok(past) => past,
        Err(why) => {
            // Somebody waits for an answer: it stands beside what he ordered.
            let noted = wish.begin(&BTreeSet::new(), Some(&why), &tools).await;
            let why = noted.map_or_else(|error| Said::quoted(error.to_string()), |()| why);
            return (BTreeSet::new(), Outcome::Failed(why));
        }
    };
    let names = undo::whom(&past);
    let (scope, goal) = (Filter::of(&names), Goal::Before(past));
    let first = First::Undo(&wish, &names);
    let outcome = conduct(scope, goal, &ByWish(&wish), first, &tools).await;
    (names, outcome)
}

/// What stands in the state before anything is done, once nobody else changes things.
enum First<'a> {
    /// Nothing.
    Nothing,
    /// That what was allowed is done, for once.
    Spend(&'a Leave),
    /// That what was to be undone is, and whom it concerns.
    Undo(&'a Wish, &'a BTreeSet<InstanceName>),
}

/// Gives back what was kept for its time: copies of disks, and disks that machines had before they were repaired.
pub(crate) async fn release(tools: Tools) -> (BTreeSet<InstanceName>, Outcome) {
    let outcome = match hold(&tools).await {
        Ok(held) => {
            let given = given_back(held.permit(), &tools).await;
            match (given, held.release().await) {
                (Ok(()), Ok(())) => Outcome::Idle,
                (Err(error), _) | (Ok(()), Err(error)) => Outcome::failed(&error),
            }
        }
        Err(outcome) => outcome,
    };
    (BTreeSet::new(), outcome)
}

/// What is over is asked again now that nobody else changes anything: a look that goes on needs its copy.
async fn given_back(permit: &Arc<Permit>, tools: &Tools) -> Result<(), StoreError> {
    let Fresh { estate, hands, .. } = &tools.fresh;
    let store = tools.store.as_ref();
    let over = give_back::overdue(estate, hands, store).await?;
    for one in give_back::give_back(hands, store, permit, over, &tools.stops.gently).await? {
        tools.voice.tell(Event::GaveBack(Box::new(one)));
    }
    Ok(())
}

/// The run lease.
async fn hold(tools: &Tools) -> Result<Held, Outcome> {
    let clock = Arc::clone(&tools.fresh.hands.clock);
    let leases: Arc<dyn Lease> = Arc::clone(&tools.store) as _;
    let stop = tools.stops.now.clone();
    match lease::hold(leases, clock, &LeaseName::run(), &tools.here, stop, &|_| {}).await {
        Ok(held) => Ok(held),
        Err(StoreError::Held { holding }) => Err(Outcome::Busy(holding)),
        Err(error) => Err(Outcome::failed(&error)),
    }
}

async fn conduct(
    scope: Filter,
    goal: Goal,
    approver: &dyn Approver,
    first: First<'_>,
    tools: &Tools,
) -> Outcome {
    let held = match hold(tools).await {
        Ok(held) => held,
        Err(outcome) => return outcome,
    };
    let scope = match without_those_in_hands(scope, &goal, tools) {
        Ok(scope) => scope,
        Err(outcome) => {
            return match held.release().await {
                Ok(()) => outcome,
                Err(error) => Outcome::failed(&error),
            };
        }
    };
    let noted = match first {
        First::Nothing => Ok(()),
        First::Spend(leave) => spend(leave, tools).await,
        First::Undo(wish, concerned) => wish.begin(concerned, None, tools).await,
    };
    if let Err(error) = noted {
        return Outcome::failed(&error);
    }
    let (events, mut inbox) = mpsc::channel(1024);
    let voice = tools.voice.clone();
    let telling = tokio::spawn(async move {
        while let Some(event) = inbox.recv().await {
            voice.tell(Event::Run(event));
        }
    });
    let errand = Errand {
        scope,
        goal,
        rests_on: RestsOn::Look,
        again: Vec::new(),
        kept: None,
        parallelism: PARALLELISM,
        max_failures: MAX_FAILURES,
        patience: Patience::default(),
        holder: format!("{} (the loop)", tools.here.holder.owner),
        disruption: tools.disruption.clone(),
    };
    let reconcile = Reconcile {
        estate: &tools.fresh.estate,
        hands: &tools.fresh.hands,
        store: &tools.store,
        permit: held.permit(),
        approver,
        events: &events,
        stops: &tools.stops,
    };
    let ended = Box::pin(reconcile.run(&errand)).await;
    drop(events);
    // What is left to be told is told before what came of it.
    let _ = telling.await;
    if ended.is_ok() {
        tidy(&errand.scope, held.permit(), tools).await;
    }
    let released = held.release().await;
    match (ended, released) {
        (Ok(Reconciled::Ran { report, after, .. }), _) => Outcome::Ran(report, Box::new(after)),
        (Ok(Reconciled::Idle { .. }) | Err(ReconcileError::Stopped), _) => Outcome::Idle,
        (Err(error), _) => Outcome::failed(&error),
    }
}

/// Who is left to a person's hands is asked now that nobody else changes anything: a repair may have stopped somebody for that
/// since it was decided whom to mend. Where nobody else is meant, nothing is to be done.
fn without_those_in_hands(
    mut scope: Filter,
    goal: &Goal,
    tools: &Tools,
) -> Result<Filter, Outcome> {
    match goal {
        Goal::Declared => {}
        Goal::Before(_) => return Ok(scope),
    }
    let in_hands = tools.fresh.in_hands.names().map_err(|error| Outcome::failed(&error))?;
    let in_hands = Filter::of(&in_hands).only;
    scope.only.retain(|one| !in_hands.contains(one));
    scope.except.extend(in_hands);
    if scope.only.is_empty() { Err(Outcome::Idle) } else { Ok(scope) }
}

/// What was allowed is for once, whatever comes of it: that stands in the state before anything is done.
async fn spend(leave: &Leave, tools: &Tools) -> Result<(), StoreError> {
    let order = Order {
        at: tools.fresh.hands.clock.now(),
        by: format!("{} (the loop)", tools.here.holder.owner),
        target: leave.target.clone(),
        what: Command::Spent,
        reason: None,
    };
    tools.store.order(&order).await
}

/// Removes what earlier runs left there and undo needs no more, as whoever applies does.
async fn tidy(scope: &Filter, permit: &Arc<Permit>, tools: &Tools) {
    let Fresh { estate, hands, .. } = &tools.fresh;
    let stop = &tools.stops.gently;
    match remains::remove(estate, hands, tools.store.as_ref(), permit, scope, stop).await {
        Ok(removed) => {
            for one in removed {
                tools.voice.tell(Event::Removed(Box::new(one)));
            }
        }
        Err(error) => tools.voice.tell(Event::NotMended { why: Said::quoted(error.to_string()) }),
    }
}

/// Nobody is asked: what the guards allow is done, what they ask is held.
struct ByTheGuards {
    owner: String,
}

#[async_trait]
impl Approver for ByTheGuards {
    fn beforehand(&self) -> Vec<Allowed> {
        Vec::new()
    }

    async fn show(&self, _: &Plan) -> Result<(), Refused> {
        Ok(())
    }

    async fn show_again(&self, _: &Plan) -> Result<(), Refused> {
        Ok(())
    }

    async fn answer(&self, question: &Question) -> Result<Answer, Refused> {
        Ok(match question.about {
            About::Guard(_) => Answer::No,
            About::Plan => Answer::Yes { by: self.owner.clone(), means: Means::Flag },
        })
    }
}
