//! `rdpctl apply`: does a plan, safely, and verifies it.

use std::collections::BTreeMap;
use std::sync::Arc;

use rdpctl_contract::{Lease, LeaseName, StoreError};
use rdpctl_engine::lease::{self, Here, Permit, Standing, Waiting};
use rdpctl_engine::run::Stops;
use rdpctl_engine::{
    Disruption, Errand, Goal, Reconcile, Reconciled, RestsOn, RunReport, give_back,
};
use rdpctl_model::Plan;
use rdpctl_model::declaration::{Patience, Share};
use rdpctl_model::outcome::RunEnd;
use rdpctl_model::step::Guarded;

use crate::approve::{Asks, Person};
use crate::arguments::{Place, Scope};
use crate::asked::whoami;
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt;
use crate::out::{self, safe};
use crate::plan_file;
use crate::progress::{Manner, Teller};
use crate::report;
use crate::report::ended::Towards;
use crate::report::next::Next;
use crate::report::plan::Amount;
use crate::report::summary::Summary;
use crate::session::{Session, filter};

/// Arguments of `apply`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  rdpctl apply                          # shows the plan and asks\n  rdpctl apply --allow spend,reboot     # answers two guards beforehand\n  rdpctl plan --out plan.json && rdpctl apply plan.json\n\nCtrl-C once: no new machine and no new step starts, what is in hand finishes. Twice: stop now. SIGTERM and a closed terminal count as the first; SIGTERM again counts as the second only after --grace. Either way the state is true. Killed at any instant, run it again: it looks, and goes on without buying anything twice."
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) scope: Scope,
    #[command(flatten)]
    pub(crate) in_hand: crate::disk::Asked,
    /// Do not ask; guards that ask and were not allowed stay held
    #[arg(long)]
    pub(crate) auto_approve: bool,
    /// Try the log-on of this instance again, whatever came of the last attempt; `INSTANCE` or `INSTANCE/logon`
    #[arg(long, value_name = "INSTANCE")]
    pub(crate) again: Vec<rdpctl_engine::Pattern>,
    /// Units of work at once
    #[arg(long, value_name = "N", default_value = "10", value_parser = parallelism)]
    pub(crate) parallelism: usize,
    /// Failed machines that stop the run: a number, or a share such as 10%, which is at least 3
    #[arg(long, value_name = "N|N%", default_value = "10%", value_parser = super::share::share)]
    pub(crate) max_failures: Share,
    #[command(flatten)]
    pub(crate) grace: interrupt::Grace,
    /// The form of the progress and the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// Forms of progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// One event a line
    Json,
}

/// How many units of work go on at once.
fn parallelism(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("nothing would ever be done; 1 does one thing after the other".to_owned()),
        Ok(units) => Ok(units),
        Err(_) => Err("a number from 1 on".to_owned()),
    }
}

/// Runs `apply`.
pub(crate) fn run(mut args: Args) -> Result<Exit, CliError> {
    if args.place.trusted.untrusted {
        return Err(CliError::new("a stranger's declaration is read, never applied")
            .hint("`rdpctl plan --untrusted` shows what it would do; grant what it may have and apply it without --untrusted"));
    }
    let file = plan_file::among(&mut args.place)?;
    crate::runtime::runtime()?.block_on(async {
        let session = Session::open(&args.place).await?;
        if let Some(file) = &file {
            plan_file::demand_its_grants(file, &session.granted)?;
        }
        let stops = Stops::default();
        let held = hold(&session, "apply", &stops).await?;
        let ended = Box::pin(locked(&args, &session, file, held.permit(), &stops)).await;
        let released = held.release().await;
        let exit = ended?;
        released?;
        Ok(exit)
    })
}

async fn locked(
    args: &Args,
    session: &Session,
    kept: Option<Plan>,
    permit: &Arc<Permit>,
    stops: &Stops,
) -> Result<Exit, CliError> {
    interrupt::watch_with(stops, args.grace);
    crate::repair::settle(session, permit, stops).await?;
    let mut scope = filter(&args.scope);
    scope.except.extend(crate::repair::seen::held(session)?);
    let manner = match args.format {
        Format::Text => Manner::Words,
        Format::Json => Manner::Json,
    };
    let errand = Errand {
        scope,
        goal: Goal::Declared,
        rests_on: if args.scope.refresh { RestsOn::Look } else { RestsOn::Memory },
        again: args.again.clone(),
        kept,
        parallelism: args.parallelism,
        max_failures: args.max_failures,
        patience: Patience::default(),
        holder: whoami(),
        disruption: Disruption::default(),
    };
    let asks = asks(args);
    let reconciled =
        conduct(session, permit, stops, manner, asks, &args.scope.allow, &errand).await?;
    let (exit, mut plan) = match reconciled {
        Reconciled::Idle { plan } => (Summary::of(&plan).idle_exit(), plan),
        Reconciled::Ran { report, after, .. } => (finish(args, &report, &after)?, after),
    };
    if plan.repairs.iter().any(|repair| repair.budget.quotes.is_empty()) {
        rdpctl_engine::repairs::quote(&mut plan, &session.hands()?, &stops.gently).await;
    }
    let (plans, may) = ((&plan, errand.kept.as_ref()), (args.scope.allow.as_slice(), asks));
    let repaired = crate::repair::all(session, permit, stops, plans, may).await?;
    let exit = repaired.unwrap_or(exit);
    let (estate, hands) = (&session.estate, session.hands()?);
    let over = give_back::overdue(estate, &hands, session.store.as_ref()).await?;
    crate::give_back::give_back(session, permit, over, stops).await?;
    crate::remains::remove(session, permit, &errand.scope, stops).await?;
    Ok(exit)
}

