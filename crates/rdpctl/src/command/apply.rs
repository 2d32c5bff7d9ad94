//! `rdpctl apply`: does a plan, safely, and verifies it.

use std::collections::BTreeSet;
use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rdpctl_contract::LeaseName;
use rdpctl_engine::lease::{self, Here, Permit, Standing, Waiting};
use rdpctl_engine::run::Stops;
use rdpctl_engine::{Disruption, Extent, RunOptions, RunReport, execute};
use rdpctl_model::declaration::{Patience, Share};
use rdpctl_model::outcome::{Allowed, Means, Purpose, RunEnd};
use rdpctl_model::plan::Held;
use rdpctl_model::step::Guarded;
use rdpctl_model::{Gap, Plan, Verdict};

use crate::arguments::{Place, Scope};
use crate::error::CliError;
use crate::exit::Exit;
use crate::out::{self, safe};
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
    let file = plan_file(&mut args.place)?;
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
    watch_for_interrupts(stops);
    let manner = match args.format {
        Format::Text => Manner::Words,
        Format::Json => Manner::Json,
    };
    let interrupted = tell_of_unfinished(session, permit).await?;
    let mut sight = session.look(&args.scope, manner, &stops.now).await?;
    let mut allowed: BTreeSet<Guarded> = args.scope.allow.iter().copied().collect();
    let mut plan = session.plan(&sight, &args.scope, &allowed)?;
    // What the interrupted run began may still be on its way: an instance that starts, an agent that comes up.
    let mut looks = 0;
    while interrupted
        && is_on_its_way(&plan)
        && looks < LOOKS_AFTER_A_KILL
        && !stops.gently.is_cancelled()
    {
        tokio::time::sleep(BETWEEN_LOOKS).await;
        looks += 1;
        sight = session.look(&args.scope, manner, &stops.now).await?;
        plan = session.plan(&sight, &args.scope, &allowed)?;
    }
    if let Some(file) = &file {
        refuse_stale(file, &plan)?;
        plan = file.clone();
        rdpctl_plan::regate(&mut plan, &session.estate.guards, &allowed, session.clock.now());
    }
    if args.format == Format::Text {
        session.bind(&mut plan, report::EXAMPLES).await?;
        out::out(&report::plan_text::render(&plan, &std::collections::BTreeMap::new()))?;
    }
    if plan.changes().next().is_none() && asks(&plan).is_empty() {
        return Ok(Summary::of(&plan).idle_exit());
    }
    if !args.auto_approve {
        approve(session, &sight, &args.scope, &mut allowed, &mut plan, file.is_some())?;
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
    let report = execute(
        &session.estate,
        &hands,
        &session.store,
        permit,
        plan,
        &options,
        &teller.events,
        stops,
    )
    .await;
    teller.finish().await;
    finish(args, session, &report?, &allowed).await
}

