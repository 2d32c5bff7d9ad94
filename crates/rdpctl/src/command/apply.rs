//! `rdpctl apply`: does a plan, safely, and verifies it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rdpctl_contract::LeaseName;
use rdpctl_engine::lease::{self, Here, Permit, Standing, Waiting};
use rdpctl_engine::run::Stops;
use rdpctl_engine::{Disruption, Extent, RunOptions, RunReport, execute};
use rdpctl_model::declaration::{Patience, Share};
use rdpctl_model::outcome::{Allowed, Means, Purpose, RunEnd};
use rdpctl_model::step::Guarded;
use rdpctl_model::{Gap, InstanceName, Plan, Verdict};

use crate::approve;
use crate::arguments::{Place, Scope};
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt;
use crate::out::{self, safe};
use crate::plan_file;
use crate::progress::{Manner, Teller};
use crate::report;
use crate::report::summary::Summary;
use crate::session::{Session, Sight};

/// Arguments of `apply`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  rdpctl apply                          # shows the plan and asks\n  rdpctl apply --allow spend,reboot     # answers two guards beforehand\n  rdpctl plan --out plan.json && rdpctl apply plan.json\n\nCtrl-C once: no new machine and no new step starts, what is in hand finishes. Twice: stop now. Either way the state is true.\nKilled at any instant, run it again: it looks, and goes on without buying anything twice."
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
    /// Units of work at once
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) parallelism: usize,
    /// Failed machines that stop the run: a number, or a share such as 10%, which is at least 3
    #[arg(long, value_name = "N|N%", default_value = "10%", value_parser = super::share::share)]
    pub(crate) max_failures: Share,
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