/// Who answers. In a simulated world, on a terminal, what the flags answer is shown with its question.
fn asks(args: &Args) -> Asks {
    let learns = args.place.sim.is_some() && args.format == Format::Text;
    if !args.auto_approve {
        Asks::Terminal
    } else if learns && out::is_watched() {
        Asks::Aloud
    } else {
        Asks::Nobody
    }
}

/// Hands an errand to the engine, tells what happens, and lets the flags or the person at the terminal answer.
pub(crate) async fn conduct(
    session: &Session,
    permit: &Arc<Permit>,
    stops: &Stops,
    manner: Manner,
    asks: Asks,
    flags: &[Guarded],
    errand: &Errand,
) -> Result<Reconciled, CliError> {
    let hands = &session.hands()?;
    let teller = Teller::start(manner, stops.clone(), crate::error::places(&session.declaration));
    let person =
        Person { asks, manner, flags, teller: &teller, hands, seen: std::sync::Mutex::default() };
    let reconcile = Reconcile {
        estate: &session.estate,
        hands,
        store: &session.store,
        permit,
        approver: &person,
        events: &teller.events,
        stops,
    };
    let ended = Box::pin(reconcile.run(errand)).await;
    drop(teller.finish().await);
    Ok(ended?)
}

/// Says what came of it, and what a new plan would say.
fn finish(args: &Args, report: &RunReport, after: &Plan) -> Result<Exit, CliError> {
    match args.format {
        Format::Text => {
            out::out("\n")?;
            out::page(&report::ended::page(report, after, Towards::Declared))?;
            if !after.is_quiet() && report.end == RunEnd::Done {
                out::out("\n")?;
                out::page(&report::plan::page(after, &BTreeMap::new(), Amount::Readable))?;
            }
            report::ended::next(report, after, Next::after(&args.place)).tell();
            tell_head(report.head.as_deref());
        }
        Format::Json => out::out(&finished(report, &Summary::of(after)))?,
    }
    Ok(match report.end {
        RunEnd::Interrupted => Exit::Interrupted,
        RunEnd::Partial => Exit::Partial,
        RunEnd::Done if after.is_quiet() => Exit::Done,
        RunEnd::Done => Exit::Partial,
    })
}

/// Says the hash that stands for the journal: whoever writes it down elsewhere finds out later what somebody rewrote.
pub(crate) fn tell_head(head: Option<&str>) {
    if let Some(head) = head.filter(|_| !out::is_quiet()) {
        out::err(&format!("The journal's head is {head}."));
    }
}

/// The last line of a run for machines. The schema is `state/schemas/event.json`.
pub(crate) fn finished(report: &RunReport, after: &Summary) -> String {
    let line = serde_json::json!({
        "format": 1, "event": "finished", "run": report.run, "end": report.end, "done": report.done,
        "failed": report.failed.len(), "skipped": report.skipped.len(), "held": report.held.len(),
        "standing": report.standing.iter().map(|one| serde_json::json!({
            "instance": one.instance, "facet": one.facet,
        })).collect::<Vec<_>>(),
        "cost": report.cost, "head": report.head, "after": after,
    });
    format!("{line}\n")
}

/// What the loop calls itself as the holder of a lease.
pub(crate) const LOOP: &str = "run";

/// Takes the run lease; one whose holder is gone is taken over, and that is said. A run of the loop's is short, so its
/// end is waited for; a person's is told. Once the lease is lost, all stops.
pub(crate) async fn hold(
    session: &Session,
    command: &str,
    stops: &Stops,
) -> Result<lease::Held, CliError> {
    let here = Here::look(whoami(), command.to_owned());
    let store: Arc<dyn Lease> = Arc::clone(&session.store) as _;
    let clock = Arc::clone(&session.clock);
    let tell = |waiting| out::err(&safe(&words(&waiting)));
    let (run, now) = (LeaseName::run(), stops.now.clone());
    let held = lease::hold(Arc::clone(&store), Arc::clone(&clock), &run, &here, now, &tell).await;
    match held {
        Err(StoreError::Held { holding }) if holding.holder.command == LOOP => {
            let stops = (stops.now.clone(), &stops.gently);
            let held = lease::stand_by(&store, &clock, &run, &here, stops, &tell).await?;
            held.ok_or_else(CliError::interrupted)
        }
        held => Ok(held?),
    }
}

/// What is said on the way to a lease.
pub(crate) fn words(waiting: &Waiting) -> String {
    match waiting {
        Waiting::StandingBy(holding) => format!("waiting for the lock of {holding}"),
        Waiting::Unanswered(why) => {
            format!("{}; asking until it does", rdpctl_words::english(why))
        }
        Waiting::Watching(holding) => format!(
            "the state is locked by {holding}, on another machine or before this one was started anew; watching for {} seconds whether it still works",
            holding.ttl.as_secs()
        ),
        Waiting::TakingOver(holding, Standing::Gone) => format!(
            "the lock was left behind by {} (pid {}), which no longer runs; taking it over",
            holding.holder.owner, holding.holder.pid
        ),
        Waiting::TakingOver(
            holding,
            Standing::Lapsed | Standing::Lives { .. } | Standing::Elsewhere,
        ) => {
            format!("the lock of {holding} was not renewed in time; taking it over")
        }
    }
}