/// Looks again after a run that never ended, and the pause between them: two minutes in all.
const LOOKS_AFTER_A_KILL: u32 = 60;
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// Whether something cannot be judged that time alone may show.
fn is_on_its_way(plan: &Plan) -> bool {
    plan.groups.iter().flat_map(|group| &group.facets).any(|finding| {
        matches!(
            &finding.verdict,
            Verdict::Unknown { gap: Gap::TimedOut { .. } | Gap::AgentUnavailable { .. } }
        )
    })
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

/// Guards that ask and were not answered yet, with how many steps wait for each.
fn asks(plan: &Plan) -> std::collections::BTreeMap<Guarded, usize> {
    let mut asks = std::collections::BTreeMap::new();
    for step in &plan.steps {
        if let Some(Held::Asks { guards }) = &step.held {
            for guard in guards {
                *asks.entry(*guard).or_default() += 1;
            }
        }
    }
    asks
}

/// Asks guards one by one, then for the whole.
fn approve(
    session: &Session,
    sight: &Sight,
    scope: &Scope,
    allowed: &mut BTreeSet<Guarded>,
    plan: &mut Plan,
    from_file: bool,
) -> Result<(), CliError> {
    if !std::io::stdin().is_terminal() {
        return Err(CliError::new("there is no terminal to ask for approval")
            .hint("add --auto-approve, and --allow GUARD for what the guards ask"));
    }
    if !from_file {
        let mut answered = false;
        for (guard, steps) in asks(plan) {
            if ask(&format!(
                "{} ask for the guard “{}”. Allow it? [y/N] ",
                report::words::count(steps, "step"),
                guard.name()
            ))? {
                allowed.insert(guard);
                answered = true;
            }
        }
        if answered {
            *plan = session.plan(sight, scope, allowed)?;
            out::out(&format!("\n{}\n", Summary::of(plan).line()))?;
        }
    }
    if !ask("Do it? [y/N] ")? {
        return Err(CliError::new("not approved; nothing was done"));
    }
    Ok(())
}

fn ask(question: &str) -> Result<bool, CliError> {
    out::out(question)?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// A plan file among the paths: then the declaration is the folder in which it was made, or what else is named.
fn plan_file(place: &mut Place) -> Result<Option<Plan>, CliError> {
    let is_plan = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "json");
    let Some(at) = place.paths.iter().position(is_plan) else { return Ok(None) };
    let path = place.paths.remove(at);
    if place.paths.is_empty() {
        place.paths.push(PathBuf::from("."));
    }
    read_plan(&path).map(Some)
}

/// Reads a plan file.
pub(crate) fn read_plan(path: &Path) -> Result<Plan, CliError> {
    let text = std::fs::read(path)
        .map_err(|error| CliError::new(format!("cannot read {}: {error}", path.display())))?;
    let plan: Plan = serde_json::from_slice(&text).map_err(|error| {
        CliError::new(format!("{} is not a plan file: {error}", path.display()))
            .hint("plan files are written by `rdpctl plan --out FILE`")
    })?;
    if plan.format > rdpctl_model::plan::PLAN_FORMAT {
        return Err(CliError::new(format!("{} was written by a newer rdpctl", path.display()))
            .hint("use that rdpctl, or make the plan again"));
    }
    if let Some(violation) = rdpctl_plan::violations(&plan).first() {
        return Err(CliError::new(format!("{} is not a sound plan: {violation}", path.display()))
            .hint("make the plan again; plan files are not for editing"));
    }
    Ok(plan)
}

/// Facets of a stale plan that are named.
const SHOWN: usize = 10;

/// Refuses a plan whose ground has moved, naming what moved.
fn refuse_stale(file: &Plan, now: &Plan) -> Result<(), CliError> {
    if file.declaration != now.declaration {
        return Err(CliError::new(
            "the plan is stale: the declaration has changed since it was made",
        )
        .hint("make it again with `rdpctl plan --out FILE`"));
    }
    let moved = moved(file, now);
    if moved.is_empty() {
        return Ok(());
    }
    let mut list = moved.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if moved.len() > SHOWN {
        list.push_str(&format!(" and {} more", moved.len() - SHOWN));
    }
    Err(CliError::new(format!("the plan is stale: {} moved since it was made", safe(&list)))
        .hint("make it again with `rdpctl plan --out FILE`"))
}

/// Facets of the planned instances that are not as they were.
fn moved(file: &Plan, now: &Plan) -> Vec<String> {
    use std::collections::HashMap;
    let index = |plan: &Plan| -> HashMap<(String, rdpctl_model::FacetId), rdpctl_model::Verdict> {
        plan.groups
            .iter()
            .flat_map(|group| {
                group.members.iter().flat_map(move |member| {
                    group.facets.iter().map(move |finding| {
                        ((member.name.to_string(), finding.facet), finding.verdict.clone())
                    })
                })
            })
            .collect()
    };
    let (then, today) = (index(file), index(now));
    let mut moved: Vec<String> = then
        .iter()
        .filter(|(key, verdict)| today.get(*key) != Some(*verdict))
        .map(|((name, facet), _)| format!("{name}/{facet}"))
        .collect();
    moved.sort_unstable();
    moved
}

/// Who allowed what, for the record: beforehand, or when it was asked.
fn answers(flags: &[Guarded], allowed: &BTreeSet<Guarded>) -> Vec<Allowed> {
    let means = |guard| if flags.contains(guard) { Means::Flag } else { Means::Terminal };
    allowed
        .iter()
        .map(|guard| Allowed { guard: *guard, by: whoami(), means: means(guard) })
        .collect()
}

/// Says whether a run before this one never ended.
async fn tell_of_unfinished(session: &Session, permit: &Permit) -> Result<bool, CliError> {
    let unfinished = session.store.unfinished(permit.token()).await?;
    for run in &unfinished {
        let id: String = run.record.id.as_str().chars().take(8).collect();
        out::err(&format!(
            "run {id} of {} never ended; {} of its steps were journaled. Looking again, and going on from what is.",
            run.record.began,
            run.journal.len()
        ));
    }
    Ok(!unfinished.is_empty())
}

/// Ctrl-C once: no new step starts. Twice: stop now.
fn watch_for_interrupts(stops: &Stops) {
    let stops = stops.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_err() {
            return;
        }
        out::err(
            "interrupted: no new machine starts, what is in hand finishes; press Ctrl-C again to stop now",
        );
        stops.gently.cancel();
        if tokio::signal::ctrl_c().await.is_ok() {
            stops.now.cancel();
        }
    });
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