/// Runs `apply`.
pub(crate) fn run(mut args: Args) -> Result<Exit, CliError> {
    if args.place.trusted.untrusted {
        return Err(CliError::new("a stranger's declaration is read, never applied")
            .hint("`rdpctl plan --untrusted` shows what it would do; grant what it may have and apply it without --untrusted"));
    }
    let file = plan_file::among(&mut args.place)?;
    crate::runtime::runtime()?.block_on(async {
        let session = Session::open(&args.place).await?;
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
    file: Option<Plan>,
    permit: &Arc<Permit>,
    stops: &Stops,
) -> Result<Exit, CliError> {
    interrupt::watch(stops);
    let manner = match args.format {
        Format::Text => Manner::Words,
        Format::Json => Manner::Json,
    };
    let in_hand = tell_of_unfinished(session, permit).await?;
    let mut sight = session.look(&args.scope, manner, &stops.gently).await?;
    let mut allowed: BTreeSet<Guarded> = args.scope.allow.iter().copied().collect();
    let mut plan = session.plan(&sight, &args.scope, &allowed)?;
    // What the interrupted run had in hand may still be on its way: an instance that starts, an agent that comes up.
    // Nobody else is looked at for its sake.
    let again = Scope { target: patterns(&in_hand), ..args.scope.clone() };
    let mut looks = 0;
    while is_on_its_way(&plan, &in_hand) && looks < LOOKS_AFTER_A_KILL {
        tokio::select! {
            () = stops.gently.cancelled() => return Err(CliError::interrupted()),
            () = tokio::time::sleep(BETWEEN_LOOKS) => {}
        }
        looks += 1;
        sight.facts = session.look(&again, manner, &stops.gently).await?.facts;
        plan = session.plan(&sight, &args.scope, &allowed)?;
    }
    if let Some(file) = &file {
        session.bind(&mut plan, Extent::All).await?;
        plan_file::compare(file, &plan)?;
    }
    if args.format == Format::Text {
        session.bind(&mut plan, report::EXAMPLES).await?;
        out::out(&report::plan_text::render(&plan, &std::collections::BTreeMap::new()))?;
    }
    if plan.changes().next().is_none() && approve::waiting(&plan).is_empty() {
        return Ok(Summary::of(&plan).idle_exit());
    }
    if !args.auto_approve {
        approve::demand_a_terminal(&plan)?;
        let answered = approve::guards(&plan, stops).await?;
        if !answered.is_empty() {
            allowed.extend(answered);
            plan = session.plan(&sight, &args.scope, &allowed)?;
            out::err(&Summary::of(&plan).line());
        }
        approve::whole(stops).await?;
    }
    session.bind(&mut plan, Extent::All).await?;
    let options = RunOptions {
        parallelism: args.parallelism,
        max_failures: args.max_failures,
        allowed: allowed.clone(),
        patience: Patience::default(),
        holder: whoami(),
        purpose: Purpose::Apply,
        answers: answers(&args.scope.allow, &allowed),
        disruption: Disruption::of(&session.estate, &sight.facts),
    };
    let teller = Teller::start(manner, Some(plan.clone()));
    let hands = session.hands()?;
    let run = execute(
        &session.estate,
        &hands,
        &session.store,
        permit,
        plan,
        &options,
        &teller.events,
        stops,
    );
    let told = tokio::spawn(interrupt::tell(stops.clone()));
    let report = run.await;
    told.abort();
    teller.finish().await;
    finish(args, session, &report?, &allowed).await
}

/// Looks again after a run that never ended, and the pause between them: two minutes in all.
const LOOKS_AFTER_A_KILL: u32 = 60;
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// Whether one of these cannot be judged in a way that time alone may mend.
fn is_on_its_way(plan: &Plan, in_hand: &BTreeSet<InstanceName>) -> bool {
    plan.groups
        .iter()
        .filter(|group| group.members.iter().any(|member| in_hand.contains(&member.name)))
        .flat_map(|group| &group.facets)
        .any(|finding| {
            matches!(
                &finding.verdict,
                Verdict::Unknown { gap: Gap::TimedOut { .. } | Gap::AgentUnavailable { .. } }
            )
        })
}

/// Targets that name these and nobody else. A name that cannot be one names nobody.
fn patterns(names: &BTreeSet<InstanceName>) -> Vec<rdpctl_engine::assess::Pattern> {
    names.iter().filter_map(|name| name.as_str().parse().ok()).collect()
}

/// Says what came of it, and what a new plan would say.
async fn finish(
    args: &Args,
    session: &Session,
    report: &RunReport,
    allowed: &BTreeSet<Guarded>,
) -> Result<Exit, CliError> {
    let after = session.plan(
        &Sight { facts: session.store.facts().await?, unseen: Some(Vec::new()) },
        &args.scope,
        allowed,
    )?;
    let summary = Summary::of(&after);
    match args.format {
        Format::Text => {
            let verified = if after.is_quiet() {
                "Verified by a new survey. "
            } else {
                "A new survey says otherwise. "
            };
            out::out(&format!(
                "\n{}{verified}{}\n",
                report::run_text::render(report),
                summary.line()
            ))?;
            if !after.is_quiet() && report.end == RunEnd::Done {
                out::out(&report::plan_text::render(&after, &std::collections::BTreeMap::new()))?;
            }
        }
        Format::Json => {
            let line = serde_json::json!({
                "format": 1, "event": "finished", "run": report.run, "end": report.end, "done": report.done,
                "failed": report.failed.len(), "skipped": report.skipped.len(), "held": report.held.len(),
                "cost": report.cost, "after": summary,
            });
            out::out(&format!("{line}\n"))?;
        }
    }
    Ok(match report.end {
        RunEnd::Interrupted => Exit::Interrupted,
        RunEnd::Partial => Exit::Partial,
        RunEnd::Done if after.is_quiet() => Exit::Done,
        RunEnd::Done => Exit::Partial,
    })
}

/// Who allowed what, for the record: beforehand, or when it was asked.
fn answers(flags: &[Guarded], allowed: &BTreeSet<Guarded>) -> Vec<Allowed> {
    let means = |guard| if flags.contains(guard) { Means::Flag } else { Means::Terminal };
    allowed
        .iter()
        .map(|guard| Allowed { guard: *guard, by: whoami(), means: means(guard) })
        .collect()
}

/// Says whether a run before this one never ended. Gives back the instances that it had in hand.
async fn tell_of_unfinished(
    session: &Session,
    permit: &Permit,
) -> Result<BTreeSet<InstanceName>, CliError> {
    let mut in_hand = BTreeSet::new();
    for run in session.store.unfinished(permit.token()).await? {
        let id: String = run.record.id.as_str().chars().take(8).collect();
        out::err(&format!(
            "run {id} of {} never ended; {} of its steps were journaled. Looking again, and going on from what is.",
            run.record.began,
            run.journal.len()
        ));
        in_hand.extend(run.journal.iter().filter_map(|entry| entry.subject.instance().cloned()));
    }
    Ok(in_hand)
}

/// Takes the run lease; one whose holder is gone is taken over, and that is said. Once it is lost, all stops.
pub(crate) async fn hold(
    session: &Session,
    command: &str,
    stops: &Stops,
) -> Result<lease::Held, CliError> {
    let here = Here::look(whoami(), command.to_owned());
    let store = Arc::clone(&session.store);
    let clock = Arc::clone(&session.clock);
    let tell = |waiting| out::err(&safe(&words(&waiting)));
    Ok(lease::hold(store, clock, &LeaseName::run(), &here, stops.now.clone(), &tell).await?)
}

/// What is said on the way to a lease.
fn words(waiting: &Waiting) -> String {
    match waiting {
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

pub(crate) fn whoami() -> String {
    std::env::var("USER")
        .or_else(|_| std::env::var("LOGNAME"))
        .unwrap_or_else(|_| "unknown".to_owned())
}
